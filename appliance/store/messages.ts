import type { MessagePort } from 'node:worker_threads';
import type { Classification, Lane } from '#contracts/events/envelope.ts';
import type { ChainCheck, SelfCheck, SqlParams } from '#contracts/store.ts';
import type { TagSample } from '#contracts/tags.ts';
import type { Port } from './port.ts';

/**
 * What threads say to the store. An event crosses as strings: its envelope is turned into JSON once, on the
 * caller's side, and is never taken apart again on its way to the disk.
 */
export type WireEvent = readonly [
  op: 'append',
  id: string,
  type: string,
  lane: Lane,
  classification: Classification,
  subject: string,
  correlation: string,
  time: string,
  json: string,
];
export type WireRun = readonly [op: 'run', statement: string, params: SqlParams, changes: number];
/** `changes` when any number will do. */
export const ANY_CHANGES = -1;
export type WireMark = readonly [op: 'mark', consumer: string, offset: number];
/** Moves a mark over records that the consumer's filter leaves out, unless it still owes one at `handed`. */
export type WireSkip = readonly [op: 'skip', consumer: string, handed: number, to: number];
export type WireOp = WireEvent | WireRun | WireMark | WireSkip;

/** What may be refused when room ends: telemetry first, ordinary commits next, reserved ones last. */
export type CommitClass = 'telemetry' | 'ordinary' | 'reserved';

export interface WireCommit {
  readonly id: number;
  readonly class: CommitClass;
  readonly bytes: number;
  readonly ops: readonly WireOp[];
}

export interface WireError {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface WireFilter {
  readonly lanes: readonly string[] | null;
  readonly types: readonly string[] | null;
}

/** Client to store thread. */
export type ToWriter =
  | { readonly kind: 'commits'; readonly commits: readonly WireCommit[] }
  | { readonly kind: 'follow'; readonly followId: number; readonly filter: WireFilter }
  /** Wants to know where the head is, or no longer. */
  | { readonly kind: 'watch'; readonly isOn: boolean }
  | { readonly kind: 'unfollow'; readonly followId: number }
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'history'; readonly samples: readonly TagSample[]; readonly droppedCount: number }
  | { readonly kind: 'warn'; readonly fields: Readonly<Record<string, string>>; readonly message: string };

/** `first` is the offset of the first event; the others of the same commit follow it without gaps. */
export type CommitAnswer =
  | { readonly id: number; readonly first: number }
  | { readonly id: number; readonly error: WireError };

/** Store thread to client. `live` covers every matching record in (after, head]. */
export type FromWriter =
  | { readonly kind: 'hello'; readonly reader: Port }
  | { readonly kind: 'answers'; readonly answers: readonly CommitAnswer[] }
  | { readonly kind: 'following'; readonly followId: number; readonly head: number }
  | {
      readonly kind: 'live';
      readonly after: number;
      readonly head: number;
      readonly offsets: readonly number[];
      readonly json: readonly string[];
      readonly bytes: number;
    }
  | { readonly kind: 'history-taken'; readonly count: number }
  | { readonly kind: 'ended'; readonly error: WireError };

export type ReadRequest =
  | { readonly read: 'query'; readonly statement: string; readonly params: SqlParams }
  | {
      readonly read: 'log';
      readonly after: number;
      readonly filter: WireFilter;
      readonly classifications: readonly string[] | null;
      readonly countMax: number;
      readonly bytesMax: number;
    }
  | { readonly read: 'tally'; readonly after: number; readonly through: number }
  | { readonly read: 'head' }
  | { readonly read: 'mark'; readonly consumer: string }
  | {
      readonly read: 'samples';
      readonly path: string;
      readonly fromMs: number;
      readonly toMs: number;
      readonly countMax: number;
    }
  | {
      readonly read: 'windows';
      readonly path: string;
      readonly fromMs: number;
      readonly toMs: number;
      readonly windowMs: number;
    };

export type ToReader = { readonly id: number; readonly request: ReadRequest };
export type FromReader =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: WireError };

/** Records as the reader sends them. `upTo`: everything that matches up to there has been sent. */
export interface LogSlice {
  readonly offsets: readonly number[];
  readonly json: readonly string[];
  readonly upTo: number;
}

/** Host to its threads. */
export type HostOrder =
  | { readonly order: 'open'; readonly isCheckNeeded: boolean }
  | { readonly order: 'connect'; readonly port: MessagePort }
  | { readonly order: 'verify' }
  /** Write what is queued, take nothing more. */
  | { readonly order: 'drain' }
  /** Mark the stop as clean and let go of everything. */
  | { readonly order: 'finish' };

/** Threads to their host. */
export type HostNews =
  | { readonly news: 'ready'; readonly selfCheck: SelfCheck; readonly isCheckNeeded: boolean }
  | { readonly news: 'opened' }
  | { readonly news: 'unfit'; readonly error: WireError }
  | { readonly news: 'fatal'; readonly error: WireError }
  | { readonly news: 'drained' }
  | { readonly news: 'verified'; readonly check: ChainCheck }
  | {
      readonly news: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly fields: Readonly<Record<string, unknown>>;
      readonly message: string;
    };

/** Store thread to keeper: what takes long and must not stand between a commit and its answer. */
export type Errand =
  | { readonly errand: 'checkpoint'; readonly file: string }
  | { readonly errand: 'lay-reserve' };
export type ErrandDone =
  | { readonly errand: 'checkpoint'; readonly file: string }
  | { readonly errand: 'lay-reserve'; readonly isLaid: boolean };
