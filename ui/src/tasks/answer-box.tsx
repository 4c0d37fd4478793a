import type { ComponentChildren } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import type { Task } from '#contracts/api.ts';
import type { Json } from '#contracts/sagas.ts';
import { failureWords } from '../data/problem.ts';
import { mayAct, session } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { fieldOfSchema } from '../forms/field.ts';
import { FormFields } from '../forms/form-fields.tsx';
import { useForm } from '../forms/use-form.ts';
import { Dialog } from '../parts/dialog.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { goTo } from '../router.ts';
import { type Decided, decide, decided, forget } from './decisions.ts';
import { mayAnswer } from './filter-tasks.ts';

export type Decision = Task['decisions'][number];
type Choose = (decision: Decision) => void;

const NOTE_MAX = 2_000;
/** A task without a form asks for nothing. */
const NO_FORM = { type: 'object', properties: {} } as const;

/**
 * The way to answer a task: its form, its note, and what became of the press. `children` draw the buttons; each of
 * them leads through `choose`, so that a suggestion, a runbook and the plain buttons all decide the same way.
 */
export function AnswerBox(props: {
  readonly task: Task;
  /** False in a list: what needs a form is answered on the page of the task. */
  readonly hasForm: boolean;
  readonly children: (choose: Choose) => ComponentChildren;
}) {
  const { task } = props;
  const [noting, setNoting] = useState<{ decision: Decision; form: Json | undefined } | null>(null);
  const field = useMemo(() => fieldOfSchema(task.form ?? NO_FORM), [task.taskId]);
  const form = useForm(field);
  const answer = decided.value.get(task.taskId);
  const send = async (decision: Decision, note: string, filled: Json | undefined) => {
    const failure = await decide(task, decision, { note, ...(filled === undefined ? {} : { form: filled }) });
    if (failure !== null) form.refused(failure, '/form');
  };
  const choose: Choose = (decision) => {
    // The form belongs to the answers that say it is done; the other ways out leave it empty.
    const isAsked = task.form !== null && decision.tone === 'primary';
    if (isAsked && !props.hasForm) return goTo('tasks', task.taskId);
    const { value, problems } = isAsked ? form.read() : { value: undefined, problems: [] };
    if (problems.length > 0) return;
    if (decision.needsNote) setNoting({ decision, form: value });
    else void send(decision, '', value);
  };
  if (answer !== undefined && answer.state !== 'failed') return <Became answer={answer} />;
  const mayPress = mayAct.value && mayAnswer(task, session.value?.user ?? '');
  if (answer === undefined && !mayPress) return null;
  return (
    <div class="answer-box">
      {answer === undefined ? null : <FailureNote failure={answer.failure} />}
      {task.form === null || !props.hasForm || !mayPress ? null : (
        <FormFields field={field} draft={form.draft} onChange={form.change} problems={form.problems} />
      )}
      {mayPress ? props.children(choose) : null}
      {noting === null ? null : (
        <NoteDialog
          task={task}
          decision={noting.decision}
          send={(note) => void send(noting.decision, note, noting.form)}
          onClose={() => setNoting(null)}
        />
      )}
    </div>
  );
}

/** Whether it was decided here, so that nothing else can be done about it. */
export const isAnswered = ({ taskId }: Task): boolean => {
  const answer = decided.value.get(taskId);
  return answer !== undefined && answer.state !== 'failed';
};

export function DecisionButton(props: { decision: Decision; choose: Choose; tone?: Decision['tone'] }) {
  const { decision, choose, tone = decision.tone } = props;
  return (
    <button
      type="button"
      class={`button button-large button-${tone}`}
      disabled={!isLive.value}
      onClick={() => choose(decision)}
    >
      {decision.needsNote ? <Icon name="note" /> : null}
      <span>{decision.label}</span>
    </button>
  );
}

/** What became of the press. */
function Became({ answer }: { answer: Exclude<Decided, { state: 'failed' }> }) {
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
          <b>Somebody else was faster. Your “{answer.label}” was not carried out.</b>
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

function NoteDialog(props: {
  task: Task;
  decision: Decision;
  send: (note: string) => void;
  onClose: () => void;
}) {
  const [note, setNote] = useState('');
  const id = useId();
  const submit = (event: Event) => {
    event.preventDefault();
    props.send(note.trim());
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
