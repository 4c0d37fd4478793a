import { useState } from 'preact/hooks';
import type { Task } from '#contracts/api.ts';
import type { TaskPage as TaskPageData } from '#contracts/tasks-api.ts';
import { isMissing } from '../data/problem.ts';
import { isTechnician, mayAct, session } from '../data/session.ts';
import { isLive, robotIds, tasks } from '../data/site.ts';
import { useResource } from '../data/use-resource.ts';
import { Moment } from '../parts/age.tsx';
import { Blank, Loading } from '../parts/blank.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { href } from '../router.ts';
import { AnswerBox, DecisionButton, isAnswered } from './answer-box.tsx';
import { contextGroups, momentOf } from './context-groups.ts';
import { decided } from './decisions.ts';
import { holderOf, mayAnswer } from './filter-tasks.ts';
import { Holder } from './handling.tsx';
import { RunbookActions, RunbookSteps } from './runbook-card.tsx';
import { besidesSuggested, SuggestionBox } from './suggestion.tsx';
import { Waiting } from './task-card.tsx';
import { TaskHistory } from './task-history.tsx';
import { comingWords } from './task-words.ts';

const back = { page: 'tasks', words: 'Back to all tasks' } as const;

/** Everything about one task: what is asked, who has it, what is known, what to do, and what happened to it. */
export function TaskPage({ taskId }: { taskId: string }) {
  const live = tasks.value.find((task) => task.taskId === taskId);
  const version = live === undefined ? `gone ${isLive.value}` : JSON.stringify(live);
  const path = `/tasks/${encodeURIComponent(taskId)}`;
  const { resource, reload } = useResource<TaskPageData>(path, version);
  const detail =
    resource.state === 'ready' ? resource.value : resource.state === 'failed' ? resource.stale : null;
  if (resource.state === 'failed' && detail === null && isMissing(resource.failure)) {
    return (
      <>
        <PageHead title="Task" back={back} />
        <Blank icon="question" title="There is no such task">
          It may be long over. The tasks that are open are in the list.
        </Blank>
      </>
    );
  }
  return (
    <>
      <PageHead title={live?.title ?? detail?.title ?? 'Task'} back={back} />
      {resource.state === 'failed' ? <FailureNote failure={resource.failure} retry={reload} /> : null}
      {detail === null && resource.state === 'loading' ? <Loading rows={5} what="the task" /> : null}
      {detail === null ? null : (
        <Detail detail={detail} task={{ ...detail, ...live }} isOpen={live !== undefined} />
      )}
    </>
  );
}

function Detail(props: { detail: TaskPageData; task: Task; isOpen: boolean }) {
  const { detail, task, isOpen } = props;
  const isAsking = isOpen || decided.value.has(task.taskId);
  return (
    <div class="task-page">
      <div class="task-main">
        <section class="card task-question">
          {isOpen ? <Waiting task={task} /> : null}
          <p class="task-text">{task.text}</p>
          <TaskLinks task={task} />
          {isAsking ? null : <Ended detail={detail} />}
        </section>
        {isOpen && !isAnswered(task) ? <Holder task={task} /> : null}
        {isOpen && detail.runbook !== null ? <RunbookSteps runbook={detail.runbook} /> : null}
        {isAsking ? <Answers detail={detail} task={task} /> : null}
        <TaskHistory audit={detail.audit} decisions={detail.decisions} />
      </div>
      <div class="task-side">
        {task.image === null ? null : <Picture task={task} />}
        {isOpen ? <Coming detail={detail} task={task} /> : null}
        <Known task={task} />
      </div>
    </div>
  );
}

function Answers({ detail, task }: { detail: TaskPageData; task: Task }) {
  const { runbook } = detail;
  return (
    <section class="card" aria-label="Your answer">
      <AnswerBox task={task} hasForm>
        {(choose) => (
          <>
            <SuggestionBox task={task} choose={choose} />
            {runbook === null ? (
              <div class="decisions">
                {besidesSuggested(task).map((decision) => (
                  <DecisionButton key={decision.id} decision={decision} choose={choose} />
                ))}
              </div>
            ) : (
              <RunbookActions task={task} runbook={runbook} choose={choose} />
            )}
          </>
        )}
      </AnswerBox>
      <WhyNot task={task} />
    </section>
  );
}

/** Why this person cannot answer; nothing when they can. */
function WhyNot({ task }: { task: Task }) {
  if (isAnswered(task)) return null;
  if (!mayAct.value) {
    return <p class="soft">You are signed in as a viewer: another person has to decide.</p>;
  }
  if (mayAnswer(task, session.value?.user ?? '')) return null;
  return (
    <p>
      {holderOf(task)} answers it. {isTechnician.value ? 'Take it over' : 'A technician can take it back'}, if
      that takes too long.
    </p>
  );
}

function TaskLinks({ task }: { task: Task }) {
  return (
    <p class="task-links">
      {task.orderId === null ? null : <a href={href('orders', task.orderId)}>Order {task.orderId}</a>}
      <a href={href('sagas', task.sagaId)}>See every step</a>
    </p>
  );
}

function Ended({ detail }: { detail: TaskPageData }) {
  const { decision, decidedBy, note, answers } = detail;
  const label = detail.decisions.find(({ id }) => id === decision)?.label ?? decision;
  return (
    <div class="answer answer-confirmed">
      <Icon name="check" />
      <div>
        <p>
          {label === null ? (
            'It is no longer needed.'
          ) : (
            <>
              <b>{label}</b>
              {decidedBy === null ? '' : `, decided by ${decidedBy}`}.
            </>
          )}
        </p>
        {note === null || note === '' ? null : <p>“{note}”</p>}
        <Filled answers={answers} />
      </div>
    </div>
  );
}

/** What was filled in, one line for each entry. */
function Filled({ answers }: { answers: unknown }) {
  if (typeof answers !== 'object' || answers === null) return null;
  return (
    <ul>
      {Object.entries(answers).map(([name, value]) => (
        <li key={name}>
          {name}: {typeof value === 'string' ? value : JSON.stringify(value)}
        </li>
      ))}
    </ul>
  );
}

/** By when what is expected, and what happens otherwise. */
function Coming({ detail, task }: { detail: TaskPageData; task: Task }) {
  if (detail.coming.length === 0) return null;
  return (
    <section class="card">
      <h2>
        <Icon name="clock" /> By when
      </h2>
      <ol class="coming">
        {detail.coming.map((one) => (
          <li key={`${one.what} ${one.at}`}>
            <b>
              <Moment at={one.at} />
            </b>
            <span>{comingWords(one, task)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The context as it was when the task was made: it does not change under whoever decides. */
function Known({ task }: { task: Task }) {
  const groups = contextGroups(task.context, robotIds.value);
  if (groups.length === 0) return null;
  return (
    <section class="card" aria-label="What is known">
      <h2>What is known</h2>
      <p class="soft small">
        As it was at <Moment at={task.createdAt} />.
      </p>
      {groups.map(({ title, facts }) => (
        <div key={title} class="known">
          <h3>{title}</h3>
          <dl class="facts">
            {facts.map((fact) => {
              const at = momentOf(fact);
              return (
                <>
                  <dt>{at === null ? fact.label : <Moment at={at} />}</dt>
                  <dd>{fact.value}</dd>
                </>
              );
            })}
          </dl>
        </div>
      ))}
    </section>
  );
}

function Picture({ task }: { task: Task }) {
  const [isMissing, setMissing] = useState(false);
  if (task.image === null) return null;
  if (isMissing) {
    return <p class="notice">There is a picture at {task.image}, but it cannot be shown here.</p>;
  }
  return (
    <figure class="card picture">
      <img src={task.image} alt={`Taken for: ${task.title}`} onError={() => setMissing(true)} />
    </figure>
  );
}
