import { useEffect, useId, useState } from 'preact/hooks';
import type { SagaView } from '#contracts/saga-api.ts';
import { nowMs } from '../data/clock.ts';
import { timeZone } from '../data/session.ts';
import { formatCount, formatMoment } from '../format.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { statusWords } from './saga-words.ts';

/** A hand on the slider passes many positions: one is asked for when it rests. */
const SLIDE_MS = 120;

/**
 * Goes back and forth through what happened; everything on the page is shown as it was then. Also by keys: the
 * arrows move by one, Home and End to either side.
 */
export function TimeTravel(props: { view: SagaView; at: number | null; look: (at: number | null) => void }) {
  const { view, at, look } = props;
  const id = useId();
  // Where the hand is, which may be ahead of what has come.
  const [hand, setHand] = useState<number | null>(null);
  const position = hand ?? Math.min(at ?? view.newest, view.newest);
  const go = (to: number) => {
    const next = Math.max(1, Math.min(to, view.newest));
    setHand(next);
    return next;
  };
  useEffect(() => {
    if (hand === null) return;
    const timer = setTimeout(() => {
      look(hand >= view.newest ? null : hand);
      setHand(null);
    }, SLIDE_MS);
    return () => clearTimeout(timer);
  }, [hand]);
  const step = view.steps.at(-1);
  const past = position < view.newest;
  return (
    <section class={past ? 'card time-travel time-travel-past' : 'card time-travel'} aria-label="Look back">
      <h2>
        <Icon name="clock" />
        <label for={id}>Look back</label>
      </h2>
      <input
        id={id}
        class="slider"
        type="range"
        min={1}
        max={view.newest}
        value={position}
        aria-valuetext={`Step ${position} of ${view.newest}${step === undefined ? '' : `: ${step.what}`}`}
        onInput={(event) => go(Number(event.currentTarget.value))}
      />
      <div class="button-row time-buttons">
        <Jump icon="skip" flip words="To the first step" off={position <= 1} act={() => go(1)} />
        <Jump icon="back" words="One step back" off={position <= 1} act={() => go(position - 1)} />
        <p class="number">
          Step {formatCount(position)} of {formatCount(view.newest)}
        </p>
        <Jump icon="forward" words="One step on" off={!past} act={() => go(position + 1)} />
        <Jump icon="skip" words="To now" off={!past} act={() => go(view.newest)} />
      </div>
      {step === undefined ? null : (
        <p class="time-what" aria-live="polite">
          <b class="number">{formatMoment(Date.parse(step.at), nowMs.value, timeZone.value)}</b> {step.what}
        </p>
      )}
      {past ? (
        <div class="time-past">
          <p>
            Everything below is shown as it was then
            {view.status === view.saga.status ? '' : ` (${statusWords[view.status].word.toLowerCase()})`}.
          </p>
          <button type="button" class="button button-neutral" onClick={() => go(view.newest)}>
            Back to now
          </button>
        </div>
      ) : null}
      {view.faithful === false ? (
        <p class="time-unlike">
          <Icon name="exclaim" size={20} />
          <span>
            This release decides otherwise than the one that ran it, so it is shown as it was at step{' '}
            {view.at}.
          </span>
        </p>
      ) : null}
    </section>
  );
}

function Jump(props: { icon: IconName; flip?: boolean; words: string; off: boolean; act: () => unknown }) {
  return (
    <button
      type="button"
      class={
        props.flip === true
          ? 'button button-neutral button-square flipped'
          : 'button button-neutral button-square'
      }
      aria-label={props.words}
      disabled={props.off}
      onClick={props.act}
    >
      <Icon name={props.icon} />
    </button>
  );
}
