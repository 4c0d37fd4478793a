import type { Task } from '#contracts/api.ts';
import type { TaskRunbook } from '#contracts/runbooks.ts';
import { nowMs } from '../data/clock.ts';
import { formatSpan } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { Icon } from '../parts/icon.tsx';
import { type Decision, DecisionButton } from './answer-box.tsx';
import { Help } from './help-action.tsx';

type Action = TaskRunbook['actions'][number];

/** What to do, step by step, and by when. */
export function RunbookSteps({ runbook }: { runbook: TaskRunbook }) {
  const leftMs = Date.parse(runbook.deadlineAt) - nowMs.value;
  return (
    <section class="card runbook" aria-label="What to do">
      <h2>
        <Icon name="note" /> {runbook.title}
      </h2>
      <p class={leftMs < 0 ? 'waiting waiting-overdue' : 'waiting'}>
        <Icon name="clock" size={20} />
        <span>
          Decide by <Moment at={runbook.deadlineAt} />
          <b class="number">
            {leftMs < 0 ? `, ${formatSpan(-leftMs)} overdue` : `, ${formatSpan(leftMs)} left`}
          </b>
        </span>
      </p>
      <ol class="runbook-steps">
        {runbook.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </section>
  );
}

/** What can be pressed: the answers that the runbook has in mind, what helps to find out, then all other answers. */
export function RunbookActions(props: {
  readonly task: Task;
  readonly runbook: TaskRunbook;
  readonly choose: (decision: Decision) => void;
}) {
  const { task, runbook, choose } = props;
  const decisionOf = ({ action }: Action) => task.decisions.find(({ id }) => id === action);
  const answers = runbook.actions.flatMap((action) => decisionOf(action) ?? []);
  const helps = runbook.actions.filter((action) => decisionOf(action) === undefined);
  const others = task.decisions.filter((decision) => !answers.includes(decision));
  return (
    <>
      {helps.length === 0 ? null : (
        <ul class="decisions runbook-helps">
          {helps.map((action) => (
            <li key={action.action}>
              <Help action={action} taskId={task.taskId} />
            </li>
          ))}
        </ul>
      )}
      <div class="decisions">
        {answers.map((decision) => (
          <DecisionButton key={decision.id} decision={decision} choose={choose} />
        ))}
      </div>
      {others.length === 0 ? null : (
        <>
          <p class="soft">Other ways out:</p>
          <div class="decisions">
            {others.map((decision) => (
              <DecisionButton key={decision.id} decision={decision} choose={choose} />
            ))}
          </div>
        </>
      )}
    </>
  );
}
