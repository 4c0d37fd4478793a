import { useId, useMemo, useState } from 'preact/hooks';
import type { PersonStatus } from '#contracts/people.ts';
import { serverNowMs } from '../data/clock.ts';
import { post } from '../data/http.ts';
import { RequestFailure } from '../data/problem.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { isTechnician, session, timeZone } from '../data/session.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { siteTime, siteTimeMs } from './presence.ts';

const SHIFT_MS = 8 * 3_600_000;
const NOTE_MAX = 200;

/** Somebody will be away: their own absence, or as a technician anybody's. */
export function AbsenceDialog(props: {
  people: readonly PersonStatus[];
  onClose: () => void;
  onDone: () => void;
}) {
  const me = session.value?.user ?? '';
  const names = props.people.map(({ user }) => user);
  const [entry, setEntry] = useState({
    user: me,
    from: siteTime(serverNowMs(), timeZone.value),
    to: siteTime(serverNowMs() + SHIFT_MS, timeZone.value),
    coveredBy: '',
    note: '',
  });
  const [wrong, setWrong] = useState<{ field: string; words: string } | null>(null);
  const keys = useMemo(repeatKeys, []);
  const set = (part: Partial<typeof entry>) => {
    setEntry({ ...entry, ...part });
    setWrong(null);
  };
  const send = async () => {
    const fromMs = siteTimeMs(entry.from, timeZone.value);
    const toMs = siteTimeMs(entry.to, timeZone.value);
    if (fromMs === null) return setWrong({ field: 'from', words: 'Give a day and a time.' });
    if (toMs === null) return setWrong({ field: 'to', words: 'Give a day and a time.' });
    if (toMs <= fromMs) return setWrong({ field: 'to', words: 'It ends before it begins.' });
    const body = {
      user: entry.user,
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      ...(entry.coveredBy === '' ? {} : { coveredBy: entry.coveredBy }),
      ...(entry.note.trim() === '' ? {} : { note: entry.note.trim() }),
    };
    try {
      await post('/people/absences', body, { idempotencyKey: keys(body) });
    } catch (error) {
      if (error instanceof RequestFailure && error.failure.kind === 'problem') {
        const { field, title } = error.failure.problem;
        if (field !== undefined) setWrong({ field: field.slice(1), words: title });
      }
      throw error;
    }
    props.onDone();
    props.onClose();
  };
  const wrongAt = (field: string) => (wrong?.field === field ? wrong.words : null);
  return (
    <Dialog title="Enter an absence" onClose={props.onClose}>
      <div class="form">
        {isTechnician.value && names.length > 0 ? (
          <NameChoice
            label="Who"
            names={names.includes(entry.user) ? names : [entry.user, ...names]}
            value={entry.user}
            choose={(user) => set({ user })}
            problem={wrongAt('user')}
          />
        ) : (
          <p class="dialog-lead">{entry.user} will be away.</p>
        )}
        <TimeField label="From" value={entry.from} set={(from) => set({ from })} problem={wrongAt('from')} />
        <TimeField label="Until" value={entry.to} set={(to) => set({ to })} problem={wrongAt('to')} />
        <NameChoice
          label="Who covers (may stay empty)"
          none="nobody; tasks go to everybody of the role"
          names={names.filter((name) => name !== entry.user)}
          value={entry.coveredBy}
          choose={(coveredBy) => set({ coveredBy })}
          problem={wrongAt('coveredBy')}
        />
        <NoteField value={entry.note} set={(note) => set({ note })} />
      </div>
      <div class="dialog-actions">
        <ActionButton tone="primary" icon="check" act={send}>
          Enter it
        </ActionButton>
        <button type="button" class="button button-neutral" onClick={props.onClose}>
          Back
        </button>
      </div>
    </Dialog>
  );
}

function NameChoice(props: {
  label: string;
  none?: string;
  names: readonly string[];
  value: string;
  choose: (name: string) => void;
  problem: string | null;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        aria-invalid={props.problem !== null}
        aria-describedby={`${id}-problem`}
        onChange={(event) => props.choose(event.currentTarget.value)}
      >
        {props.none === undefined ? null : <option value="">{props.none}</option>}
        {props.names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <p class="field-error" id={`${id}-problem`} role="alert">
        {props.problem}
      </p>
    </div>
  );
}

/** Times are those of the site, whatever zone the tablet thinks it is in. */
function TimeField(props: {
  label: string;
  value: string;
  set: (value: string) => void;
  problem: string | null;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label} (time of the site)</label>
      <input
        id={id}
        type="datetime-local"
        value={props.value}
        aria-invalid={props.problem !== null}
        aria-describedby={`${id}-problem`}
        onInput={(event) => props.set(event.currentTarget.value)}
      />
      <p class="field-error" id={`${id}-problem`} role="alert">
        {props.problem}
      </p>
    </div>
  );
}

function NoteField({ value, set }: { value: string; set: (value: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Note (may stay empty)</label>
      <input id={id} maxLength={NOTE_MAX} value={value} onInput={(event) => set(event.currentTarget.value)} />
    </div>
  );
}
