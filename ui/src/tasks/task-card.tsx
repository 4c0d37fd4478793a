import type { Task } from '#contracts/api.ts';
import { nowMs } from '../data/clock.ts';
import { mayAct, session } from '../data/session.ts';
import { robotIds } from '../data/site.ts';
import { formatSpan } from '../format.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Age } from '../parts/age.tsx';
import { Icon } from '../parts/icon.tsx';
import { href } from '../router.ts';
import { AnswerBox, DecisionButton, isAnswered } from './answer-box.tsx';
import { contextGroups } from './context-groups.ts';
import { claim } from './decisions.ts';
import { holderOf } from './filter-tasks.ts';
import { besidesSuggested, SuggestionBox } from './suggestion.tsx';
import { holderWords } from './task-words.ts';

/** One question to a person: what happened, what is known, and the buttons that answer it. */
export function TaskCard({ task }: { task: Task }) {
  const overdue = isOverdue(task);
  return (
    <article class={overdue ? 'task task-overdue' : 'task'} data-task={task.taskId} aria-label={task.title}>
      <header class="task-head">
        <h2>{task.title}</h2>
        <Waiting task={task} />
      </header>
      <p class="task-text">{task.text}</p>
      <CardFacts task={task} />
      {isAnswered(task) ? null : <Claim task={task} />}
      <AnswerBox task={task} hasForm={false}>
        {(choose) => (
          <>
            <SuggestionBox task={task} choose={choose} />
            <div class="decisions">
              {besidesSuggested(task).map((decision) => (
                <DecisionButton key={decision.id} decision={decision} choose={choose} />
              ))}
            </div>
          </>
        )}
      </AnswerBox>
      <a class="row-link" href={href('tasks', task.taskId)}>
        <Icon name="note" />
        <span>All about it: what is known, what to do, hand it over</span>
        <Icon name="forward" />
      </a>
    </article>
  );
}

export const isOverdue = ({ dueAt }: Task): boolean => dueAt !== null && Date.parse(dueAt) < nowMs.value;

/** The facts that the procedure itself gave; those of the site are on the page of the task. */
function CardFacts({ task }: { task: Task }) {
  const [about] = contextGroups(task.context, robotIds.value).filter(({ title }) => title === 'About this');
  // The order has its link already.
  const facts = (about?.facts ?? []).filter((fact) => fact.value !== task.orderId);
  if (facts.length === 0 && task.orderId === null) return null;
  return (
    <dl class="task-context">
      {task.orderId === null ? null : (
        <div>
          <dt>Order</dt>
          <dd>
            <a href={href('orders', task.orderId)}>{task.orderId}</a>
          </dd>
        </div>
      )}
      {facts.map((fact) => (
        <div key={fact.label}>
          <dt>{fact.label}</dt>
          <dd>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Waiting({ task }: { task: Task }) {
  const overdue = isOverdue(task);
  const dueMs = task.dueAt === null ? null : Date.parse(task.dueAt) - nowMs.value;
  return (
    <p class={overdue ? 'waiting waiting-overdue' : 'waiting'}>
      <Icon name="clock" size={20} />
      <span>
        waits <Age at={task.createdAt} ago={false} />
        {dueMs === null ? null : (
          <b class="number">
            {overdue ? `, ${formatSpan(-dueMs)} overdue` : `, due in ${formatSpan(dueMs)}`}
          </b>
        )}
      </span>
    </p>
  );
}

function Claim({ task }: { task: Task }) {
  const me = session.value?.user ?? '';
  if (holderOf(task) === null || (task.claimedBy === null && task.assignee === me)) {
    if (!mayAct.value) return null;
    return (
      <div class="claim">
        <ActionButton icon="hand" act={() => claim(task)}>
          I am on it
        </ActionButton>
        <span class="soft small">
          {task.assignee === me ? holderWords(task, me) : 'tells the others that somebody is there'}
        </span>
      </div>
    );
  }
  return (
    <p class="claim">
      <Icon name="hand" size={22} />
      <span>{holderWords(task, me)}</span>
    </p>
  );
}
