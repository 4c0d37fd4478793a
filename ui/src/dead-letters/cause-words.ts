import type { DeadLetterFilter, RedrivePlanned } from '#contracts/dead-letters.ts';
import type { DeadLetterCause } from '#contracts/sagas.ts';

type Does = RedrivePlanned['does'];

/** The causes, those that may have moved something first. */
export const causeWords: Readonly<Record<DeadLetterCause, { word: string; does: Does }>> = {
  'unknown-outcome': { word: 'Nobody knows whether it was done', does: 'ask' },
  'compensation-blocked': { word: 'It could not be undone', does: 'retry' },
  'retries-exhausted': { word: 'It was tried too often', does: 'retry' },
  'not-retryable': { word: 'It cannot work as it is', does: 'retry' },
  'refused-too-long': { word: 'It was refused for too long', does: 'wait' },
  'definition-broken': { word: 'The procedure has a mistake', does: 'retry' },
};

export const causes = Object.keys(causeWords) as DeadLetterCause[];

/** What letting it go on does. */
export const doesWords: Readonly<Record<Does, { one: string; many: string }>> = {
  retry: { one: 'It is tried again from where it failed.', many: 'tried again' },
  wait: { one: 'It waits again until it is let through.', many: 'made to wait again' },
  ask: {
    one: 'The device is asked whether it was done. It is never done a second time blindly.',
    many: 'asked about at the device',
  },
};

/** The chosen letters in words: "open, tried too often, at amr-3". */
export function filterWords({ cause, definition, step, device }: DeadLetterFilter): string {
  const parts = [
    cause === undefined ? 'all causes' : causeWords[cause].word.toLowerCase(),
    ...(definition === undefined ? [] : [`procedure ${definition}`]),
    ...(step === undefined ? [] : [`step ${step}`]),
    ...(device === undefined ? [] : [`at ${device}`]),
  ];
  return parts.join(', ');
}
