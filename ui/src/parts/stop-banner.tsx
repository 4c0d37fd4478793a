import { useState } from 'preact/hooks';
import type { Interlock } from '#contracts/api.ts';
import { mayAct } from '../data/session.ts';
import { holding, isLive, isStopped, robots } from '../data/site.ts';
import { Icon } from './icon.tsx';
import { ResetDialog } from './reset-dialog.tsx';
import { causeWords } from './stop-words.ts';
import { protectedWords } from './words.ts';

/** More rows would push the page off a phone; a press shows the rest. */
const ROWS_MAX = 3;

/**
 * Seen on every page while motion is held: what holds, why, and what a person can do now. Red while a
 * condition is missing or unconfirmed; amber when all is well and something only waits to be let go on. A phone
 * shows what holds, and the why at a press: the page must stay in sight.
 */
export function StopBanner() {
  const [all, setAll] = useState(false);
  const [asking, setAsking] = useState<readonly Interlock[]>([]);
  const rows = holding.value;
  if (!isStopped.value && rows.length === 0) return null;
  const red = isStopped.value;
  const shown = all ? rows : rows.slice(0, ROWS_MAX);
  const resettable = mayAct.value ? rows.filter((row) => row.needsReset) : [];
  return (
    <section
      class={`banner ${red ? 'banner-stop' : 'banner-held'}${all ? '' : ' banner-folded'}`}
      role="alert"
      aria-label={red ? 'Stopped' : 'Held'}
    >
      <svg class="stop-sign" width="56" height="56" viewBox="0 0 56 56" aria-hidden="true" focusable="false">
        {red ? <path d="M17 3h22l14 14v22L39 53H17L3 39V17z" /> : <circle cx="28" cy="28" r="24" />}
        <path class="stop-hand" d={red ? 'M18 28h20' : 'M21 18v20M35 18v20'} />
      </svg>
      <div class="banner-text">
        <p class="banner-title">{red ? 'Stopped' : 'Waiting for a person to let it go on'}</p>
        {rows.length === 0 ? <p>Motion is held. The appliance did not say by which interlock.</p> : null}
        <ul class={resettable.length > 1 ? 'stop-list stop-list-many' : 'stop-list'}>
          {shown.map((interlock) => (
            <StopRow key={interlock.id} interlock={interlock} onReset={() => setAsking([interlock])} />
          ))}
        </ul>
        <div class="button-row">
          {resettable.length > 1 ? (
            <button
              type="button"
              class="button button-on-colour"
              disabled={!isLive.value}
              onClick={() => setAsking(resettable)}
            >
              <Icon name="retry" />
              <span>Reset all {resettable.length}…</span>
            </button>
          ) : null}
          {rows.length === 0 ? null : (
            <button
              type="button"
              class={rows.length > ROWS_MAX ? 'button button-plain' : 'button button-plain only-phone'}
              aria-expanded={all}
              onClick={() => setAll(!all)}
            >
              {unfoldWords(all, rows.length - ROWS_MAX)}
            </button>
          )}
        </div>
      </div>
      {asking.length === 0 ? null : <ResetDialog interlocks={asking} onClose={() => setAsking([])} />}
    </section>
  );
}

function StopRow({ interlock, onReset }: { interlock: Interlock; onReset: () => void }) {
  return (
    <li data-holding={interlock.id}>
      <div>
        <p class="stop-text">{headOf(interlock)}</p>
        <p class="stop-more">
          Holds {protectedWords(interlock.protects)}. {whyOf(interlock)}
        </p>
      </div>
      {interlock.needsReset && mayAct.value ? (
        <button type="button" class="button button-on-colour" disabled={!isLive.value} onClick={onReset}>
          <Icon name="retry" />
          <span>Reset…</span>
        </button>
      ) : null}
    </li>
  );
}

const unfoldWords = (all: boolean, more: number): string =>
  more > 0 ? (all ? 'Show fewer' : `Show ${more} more`) : all ? 'Less' : 'More';

const isOneRobot = ({ protects }: Interlock): boolean =>
  protects.length === 1 && robots.value.some((robot) => robot.robotId === protects[0]);

/** Once the condition holds again, its text would say something that is no longer so. */
function headOf(interlock: Interlock): string {
  if (!interlock.met && interlock.needsReset) return `Waits for a reset after: ${causeWords(interlock)}`;
  if (!interlock.met) return causeWords(interlock);
  if (isOneRobot(interlock) || interlock.reason === null) return interlock.text;
  return `${interlock.id} is clear: ${interlock.reason}`;
}

function whyOf(interlock: Interlock): string {
  const { met, needsReset, reason, text } = interlock;
  if (needsReset)
    return met ? 'A person has to let it go on.' : 'The cause is gone; a person has to reset it.';
  return reason === null || reason === text ? 'Clear the cause first.' : `Clear the cause first: ${reason}.`;
}
