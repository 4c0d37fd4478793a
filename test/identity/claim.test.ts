import { expect, test } from 'vitest';
import { isApplianceError } from '#contracts/errors.ts';
import { startIdentity } from './site.ts';

const DAY_MS = 86_400_000;
const rejected = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isApplianceError(error) ? error.code : `not refused: ${String(error)}`;
};

test('the first visitor with the code becomes administrator and has to set a password', async () => {
  const { identity, events } = await startIdentity();
  const code = identity.claimCode() ?? '';
  expect(code).toMatch(/^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){3}$/);

  const visitor = await identity.redeemClaim(code.toLowerCase().replaceAll('-', ' '), '10.0.0.9');
  expect(visitor).toMatchObject({ user: 'admin', role: 'admin', mustSetPassword: true });
  expect(identity.session(visitor.token)).toMatchObject({ user: 'admin', mustSetPassword: true });
  expect(identity.claimCode()).toBeNull();

  await identity.setPassword('admin', 'pallets behind dock nine', { keepToken: visitor.token });
  expect(identity.session(visitor.token)).toMatchObject({ mustSetPassword: false });
  expect((await events()).map(({ type }) => type)).toEqual([
    'holdfast.identity.claim-issued.v1',
    'holdfast.identity.claim-redeemed.v1',
    'holdfast.identity.user-signed-in.v1',
    'holdfast.identity.user-changed.v1',
  ]);
});

test('a code works once, also when two visitors use it at the same time', async () => {
  const { identity } = await startIdentity();
  const code = identity.claimCode() ?? '';
  const both = await Promise.allSettled([
    identity.redeemClaim(code, '10.0.0.1'),
    identity.redeemClaim(code, '10.0.0.2'),
  ]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(await rejected(identity.redeemClaim(code, '10.0.0.3'))).toBe('IDN_CLAIM_INVALID');
});

test('a code expires after a day', async () => {
  const { identity, clock } = await startIdentity();
  const code = identity.claimCode() ?? '';
  clock.move(DAY_MS);
  expect(identity.claimCode()).toBeNull();
  expect(await rejected(identity.redeemClaim(code, '10.0.0.1'))).toBe('IDN_CLAIM_INVALID');
});

test('an unclaimed site makes a new code at every start, a claimed one none', async () => {
  const first = await startIdentity();
  const code = first.identity.claimCode() ?? '';
  const second = await first.restart();
  expect(second.identity.claimCode()).not.toBe(code);
  expect(await rejected(second.identity.redeemClaim(code, '10.0.0.1'))).toBe('IDN_CLAIM_INVALID');

  const visitor = await second.identity.redeemClaim(second.identity.claimCode() ?? '', '10.0.0.1');
  const third = await second.restart();
  // The visitor never set a password, and the session may be lost: the site must stay reachable.
  expect(third.identity.claimCode()).not.toBeNull();
  expect(third.identity.session(visitor.token)).toMatchObject({ user: 'admin' });

  await third.identity.setPassword('admin', 'pallets behind dock nine');
  expect((await third.restart()).identity.claimCode()).toBeNull();
});

test('who is locked out redeems a new code; the lost password and its sessions are void', async () => {
  const { identity } = await startIdentity();
  const before = await identity.redeemClaim(identity.claimCode() ?? '', '10.0.0.1');
  await identity.setPassword('admin', 'pallets behind dock nine');

  const code = await identity.issueClaim('cli');
  expect(identity.claimCode()).toBe(code);
  const after = await identity.redeemClaim(code, '10.0.0.2');
  expect(after.mustSetPassword).toBe(true);
  expect(identity.session(before.token)).toBeUndefined();
  expect(await rejected(identity.signIn('admin', 'pallets behind dock nine', '10.0.0.1'))).toBe(
    'IDN_SIGN_IN_REFUSED',
  );
});
