import type { LimitQueue } from '#contracts/limits.ts';
import { usePolled } from '../data/use-polled.ts';
import { Fetched } from '../parts/fetched.tsx';
import { Mark } from '../parts/mark.tsx';
import { href } from '../router.ts';

const REFRESH_MS = 5_000;

/** Where only so many may be at the same time: who is there and who waits. */
export function Limits() {
  const limits = usePolled<{ limits: LimitQueue[] }>('/limits', REFRESH_MS);
  return (
    <section class="card" aria-label="Limits">
      <h2>Limits</h2>
      <p class="soft">Places, robots and services that only so many may use at the same time.</p>
      <Fetched from={limits} what="the limits">
        {({ limits: rows }) =>
          rows.length === 0 ? (
            <p>Nobody uses one now, and nobody waits.</p>
          ) : (
            <ul class="machinery">
              {rows
                .toSorted((a, b) => b.waiting - a.waiting || a.name.localeCompare(b.name))
                .map((limit) => (
                  <LimitRow key={`${limit.name} ${limit.key}`} limit={limit} />
                ))}
            </ul>
          )
        }
      </Fetched>
    </section>
  );
}

function LimitRow({ limit }: { limit: LimitQueue }) {
  return (
    <li data-limit={`${limit.name} ${limit.key}`}>
      <p>
        <b>{limit.key}</b> <span class="soft">{limit.name}</span>
      </p>
      <p>
        {limit.waiting === 0 ? (
          <Mark level="normal" icon="check">
            Nobody waits
          </Mark>
        ) : (
          <Mark level="notice" icon="clock">
            {limit.waiting === 1 ? '1 waits' : `${limit.waiting} wait`}
          </Mark>
        )}
      </p>
      <Sagas words="There now" ids={limit.inside} count={limit.running} />
      <Sagas words="Next" ids={limit.next} count={limit.waiting} />
    </li>
  );
}

function Sagas({ words, ids, count }: { words: string; ids: readonly string[]; count: number }) {
  if (count === 0) return null;
  return (
    <div class="limit-sagas">
      <span class="soft">{words}</span>
      {[...new Set(ids)].map((sagaId) => (
        <a key={sagaId} class="button button-ghost" href={href('sagas', sagaId)}>
          {sagaId}
        </a>
      ))}
      {count > ids.length ? <span class="soft">and {count - ids.length} more</span> : null}
    </div>
  );
}
