import { useState } from 'preact/hooks';
import type { SagaView } from '#contracts/saga-api.ts';
import { nowMs } from '../data/clock.ts';
import { timeZone } from '../data/session.ts';
import { formatCount, localInstants } from '../format.ts';
import { Timeline } from '../orders/timeline.tsx';
import { Moment } from '../parts/age.tsx';

type Look = (at: number) => void;

/** What happened up to here: in short as attempts, or each recorded step with what came of it. */
export function SagaHistory({ view, look }: { view: SagaView; look: Look }) {
  const [every, setEvery] = useState(false);
  return (
    <section class="card saga-history" aria-label="What happened">
      <header class="diagram-head">
        <h2>What happened</h2>
        <button type="button" class="button button-ghost" onClick={() => setEvery(!every)}>
          {every ? 'In short' : 'Every step'}
        </button>
      </header>
      {view.earlier === 0 ? null : (
        <p class="notice">{formatCount(view.earlier)} earlier steps are not shown. Look back to see them.</p>
      )}
      {every ? (
        <Steps view={view} look={look} />
      ) : (
        <Timeline entries={view.timeline} past={view.at < view.newest} />
      )}
    </section>
  );
}

function Steps({ view, look }: { view: SagaView; look: Look }) {
  return (
    <ol class="saga-steps">
      {view.steps.map((step) => (
        <li key={step.position} data-position={step.position}>
          <button
            type="button"
            class="button button-ghost button-square number"
            aria-label={`Look at step ${step.position}`}
            aria-current={step.position === view.at ? 'step' : undefined}
            onClick={() => look(step.position)}
          >
            {step.position}
          </button>
          <div>
            <p>
              <b>{told(step.what)}</b>
            </p>
            {step.made.length === 0 ? null : (
              <ul class="saga-made">
                {step.made.map((words) => (
                  <li key={words}>{told(words)}</li>
                ))}
              </ul>
            )}
          </div>
          <span class="soft">
            <Moment at={step.at} />
          </span>
        </li>
      ))}
    </ol>
  );
}

const told = (text: string): string => localInstants(text, nowMs.value, timeZone.value);
