import { useMemo, useState } from 'preact/hooks';
import type { Task } from '#contracts/api.ts';
import type { TaskRunbook } from '#contracts/runbooks.ts';
import { nowMs } from '../data/clock.ts';
import { post } from '../data/http.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { isTechnician, mayAct } from '../data/session.ts';
import { formatSpan } from '../format.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Moment } from '../parts/age.tsx';
import { Icon } from '../parts/icon.tsx';
import { href } from '../router.ts';
import { type Decision, DecisionButton } from './answer-box.tsx';

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

/** An action that does not answer the task: it opens a page, calls somebody or does something to the machine. */
function Help({ action: { action, label, request, page }, taskId }: { action: Action; taskId: string }) {
  const [isDone, setDone] = useState(false);
  const keys = useMemo(repeatKeys, []);
  if (page !== null) return <HelpLink to={page} words={label} />;
  // Another input is written on the page of the dead letter, where the old one stands.
  if (action === 'edit-input') {
    return isTechnician.value ? <HelpLink to={href('dead-letters', taskId)} words={`${label}…`} /> : null;
  }
  if (request === null || !mayAct.value) return null;
  const { path, body } = request;
  return (
    <>
      <ActionButton
        icon="gear"
        act={async () => {
          await post(path, body, { idempotencyKey: keys(body) });
          setDone(true);
        }}
      >
        {label}
      </ActionButton>
      <p class="soft small" role="status">
        {isDone ? 'The appliance has it.' : ''}
      </p>
    </>
  );
}

const HelpLink = ({ to, words }: { to: string; words: string }) => (
  <a class="button button-neutral" href={to}>
    <span>{words}</span>
    <Icon name="forward" />
  </a>
);
