import { useEffect, useState } from 'preact/hooks';
import { isLive } from './site.ts';
import { type Resource, useResource } from './use-resource.ts';

export interface Polled<T> {
  readonly resource: Resource<T>;
  /** The newest that is known, also while a later request fails; null before the first. */
  readonly value: T | null;
  reload(): Promise<void>;
}

/** Something that the live feed does not tell about: asked for again and again while the screen is live. */
export function usePolled<T>(path: string | null, everyMs: number): Polled<T> {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!isLive.value) return;
    const timer = setInterval(() => setTurn((before) => before + 1), everyMs);
    return () => clearInterval(timer);
  }, [isLive.value, everyMs]);
  const { resource, reload } = useResource<T>(path, `${turn} ${isLive.value}`);
  return { resource, value: knownOf(resource), reload };
}

function knownOf<T>(resource: Resource<T>): T | null {
  if (resource.state === 'ready') return resource.value;
  return resource.state === 'failed' ? resource.stale : null;
}
