import type { SloStatus } from '#contracts/kpis.ts';
import { nowMs } from '../data/clock.ts';
import { timeZone } from '../data/session.ts';
import { formatCount, formatDay, formatDuration, formatMinute, formatSpan } from '../format.ts';
import { Mark } from '../parts/mark.tsx';
import { Bar } from '../parts/meter.tsx';
import { type Budget, budgetOf } from './budget.ts';
import { shareText } from './figure-words.ts';

/** What was promised for a kind of work, and how much of what may go wrong is left. */
export function ObjectiveCard({ slo, title }: { slo: SloStatus; title: string }) {
  const budget = budgetOf(slo);
  const left = budget.is === 'gone' ? 0 : budget.left;
  return (
    <section class="card objective" data-objective={slo.saga} aria-label={`Objective of ${title}`}>
      <h2>{title}</h2>
      <p>
        <Standing slo={slo} budget={budget} />
      </p>
      <p class="objective-left">
        <b class="number">{budget.is === 'gone' ? 'Nothing' : shareText(left)}</b> left of what may go wrong
      </p>
      <div class={left < LOW ? 'objective-bar objective-bar-low' : 'objective-bar'}>
        <Bar part={left} />
      </div>
      <p class="objective-when">{whenWords(budget)}</p>
      <details class="meaning">
        <summary>What this means</summary>
        <p>
          {shareText(slo.objective)} shall be done within {formatDuration(slo.durationMs)} with nothing taken
          back, counted over {slo.periodDays} days. The rest may go wrong: that is the budget. In these days{' '}
          {formatCount(slo.good)} were good and {formatCount(slo.bad)} were not.
        </p>
        <p>
          It is used {slo.burnSlow.toFixed(1)} times as fast as it may be in the last six hours, and{' '}
          {slo.burnFast.toFixed(1)} times in the last one. At 1 it lasts exactly {slo.periodDays} days.
        </p>
      </details>
    </section>
  );
}

/** Below it the bar takes the colour of a warning; the words say it too. */
const LOW = 0.2;

function Standing({ slo, budget }: { slo: SloStatus; budget: Budget }) {
  if (budget.is === 'gone')
    return (
      <Mark level="critical" icon="exclaim">
        Used up
      </Mark>
    );
  if (slo.alerts.length > 0)
    return (
      <Mark level="warning" icon="exclaim">
        {slo.alerts.includes('fast') ? 'Goes very fast' : 'Goes too fast'}
      </Mark>
    );
  return budget.left < LOW ? (
    <Mark level="notice" icon="exclaim">
      Little left
    </Mark>
  ) : (
    <Mark level="normal" icon="check">
      Kept
    </Mark>
  );
}

function whenWords(budget: Budget): string {
  switch (budget.is) {
    case 'gone':
      return budget.over === 0
        ? 'All that may go wrong has gone wrong.'
        : `${shareText(budget.over)} more went wrong than may.`;
    case 'unused':
      return 'Nothing went wrong in the last six hours.';
    case 'lasting':
      return 'It lasts at the pace of the last six hours.';
    case 'going': {
      const goneMs = nowMs.value + budget.goneInMs;
      const when = `${formatDay(goneMs, timeZone.value)}, ${formatMinute(goneMs, timeZone.value)}`;
      return `At the pace of the last six hours it is gone in ${formatSpan(budget.goneInMs)} (${when}).`;
    }
  }
}
