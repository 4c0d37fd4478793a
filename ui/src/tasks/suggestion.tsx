import type { Task } from '#contracts/api.ts';
import { formatPercent } from '../format.ts';
import { Icon } from '../parts/icon.tsx';
import { type Decision, DecisionButton } from './answer-box.tsx';
import { WENT_BY } from './context-groups.ts';

/** The decision that a model proposes; null without one, or when the task has no such button. */
const suggested = (task: Task): Decision | null =>
  task.decisions.find(({ id }) => id === task.suggestion?.decision) ?? null;

/** The other answers, while the suggested one has a button of its own. */
export const besidesSuggested = (task: Task): readonly Decision[] => {
  const shown = suggested(task);
  return task.decisions.filter((decision) => decision !== shown);
};

/** What a model proposes, how sure it is and what it went by, with one press to agree. */
export function SuggestionBox(props: { task: Task; choose: (decision: Decision) => void }) {
  const { suggestion, context } = props.task;
  const decision = suggested(props.task);
  if (suggestion === null || decision === null) return null;
  const reasons = context.find(({ label }) => label === WENT_BY)?.value;
  return (
    <section class="suggestion" aria-label="Suggestion">
      <Icon name="question" size={28} />
      <div>
        <p>
          <b>{suggestion.by}</b> proposes <b>“{decision.label}”</b> and is{' '}
          <b class="number">{formatPercent(suggestion.score)}</b> sure. A person decides.
        </p>
        {reasons === undefined ? null : <p class="soft">It went by: {reasons}.</p>}
      </div>
      <DecisionButton
        decision={{ ...decision, label: `Agree: ${decision.label}` }}
        tone="primary"
        choose={() => props.choose(decision)}
      />
    </section>
  );
}
