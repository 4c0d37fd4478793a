import { expect, test } from 'vitest';
import { isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import { waitMs } from '../../appliance/identity/attempts.ts';
import { limits } from '../../appliance/identity/limits.ts';
import { assertPassword, Passwords, productionCost } from '../../appliance/identity/passwords.ts';
import { startIdentity } from './site.ts';

const PASSWORD = 'pallets behind dock nine';
const HOUR_MS = 3_600_000;

const refusalOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isApplianceError(error) ? error.code : `not refused: ${String(error)}`;
};

async function claimed() {
  const site = await startIdentity();
  const { token } = await site.identity.redeemClaim(site.identity.claimCode() ?? '', '10.0.0.1');
  await site.identity.setPassword('admin', PASSWORD, { keepToken: token });
  return { ...site, token };
}

test('a user signs in with the right password only', async () => {
  const { identity } = await claimed();
  const { token } = await identity.signIn('admin', PASSWORD, '10.0.0.1');
  expect(identity.session(token)).toEqual({ user: 'admin', role: 'admin', mustSetPassword: false });
  expect(await refusalOf(identity.signIn('admin', `${PASSWORD}!`, '10.0.0.1'))).toBe('IDN_SIGN_IN_REFUSED');
  expect(await refusalOf(identity.signIn('nobody', PASSWORD, '10.0.0.1'))).toBe('IDN_SIGN_IN_REFUSED');
  expect(identity.session(`${token}x`)).toBeUndefined();
});

test('guessing is slowed down by name, up to a longest wait, and the right password then works', async () => {
  const { identity, clock } = await claimed();
  for (let i = 0; i < limits.attemptsFree; i++) {
    expect(await refusalOf(identity.signIn('admin', 'wrong', `10.0.1.${i}`))).toBe('IDN_SIGN_IN_REFUSED');
  }
  expect(await refusalOf(identity.signIn('admin', PASSWORD, '10.0.2.1'))).toBe('API_RATE_LIMITED');
  clock.move(limits.attemptFirstMs);
  await identity.signIn('admin', PASSWORD, '10.0.2.1');
  // Counting begins anew after a success.
  expect(await refusalOf(identity.signIn('admin', 'wrong', '10.0.2.1'))).toBe('IDN_SIGN_IN_REFUSED');
});

test('guessing many names from one address is slowed down too', async () => {
  const { identity } = await claimed();
  for (let i = 0; i < limits.attemptsFreePerAddress; i++) {
    expect(await refusalOf(identity.signIn(`user-${i}`, 'wrong', '10.6.6.6'))).toBe('IDN_SIGN_IN_REFUSED');
  }
  expect(await refusalOf(identity.signIn('admin', PASSWORD, '10.6.6.6'))).toBe('API_RATE_LIMITED');
  await identity.signIn('admin', PASSWORD, '10.0.0.1');
});

test('attempts that come at once count before their outcome is known', async () => {
  const { identity } = await claimed();
  const many = Array.from({ length: 30 }, () => refusalOf(identity.signIn('admin', 'wrong', '10.6.6.6')));
  const refusals = await Promise.all(many);
  expect(refusals.filter((code) => code === 'IDN_SIGN_IN_REFUSED').length).toBe(limits.attemptsFree);
});

test.each([
  [0, 0],
  [4, 0],
  [5, 1_000],
  [6, 2_000],
  [9, 16_000],
  [20, limits.attemptMaxMs],
  [100_000, limits.attemptMaxMs],
])('after %i failures the wait is %i ms', (failures, expected) => {
  expect(waitMs(failures, limits.attemptsFree)).toBe(expected);
});

test('a session ends by idleness, by age, and by signing out', async () => {
  const { identity, clock } = await claimed();
  const idle = await identity.signIn('admin', PASSWORD, '10.0.0.1');
  clock.move(limits.sessionIdleMs + 1);
  expect(identity.session(idle.token)).toBeUndefined();

  const old = await identity.signIn('admin', PASSWORD, '10.0.0.1');
  for (let passedMs = 0; passedMs < limits.sessionMs; passedMs += 6 * HOUR_MS) {
    expect(identity.session(old.token)).toBeDefined();
    clock.move(6 * HOUR_MS);
  }
  clock.move(1);
  expect(identity.session(old.token)).toBeUndefined();

  const left = await identity.signIn('admin', PASSWORD, '10.0.0.1');
  await identity.signOut(left.token);
  expect(identity.session(left.token)).toBeUndefined();
});

test('sessions survive a restart, and what ended stays ended', async () => {
  const site = await claimed();
  const kept = await site.identity.signIn('admin', PASSWORD, '10.0.0.1');
  const left = await site.identity.signIn('admin', PASSWORD, '10.0.0.1');
  await site.identity.signOut(left.token);
  const { identity } = await site.restart();
  expect(identity.session(kept.token)).toMatchObject({ user: 'admin' });
  expect(identity.session(left.token)).toBeUndefined();
});

test('a new password ends the other sessions', async () => {
  const { identity, token } = await claimed();
  const other = await identity.signIn('admin', PASSWORD, '10.0.0.1');
  await identity.setPassword('admin', 'forklifts need new batteries', { keepToken: token });
  expect(identity.session(token)).toBeDefined();
  expect(identity.session(other.token)).toBeUndefined();
});

test('the first password of its owner ends the sessions that others opened with the one handed out', async () => {
  const { identity, restart } = await claimed();
  const handedOut = await identity.addUser('ann', 'technician', 'admin');
  const thief = await identity.signIn('ann', handedOut, '10.6.6.6');
  const owner = await identity.signIn('ann', handedOut, '10.0.0.1');
  await identity.setPassword('ann', PASSWORD, { keepToken: owner.token });
  expect(identity.session(thief.token)).toBeUndefined();
  expect(identity.session(owner.token)).toMatchObject({ user: 'ann', mustSetPassword: false });
  expect((await restart()).identity.session(thief.token)).toBeUndefined();
});

test('who signs in with the old password while it is replaced is not in afterwards', async () => {
  const { identity } = await claimed();
  let password = await identity.addUser('ann', 'technician', 'admin');
  for (let round = 0; round < 12; round += 1) {
    const next = `${PASSWORD} ${round}`;
    const [late] = await Promise.allSettled([
      identity.signIn('ann', password, '10.0.0.1'),
      identity.setPassword('ann', next),
    ]);
    if (late.status === 'fulfilled') expect(identity.session(late.value.token)).toBeUndefined();
    else expect(late.reason).toMatchObject({ code: 'IDN_SIGN_IN_REFUSED' });
    password = next;
  }
});

test('one user has a bounded number of sessions; the oldest goes', async () => {
  const { identity, token } = await claimed();
  let last = '';
  for (let i = 0; i < limits.sessionsPerUserMax; i++) {
    last = (await identity.signIn('admin', PASSWORD, '10.0.0.1')).token;
  }
  expect(identity.session(token)).toBeUndefined();
  expect(identity.session(last)).toBeDefined();
});

test.each([
  'short',
  'aaaaaaaaaaaa',
  'otto.12345',
  'x'.repeat(300),
])('password "%s" is refused', (password) => {
  expect(() => assertPassword('otto', password)).toThrow(/cannot be used/);
});

test('a weak password changes nothing', async () => {
  const { identity } = await claimed();
  expect(await refusalOf(identity.setPassword('admin', 'short'))).toBe('IDN_PASSWORD_WEAK');
  await identity.signIn('admin', PASSWORD, '10.0.0.1');
});

test('no secret reaches the disk, the audit records or the log', async () => {
  const lines: string[] = [];
  const write = (fields: object, message: string) => lines.push(JSON.stringify(fields) + message);
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
  const site = await startIdentity({ log });
  const { identity, store } = site;
  const code = identity.claimCode() ?? '';
  const { token } = await identity.redeemClaim(code, '10.0.0.1');
  await identity.setPassword('admin', PASSWORD, { keepToken: token });
  const first = await identity.addUser('otto', 'operator', 'admin');
  const api = await identity.issueToken('wms', 'operator', 'admin');
  const mqtt = await identity.addMqttClient('scanner-1', 'admin');
  await refusalOf(identity.signIn('admin', 'a guess that is wrong', '10.0.0.1'));
  const { key } = await identity.serverCertificate([]);

  const tables = ['users', 'sessions', 'tokens', 'mqtt-clients', 'claim'];
  const rows = await Promise.all(tables.map((table) => store.query(`identity.${table}`)));
  const everything = JSON.stringify([rows, await site.events(), lines]);
  for (const secret of [
    code,
    code.replaceAll('-', ''),
    token,
    PASSWORD,
    first,
    api,
    mqtt,
    'a guess that is wrong',
    key,
  ]) {
    expect(everything).not.toContain(secret);
  }
  expect(everything).toContain('sign-in-refused');
});

test('passwords are hashed at the cost that production uses, each with its own salt', async () => {
  const passwords = new Passwords();
  const [one, two] = await Promise.all([passwords.hash(PASSWORD), passwords.hash(PASSWORD)]);
  const { logN, r, p } = productionCost;
  expect(one.startsWith(`scrypt$${logN}$${r}$${p}$`)).toBe(true);
  expect(one).not.toBe(two);
  expect(await passwords.verify(PASSWORD, one)).toBe(true);
  expect(await passwords.verify('wrong', one)).toBe(false);
  expect(await passwords.verify(PASSWORD, null)).toBe(false);
});

test('refusals become a bounded number of records, and the rest is counted', async () => {
  const { identity, clock, events } = await claimed();
  for (let i = 0; i < limits.refusalEventsPerMinute + 7; i++) {
    await refusalOf(identity.signIn(`user-${i}`, 'wrong', `10.1.0.${i}`));
  }
  clock.move(60_000);
  await refusalOf(identity.signIn('admin', 'wrong', '10.0.0.1'));
  const refused = (await events()).filter(({ type }) => type === 'holdfast.identity.sign-in-refused.v1');
  expect(refused.length).toBe(limits.refusalEventsPerMinute + 1);
  expect(refused.at(-1)?.data).toMatchObject({ name: 'admin', suppressedCount: 7 });
});
