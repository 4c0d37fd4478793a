import type { RedrivePlanned } from '#contracts/dead-letters.ts';
import type { Json } from '#contracts/sagas.ts';
import { Icon } from '../parts/icon.tsx';
import { plural } from '../parts/words.ts';
import { causeWords, doesWords } from './cause-words.ts';
import { Changes } from './changes.tsx';
import { changedLines } from './input-lines.ts';

/** Of the changes a few are shown: they are all of the same kind. */
const SAMPLES_MAX = 3;

const kinds = ['retry', 'ask', 'wait'] as const;

/** What a re-drive would do, in sums, and what it would leave alone with each reason. */
export function PlanList(props: {
  planned: readonly RedrivePlanned[];
  /** Name of the work of a letter. */
  titleOf: (planned: RedrivePlanned) => string;
}) {
  const { planned, titleOf } = props;
  const goOn = planned.filter(({ problem }) => problem === null);
  const left = planned.filter(({ problem }) => problem !== null);
  const edited = goOn
    .map((one) => ({ ...one, changes: changedLines(one.before as Json, one.after as Json) }))
    .filter(({ changes }) => changes.length > 0);
  return (
    <div class="plan" role="status">
      <ul>
        {kinds.map((does) => {
          const count = goOn.filter((one) => one.does === does).length;
          return count === 0 ? null : (
            <li key={does}>
              <Icon name="check" size={20} /> {plural(count, 'piece')} would be {doesWords[does].many}.
            </li>
          );
        })}
        {left.length === 0 ? null : (
          <li>
            <Icon name="skip" size={20} /> {plural(left.length, 'piece')} would be left as{' '}
            {left.length === 1 ? 'it is' : 'they are'}:
          </li>
        )}
      </ul>
      {left.length === 0 ? null : (
        <ul class="left">
          {left.map((one) => (
            <li key={one.taskId}>
              <b>{titleOf(one)}</b> ({causeWords[one.cause].word.toLowerCase()}): {one.problem}
            </li>
          ))}
        </ul>
      )}
      {edited.slice(0, SAMPLES_MAX).map((one) => (
        <div key={one.taskId}>
          <p class="soft">{titleOf(one)} would be given:</p>
          <Changes changes={one.changes} />
        </div>
      ))}
      {edited.length > SAMPLES_MAX ? <p class="soft">and {edited.length - SAMPLES_MAX} more.</p> : null}
      {planned.length === 0 ? <p>Nothing of this is stuck any more.</p> : null}
    </div>
  );
}
