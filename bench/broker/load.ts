import { connect, type Socket } from 'node:net';

const TOPIC = 'bench/x';
const PAYLOAD_BYTES = 64;
// Messages on their way at a time: below what either broker would drop.
const WINDOW = 10_000;
const CHUNK = 500;
const ACK_BYTES = 4;

const string = (text: string) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
const packet = (first: number, body: Buffer) => Buffer.concat([Buffer.from([first, body.length]), body]);

/** Sends CONNECT (and SUBSCRIBE) and resolves when it is answered. */
async function open(port: number, user: string, clean: boolean, qos: number | null): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  const flags = Buffer.from([4, 0xc0 | (clean ? 2 : 0), 0, 0]);
  socket.write(packet(0x10, Buffer.concat([string('MQTT'), flags, string(user), string(user), string('x')])));
  if (qos !== null)
    socket.write(packet(0x82, Buffer.concat([Buffer.from([0, 1]), string(TOPIC), Buffer.from([qos])])));
  const wanted = qos === null ? 4 : 9;
  let have = 0;
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', function answer(chunk) {
      have += chunk.length;
      if (have < wanted) return;
      socket.off('data', answer);
      resolve();
    });
  });
  return socket;
}

function publishes(qos: 0 | 1, firstId: number, count: number): Buffer {
  const payload = Buffer.alloc(PAYLOAD_BYTES, 'x');
  const one = (id: number) =>
    packet(
      0x30 | (qos << 1),
      Buffer.concat([
        string(TOPIC),
        qos === 0 ? Buffer.alloc(0) : Buffer.from([id >> 8, id & 0xff]),
        payload,
      ]),
    );
  return Buffer.concat(Array.from({ length: count }, (_, index) => one(((firstId + index) % 60_000) + 1)));
}

/** Messages per second from one publisher to one subscriber, end to end; at QoS 1 to a stored session. */
export async function measure(port: number, qos: 0 | 1, count: number): Promise<number> {
  const subscriber = await open(port, 'subscriber', qos === 0, qos);
  const publisher = await open(port, 'publisher', true, null);
  const size = publishes(qos, 0, 1).length;
  const chunks =
    qos === 0
      ? [publishes(0, 0, CHUNK)]
      : Array.from({ length: 60_000 / CHUNK }, (_, i) => publishes(1, i * CHUNK, CHUNK));
  let sent = 0;
  let acknowledged = 0;
  let received = 0;
  let left: Buffer = Buffer.alloc(0);
  const fill = () => {
    const done = qos === 0 ? received : Math.min(received, acknowledged);
    while (sent < count && sent - done + CHUNK <= WINDOW) {
      publisher.write(chunks[(sent / CHUNK) % chunks.length] ?? Buffer.alloc(0));
      sent += CHUNK;
    }
  };
  const startMs = performance.now();
  await new Promise<void>((resolve) => {
    const check = () => {
      if (received >= count && (qos === 0 || acknowledged >= count)) resolve();
      else fill();
    };
    let ackBytes = 0;
    publisher.on('data', (chunk) => {
      ackBytes += chunk.length;
      acknowledged = Math.floor(ackBytes / ACK_BYTES);
      check();
    });
    subscriber.on('data', (chunk) => {
      left = Buffer.concat([left, Buffer.from(chunk)]);
      const whole = Math.floor(left.length / size);
      if (qos === 1 && whole > 0) subscriber.write(acks(left, whole, size));
      received += whole;
      left = left.subarray(whole * size);
      check();
    });
    fill();
  });
  const seconds = (performance.now() - startMs) / 1_000;
  publisher.destroy();
  subscriber.destroy();
  return count / seconds;
}

function acks(bytes: Buffer, count: number, size: number): Buffer {
  const answer = Buffer.alloc(count * ACK_BYTES);
  for (let i = 0; i < count; i++) {
    answer[i * ACK_BYTES] = 0x40;
    answer[i * ACK_BYTES + 1] = 2;
    answer.writeUInt16BE(bytes.readUInt16BE(i * size + 2 + 2 + TOPIC.length), i * ACK_BYTES + 2);
  }
  return answer;
}
