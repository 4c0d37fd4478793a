import type { AnyEvent } from '#contracts/events/envelope.ts';
import { type Offset, offset } from '#contracts/ids.ts';
import type { LogFilter, LogRecord, LogTally, RawRecord, Store } from '#contracts/store.ts';
import { LOG_READ_BYTES_MAX } from '../limits.ts';
import type { LogSlice } from '../messages.ts';
import { encodeFilter } from './encode.ts';
import type { Batch } from './live-tail.ts';
import type { ReaderClient } from './reader-client.ts';

export interface LogClient extends Pick<Store, 'readLog' | 'readRaw' | 'tally' | 'head' | 'mark'> {
  /** Like `readLog`, and tells how far the log has been looked through. */
  readBatch(after: number, filter: LogFilter, countMax: number): Promise<Batch>;
}

/** The reads of the log, as one client has them. */
export function createLogClient(reader: ReaderClient): LogClient {
  const readBatch: LogClient['readBatch'] = async (after, filter, countMax) => {
    const slice = await reader.read<LogSlice>({
      read: 'log',
      after,
      filter: encodeFilter(filter),
      classifications: null,
      countMax,
      bytesMax: LOG_READ_BYTES_MAX,
    });
    return { records: recordsOf(slice), upTo: slice.upTo };
  };
  return {
    readBatch,
    readLog: async (after, { countMax, ...filter }) => (await readBatch(after, filter, countMax)).records,
    async readRaw(after, { lane, classifications, countMax, bytesMax }) {
      const filter = { lanes: [lane], types: null };
      const request = { read: 'log', after, filter, classifications, countMax, bytesMax } as const;
      const { offsets, json } = await reader.read<LogSlice>(request);
      return json.map((text, index): RawRecord => ({ offset: offset(offsets[index] ?? 0), json: text }));
    },
    tally: (after, through) => reader.read<readonly LogTally[]>({ read: 'tally', after, through }),
    head: () => reader.read<Offset>({ read: 'head' }),
    mark: (consumer) => reader.read<Offset>({ read: 'mark', consumer }),
  };
}

const recordsOf = ({ offsets, json }: LogSlice): LogRecord[] =>
  json.map((text, index) => ({ offset: offset(offsets[index] ?? 0), event: JSON.parse(text) as AnyEvent }));
