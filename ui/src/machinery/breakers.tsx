import type { Breaker } from '#contracts/breakers.ts';
import { nowMs } from '../data/clock.ts';
import { post } from '../data/http.ts';
import { isTechnician } from '../data/session.ts';
import { usePolled } from '../data/use-polled.ts';
import { formatSpan } from '../format.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Age } from '../parts/age.tsx';
import { Fetched } from '../parts/fetched.tsx';
import { Mark } from '../parts/mark.tsx';
import { plural } from '../parts/words.ts';
import { breakerWords, sortBreakers } from './machinery-words.ts';

const REFRESH_MS = 5_000;

/** Devices and services that are sent nothing for a while, because they kept failing. */
export function Breakers() {
  const breakers = usePolled<{ breakers: Breaker[] }>('/breakers', REFRESH_MS);
  return (
    <section class="card" aria-label="Circuit breakers">
      <h2>Circuit breakers</h2>
      <p class="soft">What fails again and again is sent nothing for a while; then one attempt is made.</p>
      <Fetched from={breakers} what="the circuit breakers">
        {({ breakers: rows }) =>
          rows.length === 0 ? (
            <p>Nothing has been used yet.</p>
          ) : (
            <ul class="machinery">
              {sortBreakers(rows).map((breaker) => (
                <BreakerRow key={breaker.id} breaker={breaker} onChanged={breakers.reload} />
              ))}
            </ul>
          )
        }
      </Fetched>
    </section>
  );
}

function BreakerRow({ breaker, onChanged }: { breaker: Breaker; onChanged: () => unknown }) {
  const words = breakerWords[breaker.state];
  const isShut = breaker.state === 'closed';
  return (
    <li data-breaker={breaker.id}>
      <p>
        <b>{breaker.name}</b> <span class="soft">{breaker.kind === 'device' ? 'device' : 'service'}</span>
      </p>
      <p>
        <Mark level={words.level} icon={words.icon}>
          {words.word}
        </Mark>
        {isShut || breaker.changedAt === null ? null : (
          <span class="soft">
            {' '}
            since <Age at={breaker.changedAt} ago={false} />
          </span>
        )}
      </p>
      {isShut && breaker.faults === 0 ? null : <p class="machinery-why">{whyOf(breaker)}</p>}
      {isShut || !isTechnician.value ? null : (
        <ActionButton
          icon="check"
          label={`It is cured: switch on ${breaker.name}`}
          act={async () => {
            await post(`/breakers/${encodeURIComponent(breaker.id)}/reset`);
            await onChanged();
          }}
        >
          It is cured: switch on
        </ActionButton>
      )}
    </li>
  );
}

function whyOf({ faults, reason, state, retryAt }: Breaker): string {
  const why = `${plural(faults, 'fault')} in a row${reason === null ? '' : `, the last: ${reason}`}.`;
  if (state === 'half-open') return `${why} One attempt is being made now.`;
  if (state !== 'open' || retryAt === null) return why;
  const waitMs = Date.parse(retryAt) - nowMs.value;
  return waitMs > 0 ? `${why} Tried again in ${formatSpan(waitMs)}.` : `${why} The next attempt may try.`;
}
