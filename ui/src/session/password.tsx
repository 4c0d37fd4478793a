import { signal } from '@preact/signals';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Failure } from '../data/problem.ts';
import { session, setPassword } from '../data/session.ts';
import { Dialog } from '../parts/dialog.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';

/** Put off for this visit only; the next visit asks again. */
const putOff = signal(false);

const PASSWORD_LENGTH_MIN = 10;

/** The first visitor came in by a one-time code: without a password nobody gets in a second time. */
export function PasswordBanner() {
  const [open, setOpen] = useState(false);
  if (session.value?.mustSetPassword !== true || putOff.value) return null;
  return (
    <div class="banner banner-note">
      <Icon name="key" size={28} />
      <div class="banner-text">
        <p>
          <b>Set a password for {session.value.user}.</b> The one-time code cannot be used again.
        </p>
      </div>
      <div class="banner-actions">
        <button type="button" class="button button-primary" onClick={() => setOpen(true)}>
          Set a password
        </button>
        <button type="button" class="button button-neutral" onClick={() => (putOff.value = true)}>
          Later
        </button>
      </div>
      {open ? <PasswordDialog onClose={() => setOpen(false)} /> : null}
    </div>
  );
}

export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const [password, change] = useState('');
  const [repeat, changeRepeat] = useState('');
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  // The fields stay the same elements, so that what was typed and the focus stay.
  useEffect(() => {
    for (const field of form.current?.querySelectorAll<HTMLInputElement>('[autocomplete=new-password]') ??
      []) {
      field.type = shown ? 'text' : 'password';
    }
  }, [shown]);
  const differs = repeat !== '' && repeat !== password;
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const refused = await setPassword(password);
    setBusy(false);
    setFailure(refused);
    if (refused === null) onClose();
  };
  return (
    <Dialog title="Set a password" onClose={onClose}>
      <form class="form" ref={form} onSubmit={(event) => void submit(event)}>
        <input
          class="visually-hidden"
          autocomplete="username"
          value={session.value?.user ?? ''}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <div class="field">
          <label for={`${id}-new`}>New password, {PASSWORD_LENGTH_MIN} characters or more</label>
          <input
            minLength={PASSWORD_LENGTH_MIN}
            id={`${id}-new`}
            type="password"
            autocomplete="new-password"
            required
            value={password}
            onInput={(event) => change(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for={`${id}-repeat`}>The same again</label>
          <input
            id={`${id}-repeat`}
            type="password"
            autocomplete="new-password"
            required
            value={repeat}
            aria-invalid={differs}
            aria-describedby={`${id}-differs`}
            onInput={(event) => changeRepeat(event.currentTarget.value)}
          />
          <p class="field-error" id={`${id}-differs`}>
            {differs ? 'The two are not the same.' : ''}
          </p>
        </div>
        <label class="check">
          <input
            type="checkbox"
            checked={shown}
            onChange={(event) => setShown(event.currentTarget.checked)}
          />
          <span>Show what I type</span>
        </label>
        {failure === null ? null : <FailureNote failure={failure} />}
        <div class="dialog-actions">
          <button
            type="submit"
            class="button button-primary"
            disabled={busy || password === '' || password !== repeat}
          >
            {busy ? 'Sending…' : 'Set password'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
