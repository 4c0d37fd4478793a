import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { MODBUS_CLIENTS_MAX } from '../limits.ts';
import { answerPdu, frameBytes, type RegisterMap, takeFrame } from './modbus-frame.ts';

export interface ModbusSlave {
  readonly port: number;
  close(): Promise<void>;
}

export interface ModbusOptions {
  readonly map: RegisterMap;
  /** Called before each request is answered: the bus is alive. */
  onRequest(): void;
}

const LOOPBACK = '127.0.0.1';
/** Anything the master has not fetched by then, it will not fetch: bytes. */
const OUT_BYTES_MAX = 65_536;

/** Modbus TCP slave. Answers every unit id: behind it there is one drive cabinet and no bus. */
export async function startModbus({ map, onRequest }: ModbusOptions): Promise<ModbusSlave> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (sockets.size >= MODBUS_CLIENTS_MAX) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let taken = takeFrame(rest); taken.state !== 'partial'; taken = takeFrame(rest)) {
        if (taken.state === 'garbage' || socket.writableLength > OUT_BYTES_MAX) {
          socket.destroy();
          return;
        }
        rest = rest.subarray(taken.bytes);
        onRequest();
        socket.write(frameBytes({ ...taken.frame, pdu: answerPdu(map, taken.frame.pdu) }));
      }
    });
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
