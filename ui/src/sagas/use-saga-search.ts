import { useEffect, useRef, useState } from 'preact/hooks';
import type { SagaPage, SagaSummary } from '#contracts/saga-api.ts';
import { serverNowMs } from '../data/clock.ts';
import { get } from '../data/http.ts';
import type { Failure } from '../data/problem.ts';
import { timeZone, toFailure } from '../data/session.ts';
import { type SagaFilter, searchPath, writeFilter } from './saga-filter.ts';

/** Typing goes on for a moment: one question when it rests. */
const TYPING_MS = 250;
/** Rows kept in the browser; past it a narrower search is quicker than scrolling. */
export const ROWS_MAX = 1_000;

export interface Found {
  readonly state: 'loading' | 'ready' | 'failed';
  readonly rows: readonly SagaSummary[];
  readonly next: string | null;
  readonly count: SagaPage['count'];
  readonly failure: Failure | null;
}

const nothing: Found = { state: 'loading', rows: [], next: null, count: null, failure: null };

/** Sagas that fit the filter, page by page. What was found before stays until something newer has come. */
export function useSagaSearch(filter: SagaFilter): { found: Found; more: () => void; again: () => void } {
  const [found, setFound] = useState<Found>(nothing);
  const latest = useRef(0);
  const asked = writeFilter(filter);

  const load = async (before: Found, after: string | null): Promise<void> => {
    latest.current += 1;
    const turn = latest.current;
    setFound({ ...before, state: 'loading', failure: null });
    try {
      const page = await get<SagaPage>(searchPath(filter, after, serverNowMs(), timeZone.peek()));
      if (turn !== latest.current) return;
      const rows = after === null ? page.sagas : [...before.rows, ...page.sagas];
      const count = after === null ? page.count : before.count;
      setFound({ state: 'ready', rows, next: page.next, count, failure: null });
    } catch (error) {
      const failure = toFailure(error);
      if (turn === latest.current) setFound({ ...before, state: 'failed', failure });
    }
  };

  const first = useRef(true);
  useEffect(() => {
    const wait = first.current ? 0 : TYPING_MS;
    first.current = false;
    const timer = setTimeout(() => void load(found, null), wait);
    return () => clearTimeout(timer);
  }, [asked]);

  return { found, more: () => void load(found, found.next), again: () => void load(found, null) };
}
