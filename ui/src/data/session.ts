import { computed, signal } from '@preact/signals';
import type { Session } from '#contracts/api.ts';
import { get, onSignedOut, post, request } from './http.ts';
import { type Failure, isSignedOut, RequestFailure } from './problem.ts';
import { closeSite, openSite } from './site.ts';

/** Who is at this screen. */
export type Visitor =
  | { state: 'asking' }
  | { state: 'signed-out'; failure: Failure | null; ended: boolean }
  | { state: 'unreachable' }
  | { state: 'signed-in'; session: Session };

export const visitor = signal<Visitor>({ state: 'asking' });

const RETRY_MS = 3_000;

/** The one-time code of the printed address. It leaves the address bar before it is used. */
function takeCode(): string | null {
  const here = new URL(location.href);
  const code = here.searchParams.get('code');
  if (code === null) return null;
  here.searchParams.delete('code');
  history.replaceState(null, '', `${here.pathname}${here.search}${here.hash}`);
  return code;
}

export async function startSession(): Promise<void> {
  onSignedOut(() => leave(true));
  const code = takeCode();
  const refused = code === null ? null : await attempt(() => post('/session/claim', { code }));
  await loadSession(refused);
}

/** Asks who is signed in. `refused` is shown when nobody is: why the code in the address did not work. */
async function loadSession(refused: Failure | null): Promise<void> {
  try {
    enter(await get<Session>('/session'));
  } catch (error) {
    const failure = toFailure(error);
    if (isSignedOut(failure)) visitor.value = { state: 'signed-out', failure: refused, ended: false };
    else {
      visitor.value = { state: 'unreachable' };
      setTimeout(() => void loadSession(refused), RETRY_MS);
    }
  }
}

export async function signIn(user: string, password: string): Promise<Failure | null> {
  const failure = await attempt(() => post('/session', { user, password }));
  if (failure === null) await loadSession(null);
  return failure;
}

export async function setPassword(password: string): Promise<Failure | null> {
  const failure = await attempt(() => post('/session/password', { password }));
  if (failure === null) await loadSession(null);
  return failure;
}

export async function signOut(): Promise<Failure | null> {
  const failure = await attempt(() => request('DELETE', '/session'));
  // Unreachable: the cookie still lives, so saying "signed out" on a shared kiosk would be wrong.
  if (failure === null || isSignedOut(failure)) leave(false);
  return failure;
}

/** The feed cannot see why a socket was refused; this asks, and ends the session here if it has ended there. */
export async function checkSession(): Promise<void> {
  if (visitor.peek().state !== 'signed-in') return;
  const failure = await attempt(() => get('/session'));
  if (failure !== null && isSignedOut(failure)) leave(true);
}

function enter(session: Session): void {
  visitor.value = { state: 'signed-in', session };
  openSite();
}

function leave(ended: boolean): void {
  if (visitor.value.state === 'signed-out') return;
  closeSite();
  visitor.value = { state: 'signed-out', failure: null, ended };
}

async function attempt(act: () => Promise<unknown>): Promise<Failure | null> {
  try {
    await act();
    return null;
  } catch (error) {
    return toFailure(error);
  }
}

export function toFailure(error: unknown): Failure {
  if (error instanceof RequestFailure) return error.failure;
  throw error;
}

export const session = computed(() => (visitor.value.state === 'signed-in' ? visitor.value.session : null));
/** Times are shown on the site's clock, whatever zone the tablet thinks it is in. */
export const timeZone = computed(() => session.value?.site.timeZone ?? 'UTC');
/** Machinery, versions and breaking the demo on purpose are a technician's business. The appliance checks it again. */
export const isTechnician = computed(() => ['technician', 'admin'].includes(session.value?.role ?? ''));
/** A viewer looks; everybody else may act. The appliance checks it again. */
export const mayAct = computed(() => session.value !== null && session.value.role !== 'viewer');
