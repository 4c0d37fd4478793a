import type { TimelineEntry } from '#contracts/api.ts';
import { nowMs } from '../data/clock.ts';
import { timeZone } from '../data/session.ts';
import { localInstants } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { Icon } from '../parts/icon.tsx';
import { plural } from '../parts/words.ts';
import { hitchesOf } from './hitches.ts';

const icons = { refused: 'shield', failed: 'cross', unknown: 'question' } as const;

/** Why it took longer than it might have: each attempt that did not come off, with its reason. */
export function WhyCard({ entries }: { entries: readonly TimelineEntry[] }) {
  const hitches = hitchesOf(entries);
  if (hitches.length === 0) return null;
  return (
    <section class="card why">
      <h2>Why it took longer</h2>
      <p class="soft">
        {plural(hitches.length, 'attempt')} did not come off. It goes on by itself, or asks a person.
      </p>
      <ul class="why-list">
        {hitches.map(({ at, outcome, what, why }, row) => (
          <li key={`${at} ${row}`}>
            <Icon name={icons[outcome]} size={20} />
            <div>
              <p>
                <b>{what}</b>
              </p>
              <p>{localInstants(why, nowMs.value, timeZone.value)}</p>
            </div>
            <span class="soft">
              <Moment at={at} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
