import { useId, useState } from 'preact/hooks';
import type { Task } from '#contracts/api.ts';
import { nowMs } from '../data/clock.ts';
import { failureWords } from '../data/problem.ts';
import { mayAct, session } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { formatSpan } from '../format.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Age } from '../parts/age.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { href } from '../router.ts';
import { claim, type Decided, decide, decided, forget } from './decisions.ts';

type Decision = Task['decisions'][number];
const NOTE_MAX = 2_000;

/** One question to a person: what happened, what is known, and the buttons that answer it. */
export function TaskCard({ task }: { task: Task }) {
  const [noting, setNoting] = useState<Decision | null>(null);
  const answer = decided.value.get(task.taskId);
  // The order has its link already.
  const facts = task.context.filter((fact) => fact.value !== task.orderId);
  const overdue = task.dueAt !== null && Date.parse(task.dueAt) < nowMs.value;
  return (
    <article class={overdue ? 'task task-overdue' : 'task'} data-task={task.taskId} aria-label={task.title}>
      <header class="task-head">
        <h2>{task.title}</h2>
        <Waiting task={task} overdue={overdue} />
      </header>
      <p class="task-text">{task.text}</p>
      {facts.length === 0 && task.orderId === null ? null : (
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
      )}
      {answer === undefined || answer.state === 'failed' ? (
        <>
          {answer === undefined ? null : <FailureNote failure={answer.failure} />}
          <Claim task={task} />
          {mayAct.value ? (
            <div class="decisions">
              {task.decisions.map((decision) => (
                <button
                  type="button"
                  key={decision.id}
                  class={`button button-large button-${decision.tone}`}
                  disabled={!isLive.value}
                  onClick={() => (decision.needsNote ? setNoting(decision) : void decide(task, decision, ''))}
                >
                  {decision.needsNote ? <Icon name="note" /> : null}
                  <span>{decision.label}</span>
                </button>
              ))}
            </div>
          ) : null}
        </>
      ) : (
        <Answer answer={answer} />
      )}
      {noting === null ? null : <NoteDialog task={task} decision={noting} onClose={() => setNoting(null)} />}
    </article>
  );
}

function Waiting({ task, overdue }: { task: Task; overdue: boolean }) {
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
  const me = session.value?.user;
  if (task.claimedBy !== null) {
    return (
      <p class="claim">
        <Icon name="hand" size={22} />
        <span>{task.claimedBy === me ? 'You are on it.' : `${task.claimedBy} is on it.`}</span>
      </p>
    );
  }
  if (!mayAct.value) return null;
  return (
    <div class="claim">
      <ActionButton icon="hand" act={() => claim(task)}>
        I am on it
      </ActionButton>
      <span class="soft small">tells the others that somebody is there</span>
    </div>
  );
}

function Answer({ answer }: { answer: Exclude<Decided, { state: 'failed' }> }) {
  if (answer.state === 'sending') {
    return (
      <p class="answer" role="status">
        <Icon name="clock" />
        <span>
          <b>{answer.label}</b>: sending…
        </span>
      </p>
    );
  }
  if (answer.state === 'confirmed') {
    return (
      <p class="answer answer-confirmed" role="status">
        <Icon name="check" />
        <span>
          <b>{answer.label}</b>: the appliance has it.
        </span>
      </p>
    );
  }
  const { title, hint } = failureWords(answer.failure);
  return (
    <div class="answer answer-conflict" role="alert">
      <Icon name="user" />
      <div>
        <p>
          <b>This was decided elsewhere. Your “{answer.label}” was not carried out.</b>
        </p>
        <p>
          {title}. {hint}
        </p>
      </div>
      <button type="button" class="button button-neutral" onClick={() => forget(answer.task.taskId)}>
        Understood
      </button>
    </div>
  );
}

function NoteDialog(props: { task: Task; decision: Decision; onClose: () => void }) {
  const [note, setNote] = useState('');
  const id = useId();
  const submit = (event: Event) => {
    event.preventDefault();
    void decide(props.task, props.decision, note.trim());
    props.onClose();
  };
  return (
    <Dialog title={props.decision.label} onClose={props.onClose}>
      <form class="form" onSubmit={submit}>
        <p class="dialog-lead">{props.task.title}</p>
        <div class="field">
          <label for={id}>What did you find? The note is kept with the decision.</label>
          <textarea
            id={id}
            rows={4}
            required
            maxLength={NOTE_MAX}
            value={note}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        </div>
        <div class="dialog-actions">
          <button
            type="submit"
            class={`button button-${props.decision.tone}`}
            disabled={note.trim() === '' || !isLive.value}
          >
            {props.decision.label}
          </button>
          <button type="button" class="button button-neutral" onClick={props.onClose}>
            Back
          </button>
        </div>
      </form>
    </Dialog>
  );
}
