import { useId, useState } from 'preact/hooks';
import type { Task } from '#contracts/api.ts';
import type { PersonStatus } from '#contracts/people.ts';
import { isTechnician, mayAct, session } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { useResource } from '../data/use-resource.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Loading } from '../parts/blank.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { plural } from '../parts/words.ts';
import { begin, claim, type Handling, handle } from './decisions.ts';
import { holderOf } from './filter-tasks.ts';
import { handlingOf } from './handling-of.ts';
import { holderWords } from './task-words.ts';

type Asking = Handling['act'];
const NOTE_MAX = 2_000;

/** Who has the task, and what this person can do about that. */
export function Holder({ task }: { task: Task }) {
  const [asking, setAsking] = useState<Asking | null>(null);
  const me = session.value?.user ?? '';
  const can = handlingOf(task, me, isTechnician.value);
  const ask = (act: Asking, words: string) => (
    <button
      type="button"
      class="button button-neutral"
      disabled={!isLive.value}
      onClick={() => setAsking(act)}
    >
      {words}
    </button>
  );
  return (
    <section class="card holder" aria-label="Who has it">
      <p class="holder-who">
        <Icon name="hand" />
        <b>{holderWords(task, me)}</b>
      </p>
      {mayAct.value ? (
        <div class="button-row">
          {can.claim ? (
            <ActionButton icon="hand" tone="primary" act={() => claim(task)}>
              I am on it
            </ActionButton>
          ) : null}
          {can.begin ? (
            <ActionButton icon="play" act={() => begin(task)}>
              I begin now
            </ActionButton>
          ) : null}
          {can.decline ? ask('decline', 'Not me…') : null}
          {can.release ? ask('release', task.claimedBy === me ? 'Give it back…' : 'Take it back…') : null}
          {can.delegate ? ask('delegate', 'Hand it over…') : null}
        </div>
      ) : null}
      {asking === null ? null : <HandlingDialog task={task} act={asking} onClose={() => setAsking(null)} />}
    </section>
  );
}

const dialogs = {
  decline: {
    title: 'Somebody else should do it',
    lead: 'You are not asked again by name; others are.',
    action: 'Not me',
  },
  release: { title: 'Give it back', lead: 'It is offered to others.', action: 'Give it back' },
  delegate: { title: 'Hand it over', lead: 'To whom? They are asked by name.', action: 'Hand it over' },
} as const;

function HandlingDialog(props: { task: Task; act: Asking; onClose: () => void }) {
  const { task, act, onClose } = props;
  const [note, setNote] = useState('');
  const [to, setTo] = useState('');
  const id = useId();
  const words = dialogs[act];
  const send = async () => {
    const said = note.trim();
    await handle(task, act === 'delegate' ? { act, to, note: said } : { act, note: said });
    onClose();
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      <p class="dialog-lead">{words.lead}</p>
      {act === 'delegate' ? <PersonChoice task={task} chosen={to} choose={setTo} /> : null}
      <div class="field">
        <label for={id}>What should they know? (may stay empty)</label>
        <textarea
          id={id}
          rows={2}
          maxLength={NOTE_MAX}
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </div>
      <div class="dialog-actions">
        <ActionButton tone="primary" disabled={act === 'delegate' && to === ''} act={send}>
          {words.action}
        </ActionButton>
        <button type="button" class="button button-neutral" onClick={onClose}>
          Back
        </button>
      </div>
    </Dialog>
  );
}

/** Those who are there first, of them the ones with the least to do. */
export const byPresence = (people: readonly PersonStatus[]): PersonStatus[] =>
  people.toSorted(
    (a, b) =>
      Number(b.onDuty) - Number(a.onDuty) || a.openTasks - b.openTasks || a.user.localeCompare(b.user),
  );

function PersonChoice(props: { task: Task; chosen: string; choose: (user: string) => void }) {
  const { resource, reload } = useResource<{ people: PersonStatus[] }>('/people');
  const name = useId();
  if (resource.state === 'loading') return <Loading rows={3} what="the people" />;
  if (resource.state === 'failed') return <FailureNote failure={resource.failure} retry={reload} />;
  const people = byPresence(resource.value.people.filter(({ user }) => user !== holderOf(props.task)));
  if (people.length === 0) return <NameField chosen={props.chosen} choose={props.choose} />;
  return (
    <fieldset class="people-choice">
      <legend class="visually-hidden">To whom</legend>
      {people.map(({ user, onDuty, openTasks }) => (
        <label key={user} class="choice">
          <input
            type="radio"
            name={name}
            checked={props.chosen === user}
            onChange={() => props.choose(user)}
          />
          <span>
            {user}{' '}
            <span class="soft small">
              {onDuty ? 'is there' : 'is not there'}, {plural(openTasks, 'open task')}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** A site that tells nothing of its people can still be told a name. */
function NameField({ chosen, choose }: { chosen: string; choose: (user: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Name of the user</label>
      <input id={id} value={chosen} onInput={(event) => choose(event.currentTarget.value.trim())} />
    </div>
  );
}
