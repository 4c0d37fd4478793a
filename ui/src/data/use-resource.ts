import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get } from './http.ts';
import type { Failure } from './problem.ts';
import { toFailure } from './session.ts';

/** Something fetched for a page. A failed refresh keeps the value it had, and says so. */
export type Resource<T> =
  | { state: 'loading' }
  | { state: 'ready'; value: T }
  | { state: 'failed'; failure: Failure; stale: T | null };

/**
 * Fetches `path`, and again whenever `version` changes. Answers that arrive out of order are dropped.
 * A null path fetches nothing.
 */
export function useResource<T>(path: string | null, version: unknown = 0) {
  const [resource, setResource] = useState<Resource<T>>({ state: 'loading' });
  const latest = useRef(0);
  const shown = useRef<string | null>(null);

  const load = useCallback(async () => {
    if (path === null) return;
    latest.current += 1;
    const turn = latest.current;
    if (shown.current !== path) setResource({ state: 'loading' });
    try {
      const value = await get<T>(path);
      if (turn !== latest.current) return;
      shown.current = path;
      setResource({ state: 'ready', value });
    } catch (error) {
      const failure = toFailure(error);
      if (turn !== latest.current) return;
      setResource((before) => ({
        state: 'failed',
        failure,
        stale: lastValue(before, shown.current === path),
      }));
    }
  }, [path]);

  useEffect(() => {
    void load();
  }, [load, version]);

  return { resource, reload: load };
}

function lastValue<T>(resource: Resource<T>, samePath: boolean): T | null {
  if (!samePath) return null;
  if (resource.state === 'ready') return resource.value;
  return resource.state === 'failed' ? resource.stale : null;
}
