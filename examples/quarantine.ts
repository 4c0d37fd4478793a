import { ActivityFailure, defineSaga, endFailed, goOn, implement, localActivity } from 'holdfast/sagas';

/** A lot comes back under suspicion: it is blocked, rests for thirty days, and then a person decides. */
interface Lot {
  lot: string;
}

const block = localActivity<Lot, { blocked: boolean }>('wms.block', 1);
const unblock = localActivity<Lot, null>('wms.unblock', 1);
const release = localActivity<Lot, { released: boolean }>('wms.release', 1);

export const quarantine = defineSaga<Lot>('quarantine')
  .step('block', block, {
    title: 'Block the lot',
    input: ({ input }) => ({ lot: input.lot }),
    undo: { activity: unblock, title: 'Unblock it', input: ({ input }) => ({ lot: input.lot }) },
  })
  .timer('rest', { title: 'Thirty days of rest', delayMs: () => 30 * 86_400_000 })
  .task('judge', {
    kind: 'quality',
    title: 'Is the lot good?',
    text: () => 'It has rested for thirty days.',
    decisions: {
      good: { label: 'Release', tone: 'primary', needsNote: false, leads: goOn },
      bad: { label: 'Reject', tone: 'danger', needsNote: true, leads: endFailed('rejected') },
    },
  })
  .step('release', release, { title: 'Release the lot', input: ({ input }) => ({ lot: input.lot }) })
  .end({ title: 'Quarantine', version: 1, output: ({ steps }) => ({ released: steps.release.released }) });

/** The warehouse system as this saga knows it: the same key again does nothing new. */
export function createWms() {
  const done = new Map<string, string>();
  const once = (key: string, what: string) => {
    if (!done.has(key)) done.set(key, what);
  };
  return {
    done: () => [...done.values()],
    activities: [
      implement(block, ({ key, input }) => {
        if (input.lot === '') throw new ActivityFailure('NO_LOT', 'a lot has a name', false);
        once(key, `block ${input.lot}`);
        return { blocked: true };
      }),
      implement(unblock, ({ key, input }) => {
        once(key, `unblock ${input.lot}`);
        return null;
      }),
      implement(release, ({ key, input }) => {
        once(key, `release ${input.lot}`);
        return { released: true };
      }),
    ],
  };
}
