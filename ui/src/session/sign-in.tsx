import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { type Failure, failureWords, isSignedOut } from '../data/problem.ts';
import { signIn, type Visitor } from '../data/session.ts';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';

/** User and password. The one-time code of the first start signs in by itself, so it has no field here. */
export function SignIn({ visitor }: { visitor: Extract<Visitor, { state: 'signed-out' }> }) {
  const [user, changeUser] = useState('');
  const [password, changePassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const id = useId();
  useEffect(() => {
    document.title = 'Sign in · Holdfast';
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const refused = await signIn(user.trim(), password);
    setBusy(false);
    setFailure(refused);
    if (refused !== null && isSignedOut(refused)) changePassword('');
  };
  return (
    <Gate>
      <h1>Sign in</h1>
      {visitor.ended ? <p class="notice">Your session has ended. Sign in again.</p> : null}
      {visitor.failure === null ? null : (
        <p class="notice" role="alert">
          <span>
            <b>The one-time code in the address did not work.</b> {failureWords(visitor.failure).title}.{' '}
            {failureWords(visitor.failure).hint}
          </span>
        </p>
      )}
      <form class="form" onSubmit={(event) => void submit(event)}>
        <div class="field">
          <label for={`${id}-user`}>User</label>
          <input
            id={`${id}-user`}
            name="user"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
            value={user}
            onInput={(event) => changeUser(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for={`${id}-password`}>Password</label>
          <input
            id={`${id}-password`}
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={(event) => changePassword(event.currentTarget.value)}
          />
        </div>
        {failure === null ? null : <FailureNote failure={failure} />}
        <button type="submit" class="button button-primary button-wide" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <p class="soft small">
        First visit? Open the address that the appliance printed when it started: it carries a one-time code.
      </p>
    </Gate>
  );
}

export function Unreachable() {
  return (
    <Gate>
      <div class="blank" role="alert">
        <Icon name="unplug" size={44} />
        <h1 class="blank-title">The appliance does not answer</h1>
        <p class="soft">
          Trying again every few seconds. Check that this screen is in the site network and that the appliance
          has power. The floor goes on without this screen.
        </p>
      </div>
    </Gate>
  );
}

function Gate({ children }: { children: ComponentChildren }) {
  return (
    <main class="gate">
      <div class="gate-card">
        <p class="gate-brand">
          <svg width="40" height="40" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path class="brand-line" d="M9 7v18M23 7v18M9 16h14" />
            <circle class="brand-knot" cx="16" cy="16" r="3.6" />
          </svg>
          <span>Holdfast</span>
        </p>
        {children}
      </div>
    </main>
  );
}
