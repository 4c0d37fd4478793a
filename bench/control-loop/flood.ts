import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { FloodReport } from './protocol.ts';

/** A process of its own that publishes telemetry at QoS 0 at a steady rate, over a few connections. */
const { port, perSecond, connections, user, password } = JSON.parse(process.argv[2] ?? '{}') as {
  port: number;
  perSecond: number;
  connections: number;
  user: string;
  password: string;
};
const TURN_MS = 5;
const TOPICS = 200;
const say = (report: FloodReport) => process.send?.(report);

// [MQTT-1.5.3] strings are a two-byte length and UTF-8; [MQTT-2.2.3] the remaining length is base 128, low first.
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
};
const packet = (head: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let left = body.length; ; left >>= 7) {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    if (left <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from([head, ...length]), body]);
};
// CONNECT: user, password and clean session; no keep-alive. PUBLISH at QoS 0 has no packet id.
const connectPacket = (clientId: string) =>
  packet(0x10, text('MQTT'), Buffer.from([4, 0xc2, 0, 0]), text(clientId), text(user), text(password));
const payload = Buffer.from(
  JSON.stringify({ value: 20.5, quality: 'good', sourceTimeMs: 1_795_000_000_000, unit: 'Cel' }),
);
const publishes = Array.from({ length: TOPICS }, (_, index) =>
  packet(0x30, text(`plant/line-${index}/temperature`), payload),
);

async function open(index: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.write(connectPacket(`flood-${index}`));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (answer[0] !== 0x20 || answer[3] !== 0) throw new Error(`the broker answered ${answer.toString('hex')}`);
  return socket;
}

const sockets = await Promise.all(Array.from({ length: connections }, (_, index) => open(index)));
say({ connected: true });
const startMs = performance.now();
let sent = 0;
setInterval(() => {
  const due = Math.floor(((performance.now() - startMs) / 1_000) * perSecond) - sent;
  const batches: Buffer[][] = sockets.map(() => []);
  for (let index = 0; index < due; index += 1) {
    const next = publishes[(sent + index) % TOPICS];
    if (next !== undefined) batches[index % sockets.length]?.push(next);
  }
  sent += due;
  for (const [index, socket] of sockets.entries()) socket.write(Buffer.concat(batches[index] ?? []));
}, TURN_MS);
process.on('message', () => say({ sent }));
process.on('disconnect', () => process.exit(0));
