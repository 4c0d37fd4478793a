import type { SiteFile } from '#contracts/site-file.ts';
import { type Mistake, mistakeAt, repeated } from './mistake.ts';

const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;
export const isLoopback = (host: string): boolean => loopback.test(host);

export function httpMistakes({ http }: SiteFile): readonly Mistake[] {
  if (isLoopback(http.host) || http.tls === true) return [];
  return [
    mistakeAt(
      ['http', 'host'],
      'passwords would cross the network in clear',
      'Add "tls: true" under http, or listen on 127.0.0.1.',
    ),
  ];
}

export function mqttMistakes({ mqtt }: SiteFile): readonly Mistake[] {
  const twice = repeated(
    mqtt.clients.map(({ id }) => id),
    (index) => ['mqtt', 'clients', index, 'id'],
    'MQTT client',
  );
  if (isLoopback(mqtt.host) || mqtt.port === undefined) return twice;
  return [
    ...twice,
    mistakeAt(
      ['mqtt', 'port'],
      'MQTT passwords would cross the network in clear',
      'Use tlsPort instead of port, or listen on 127.0.0.1.',
    ),
  ];
}

/** One port has one listener. On different hosts it could have two, but nobody means that. Port 0 is any free one. */
export function portMistakes({ http, mqtt }: SiteFile): readonly Mistake[] {
  const listeners = [
    { path: ['http', 'port'], port: http.port },
    { path: ['mqtt', 'port'], port: mqtt.port },
    { path: ['mqtt', 'tlsPort'], port: mqtt.tlsPort },
  ].filter(({ port }) => port !== undefined && port !== 0);
  return listeners.flatMap(({ path, port }, index) => {
    const first = listeners.findIndex((listener) => listener.port === port);
    if (first === index) return [];
    const problem = `port ${port} is that of ${listeners[first]?.path.join('.')} too`;
    return [mistakeAt(path, problem, 'Give each listener a port of its own.')];
  });
}
