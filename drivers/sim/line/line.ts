import type { QueryStatus } from '#contracts/bindings.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import { DIVERTER_FIRST_AT, DIVERTER_PITCH } from '../limits.ts';
import type { Section } from './drives.ts';

/** A tote on the line. `at` is its front, in m from the induct, or from the mouth of the lane it is in. */
export interface LineTote {
  readonly id: string;
  lane: string | null;
  at: number;
  /** Lane it is on its way to; null until somebody asks. */
  to: string | null;
  scanned: boolean;
  /** Its lane's photo-eye has seen it. */
  arrived: boolean;
  stuckMs: number;
  /** At the head of the infeed with nobody asking, others waiting behind, ms wall. */
  unclaimedMs: number;
  packerMs: number;
}

export interface Lane {
  readonly id: string;
  readonly kind: 'packing' | 'reject';
  /** Where it leaves the line, m. The last lane, reject, is straight on. */
  readonly at: number;
  readonly diverter: Diverter | null;
}

export interface Diverter {
  /** `straight` or the id of its lane. */
  position: string;
  /** What it is told; the PLC overrules it when a tote comes near. */
  command: string;
  switchMs: number;
}

export interface TransportRequest {
  readonly id: string;
  readonly tote: string;
  readonly to: string;
  status: QueryStatus;
  lane: string;
}

/** Words that the appliance writes and reads over OPC UA. */
export interface Handshake {
  requestId: string;
  requestTote: string;
  requestTo: string;
  requestStrobe: number;
  strobeSeen: number;
  acceptedId: string;
  doneId: string;
  doneLane: string;
  doneStatus: string;
  queryId: string;
  queryPending: boolean;
  queryAnswerId: string;
  queryStatus: string;
  queryLane: string;
}

export type StopReason = '' | 'command' | 'e-stop' | 'light-curtain' | 'heartbeat';

export interface Line {
  readonly totes: LineTote[];
  readonly lanes: readonly Lane[];
  /** What the appliance wrote last. The PLC never writes it: each word has one writer. */
  runWord: boolean;
  /** The line is started. Cleared by a stop command, e-stop, light curtain and a lost heartbeat; set by a start command. */
  run: boolean;
  stopReason: StopReason;
  running: boolean;
  heartbeat: number;
  heartbeatAtMs: number | null;
  /** Where something is in the way, put there by a fault. */
  jamIn: Section | null;
  /** The PLC has noticed it. */
  jammed: boolean;
  readonly eyes: Map<string, boolean>;
  scannerCode: string;
  scannerCount: number;
  readonly requests: Map<string, TransportRequest>;
  readonly doneQueue: TransportRequest[];
  doneHoldMs: number;
  readonly words: Handshake;
}

export function createLine(packing: readonly PlaceConfig[], reject: readonly PlaceConfig[]): Line {
  const [rejectPlace] = reject;
  if (packing.length === 0 || rejectPlace === undefined) {
    throw new ApplianceError('DRV_SIM_PLACE', { problem: 'there is no packing place or no reject place' });
  }
  const mouth = (index: number) => DIVERTER_FIRST_AT + index * DIVERTER_PITCH;
  const lanes: Lane[] = packing.map((place, index) => ({
    id: place.id,
    kind: 'packing',
    at: mouth(index),
    diverter: { position: 'straight', command: 'straight', switchMs: 0 },
  }));
  lanes.push({ id: rejectPlace.id, kind: 'reject', at: mouth(packing.length), diverter: null });
  return {
    totes: [],
    lanes,
    runWord: false,
    run: false,
    stopReason: 'command',
    running: false,
    heartbeat: 0,
    heartbeatAtMs: null,
    jamIn: null,
    jammed: false,
    eyes: new Map(['induct', 'scanner', 'hold', ...lanes.map((lane) => lane.id)].map((eye) => [eye, false])),
    scannerCode: '',
    scannerCount: 0,
    requests: new Map(),
    doneQueue: [],
    doneHoldMs: 0,
    words: {
      requestId: '',
      requestTote: '',
      requestTo: '',
      requestStrobe: 0,
      strobeSeen: 0,
      acceptedId: '',
      doneId: '',
      doneLane: '',
      doneStatus: '',
      queryId: '',
      queryPending: false,
      queryAnswerId: '',
      queryStatus: '',
      queryLane: '',
    },
  };
}

export const toteOnLine = (line: Line, toteId: string): LineTote | undefined =>
  line.totes.find((tote) => tote.id === toteId);

export const rejectLane = (line: Line): string => line.lanes.at(-1)?.id ?? '';
