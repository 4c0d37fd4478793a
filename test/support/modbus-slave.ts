import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface SlaveRequest {
  readonly transactionId: number;
  readonly unitId: number;
  readonly pdu: Buffer;
}

/** Decides what goes back: the right answer, other bytes, or nothing (null). May take its time. */
export type Answering = (
  request: SlaveRequest,
  right: Buffer,
  socket: Socket,
) => Buffer | null | Promise<Buffer | null>;

export interface ModbusSlave {
  readonly port: number;
  readonly bits: Record<'coil' | 'discrete', boolean[]>;
  readonly words: Record<'holding' | 'input', Uint16Array>;
  readonly requests: SlaveRequest[];
  answering: Answering;
  close(): Promise<void>;
}

export const ADDRESSES = 2_000;

/** A Modbus TCP slave with memory whose answers a test can spoil. Addresses past 1999 do not exist. */
export async function startModbusSlave(): Promise<ModbusSlave> {
  const memory: Pick<ModbusSlave, 'bits' | 'words'> = {
    bits: { coil: new Array(ADDRESSES).fill(false), discrete: new Array(ADDRESSES).fill(false) },
    words: { holding: new Uint16Array(ADDRESSES), input: new Uint16Array(ADDRESSES) },
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let rest = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 7 && rest.length >= 6 + rest.readUInt16BE(4)) {
        const end = 6 + rest.readUInt16BE(4);
        const request = {
          transactionId: rest.readUInt16BE(0),
          unitId: rest.readUInt8(6),
          pdu: Buffer.from(rest.subarray(7, end)),
        };
        rest = rest.subarray(end);
        slave.requests.push(request);
        void respond(request, socket);
      }
    });
  });
  const respond = async (request: SlaveRequest, socket: Socket) => {
    const right = frame(request, carryOut(memory, request.pdu));
    const answer = await slave.answering(request, right, socket);
    if (answer !== null && !socket.destroyed) socket.write(answer);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const slave: ModbusSlave = {
    port: (server.address() as AddressInfo).port,
    ...memory,
    requests: [],
    answering: (_request, right) => right,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return slave;
}

export function frame({ transactionId, unitId }: Omit<SlaveRequest, 'pdu'>, pdu: Buffer): Buffer {
  const header = Buffer.alloc(7);
  header.writeUInt16BE(transactionId, 0);
  header.writeUInt16BE(pdu.length + 1, 4);
  header.writeUInt8(unitId, 6);
  return Buffer.concat([header, pdu]);
}

function carryOut({ bits, words }: Pick<ModbusSlave, 'bits' | 'words'>, pdu: Buffer): Buffer {
  const code = pdu.readUInt8(0);
  const start = pdu.readUInt16BE(1);
  const second = pdu.readUInt16BE(3);
  const count = code === 5 || code === 6 ? 1 : second;
  if (start + count > ADDRESSES) return Buffer.from([code | 0x80, 2]);
  switch (code) {
    case 1:
    case 2: {
      const table = bits[code === 1 ? 'coil' : 'discrete'].slice(start, start + count);
      const bytes = Buffer.alloc(Math.ceil(count / 8));
      for (const [index, bit] of table.entries())
        if (bit) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
      return Buffer.concat([Buffer.from([code, bytes.length]), bytes]);
    }
    case 3:
    case 4: {
      const table = words[code === 3 ? 'holding' : 'input'];
      const bytes = Buffer.alloc(count * 2);
      for (let index = 0; index < count; index += 1)
        bytes.writeUInt16BE(table[start + index] ?? 0, index * 2);
      return Buffer.concat([Buffer.from([code, bytes.length]), bytes]);
    }
    case 5:
      bits.coil[start] = second === 0xff00;
      return pdu;
    case 6:
      words.holding[start] = second;
      return pdu;
    case 16:
      for (let index = 0; index < count; index += 1)
        words.holding[start + index] = pdu.readUInt16BE(6 + index * 2);
      return pdu.subarray(0, 5);
    default:
      return Buffer.from([code | 0x80, 1]);
  }
}
