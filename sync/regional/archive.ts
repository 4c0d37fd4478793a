import type { Lane } from '#contracts/events/envelope.ts';
import type { GapReason, MarkReply } from '#contracts/sync.ts';

/** A record as it is kept: an event with the columns by which it is found, or a hole with its reason. */
export type ArchiveRecord =
  | {
      readonly sequence: number;
      readonly id: string;
      readonly type: string;
      readonly subject: string;
      readonly time: string;
      readonly json: string;
    }
  | { readonly sequence: number; readonly through: number; readonly gap: GapReason };

export interface ArchiveFrame {
  readonly site: string;
  readonly epoch: string;
  readonly lane: Lane;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly records: readonly ArchiveRecord[];
}

/** `stored` also when everything was there before. Only `stored` may be answered with 200: it is on disk. */
export type StoreOutcome =
  | { readonly outcome: 'stored'; readonly sequence: number }
  | { readonly outcome: 'gap'; readonly sequence: number }
  | { readonly outcome: 'conflict'; readonly sequence: number };

export interface EventQuery {
  readonly site: string;
  /** Newest one of the site when not given. */
  readonly epoch: string | undefined;
  readonly lane: Lane;
  readonly after: number;
  readonly limit: number;
}

export type ArchivedEvent =
  | { readonly sequence: number; readonly event: unknown }
  | { readonly sequence: number; readonly through: number; readonly gap: GapReason };

export interface ArchivedStream extends MarkReply {
  readonly firstAt: string;
  readonly lastAt: string;
}

/**
 * Where the region keeps what its sites sent: each event once, by (site, epoch, lane, sequence). The records of
 * a frame and the mark that vouches for them are one transaction, and `store` resolves after it is on disk.
 */
export interface Archive {
  readonly kind: 'sqlite' | 'postgres';
  store(frame: ArchiveFrame): Promise<StoreOutcome>;
  marks(site: string, epoch: string): Promise<readonly MarkReply[]>;
  streams(): Promise<readonly ArchivedStream[]>;
  events(query: EventQuery): Promise<readonly ArchivedEvent[]>;
  count(): Promise<number>;
  close(): Promise<void>;
}

/** The records of a frame that are new behind `mark`; a hole that began before it is cut there. */
export function recordsBehind(mark: number, records: readonly ArchiveRecord[]): readonly ArchiveRecord[] {
  return records.flatMap((record) => {
    if (record.sequence > mark) return [record];
    return 'gap' in record && record.through > mark ? [{ ...record, sequence: mark + 1 }] : [];
  });
}

/** The last event of a frame that must be there already; comparing it tells two stores under one name. */
export function lastKnown(mark: number, records: readonly ArchiveRecord[]) {
  const known = records.findLast((record) => record.sequence <= mark && !('gap' in record));
  return known === undefined || 'gap' in known ? undefined : known;
}
