import type { Log } from '#contracts/log.ts';

export type Opcua = typeof import('node-opcua-client');

let loading: Promise<Opcua> | null = null;

/**
 * Loads node-opcua when the first OPC UA device connects: it takes a second and 60 MB that a site without one
 * should not pay. Its console output goes to our log, where it belongs.
 */
export function loadOpcua(log: Log): Promise<Opcua> {
  loading ??= import('node-opcua-client').then((opcua) => {
    const to =
      (level: 'debug' | 'info') =>
      (format: unknown, ...rest: unknown[]) =>
        log[level]({ library: 'node-opcua' }, [format, ...rest].map(String).join(' ').slice(0, TEXT_MAX));
    // What it warns of (lost connections, refused certificates) the driver reports itself, in fewer words.
    opcua.setWarningLogger(to('debug'));
    opcua.setErrorLogger(to('info'));
    return opcua;
  });
  return loading;
}

const TEXT_MAX = 500;
