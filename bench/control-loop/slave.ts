import { setPriority } from 'node:os';
import { type ModbusSlave, startModbusSlave } from '../../test/support/modbus-slave.ts';
import { CELLS, type SlaveOrder, type SlaveReport } from './protocol.ts';

/**
 * A process of its own with `CELLS` conveyors and their e-stops: discrete input n is the e-stop (true is released),
 * coil n the drive. It presses each e-stop a random while after its drive was started, notes when the pressed value
 * was first put on the wire and when the drive's coil was written off, and lets go.
 */
// Each cycle costs the gate a restart, and it remembers each for a minute: faster would fill its memory.
const PRESS_AFTER_MS_MIN = 30;
const PRESS_AFTER_MS_MAX = 120;
const PLC_NICE = -15;

interface Cell {
  changedMs: number | null;
  servedMs: number | null;
}

const cells: Cell[] = Array.from({ length: CELLS }, () => ({ changedMs: null, servedMs: null }));
let servedToWrite: number[] = [];
let changeToWrite: number[] = [];
const say = (report: SlaveReport) => process.send?.(report);

try {
  // It stands for another machine: what the measured one is busy with must not delay it.
  setPriority(PLC_NICE);
} catch {
  // Without the privilege the slave's own delays are in the numbers.
}
const slave: ModbusSlave = await startModbusSlave();
slave.bits.discrete.fill(true, 0, CELLS);
slave.answering = ({ pdu }, right) => {
  const nowMs = performance.now();
  const address = pdu.readUInt16BE(1);
  const code = pdu.readUInt8(0);
  if (code === 2) serve(address, pdu.readUInt16BE(3), nowMs);
  if (code === 5 && address < CELLS) drive(address, pdu.readUInt16BE(3) === 0xff00, nowMs);
  slave.requests.length = 0;
  return right;
};

function serve(start: number, count: number, nowMs: number): void {
  for (const [index, cell] of cells.entries()) {
    const isAsked = index >= start && index < start + count;
    if (isAsked && cell.changedMs !== null) cell.servedMs ??= nowMs;
  }
}

function drive(index: number, on: boolean, nowMs: number): void {
  const cell = cells[index];
  if (cell === undefined) return;
  if (on) {
    const waitMs = PRESS_AFTER_MS_MIN + Math.random() * (PRESS_AFTER_MS_MAX - PRESS_AFTER_MS_MIN);
    setTimeout(() => press(index, cell), waitMs);
    return;
  }
  if (cell.changedMs === null || cell.servedMs === null) return;
  servedToWrite.push(nowMs - cell.servedMs);
  changeToWrite.push(nowMs - cell.changedMs);
  cell.changedMs = null;
  cell.servedMs = null;
  slave.bits.discrete[index] = true;
}

function press(index: number, cell: Cell): void {
  if (cell.changedMs !== null || slave.bits.coil[index] !== true) return;
  cell.changedMs = performance.now();
  slave.bits.discrete[index] = false;
}

process.on('message', (order: SlaveOrder) => {
  if (order !== 'collect') return;
  say({ latencies: { servedToWrite, changeToWrite } });
  servedToWrite = [];
  changeToWrite = [];
});
process.on('disconnect', () => process.exit(0));
say({ port: slave.port });
