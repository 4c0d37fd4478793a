import type { Interlock } from '#contracts/api.ts';
import { interlocks } from '../data/site.ts';
import { Mark } from '../parts/mark.tsx';
import { protectedWords } from '../parts/words.ts';

/** Every interlock with its state, also those that are clear: a person must be able to see that they are there. */
export function InterlockList() {
  const rows = interlocks.value;
  return (
    <section class="card" aria-label="Interlocks">
      <h2>Interlocks</h2>
      {rows.length === 0 ? (
        <p class="soft">
          The site file names none. Hard-wired safety stays in the PLC; interlocks here keep commands from
          starting.
        </p>
      ) : (
        <ul class="interlocks">
          {rows.map((interlock) => (
            <li key={interlock.id} data-interlock={interlock.id}>
              <span>
                <b>{interlock.id}</b>
                <span class="soft"> protects {protectedWords(interlock.protects)}</span>
                {interlock.met ? null : (
                  <span class="interlock-why">{interlock.reason ?? interlock.text}</span>
                )}
              </span>
              <State interlock={interlock} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function State({ interlock }: { interlock: Interlock }) {
  if (interlock.needsReset) {
    return (
      <Mark level="warning" icon="retry">
        Needs a reset
      </Mark>
    );
  }
  if (!interlock.met) {
    return (
      <Mark level="critical" icon="exclaim">
        Not met
      </Mark>
    );
  }
  return (
    <Mark level="normal" icon="check">
      Clear
    </Mark>
  );
}
