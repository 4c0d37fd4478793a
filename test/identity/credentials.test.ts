import { expect, test } from 'vitest';
import { isApplianceError } from '#contracts/errors.ts';
import { startIdentity } from './site.ts';

const refusalOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isApplianceError(error) ? error.code : `not refused: ${String(error)}`;
};

test('a user gets a first password, which has to be replaced', async () => {
  const { identity } = await startIdentity();
  const first = await identity.addUser('otto', 'operator', 'admin');
  const { mustSetPassword, role } = await identity.signIn('otto', first, '10.0.0.1');
  expect({ mustSetPassword, role }).toEqual({ mustSetPassword: true, role: 'operator' });
  expect(await refusalOf(identity.addUser('otto', 'viewer', 'admin'))).toBe('IDN_EXISTS');
  expect(await refusalOf(identity.addUser('../otto', 'viewer', 'admin'))).toBe('IDN_NAME_INVALID');
  expect(identity.listUsers().map(({ name }) => name)).toEqual(['otto']);
});

test('of two requests to add one user at the same time, one wins', async () => {
  const { identity } = await startIdentity();
  const both = await Promise.allSettled([
    identity.addUser('otto', 'operator', 'admin'),
    identity.addUser('otto', 'admin', 'admin'),
  ]);
  expect(both.filter(({ status }) => status === 'fulfilled').length).toBe(1);
});

test('a user who is removed or gets another role is met with it at once', async () => {
  const { identity } = await startIdentity();
  const first = await identity.addUser('otto', 'operator', 'admin');
  const { token } = await identity.signIn('otto', first, '10.0.0.1');
  await identity.setRole('otto', 'viewer', 'admin');
  expect(identity.session(token)).toMatchObject({ role: 'viewer' });
  await identity.removeUser('otto', 'admin');
  expect(identity.session(token)).toBeUndefined();
  expect(await refusalOf(identity.signIn('otto', first, '10.0.0.1'))).toBe('IDN_SIGN_IN_REFUSED');
});

test('the last administrator stays', async () => {
  const { identity } = await startIdentity();
  await identity.redeemClaim(identity.claimCode() ?? '', '10.0.0.1');
  await identity.setPassword('admin', 'pallets behind dock nine');
  expect(await refusalOf(identity.removeUser('admin', 'admin'))).toBe('IDN_LAST_ADMIN');
  expect(await refusalOf(identity.setRole('admin', 'viewer', 'admin'))).toBe('IDN_LAST_ADMIN');
  await identity.addUser('anna', 'admin', 'admin');
  await identity.removeUser('admin', 'anna');
  expect(await refusalOf(identity.removeUser('anna', 'anna'))).toBe('IDN_LAST_ADMIN');
});

test('an access token stands for its role until it is revoked, across restarts', async () => {
  const site = await startIdentity();
  const token = await site.identity.issueToken('wms', 'operator', 'admin');
  expect(token).toMatch(/^holdfast_[A-Za-z0-9_-]{43}$/);
  const { identity } = await site.restart();
  expect(identity.token(token)).toEqual({ user: 'wms', role: 'operator' });
  expect(identity.token(`${token.slice(0, -1)}_`)).toBeUndefined();
  expect(await refusalOf(identity.issueToken('wms', 'admin', 'admin'))).toBe('IDN_EXISTS');
  await identity.revokeToken('wms', 'admin');
  expect(identity.token(token)).toBeUndefined();
  expect(await refusalOf(identity.revokeToken('wms', 'admin'))).toBe('IDN_NOT_FOUND');
});

test('an MQTT client is known by its password until it gets another or is removed', async () => {
  const site = await startIdentity();
  const first = await site.identity.addMqttClient('scanner-1', 'admin');
  const { identity } = await site.restart();
  // Twice: by key derivation, then by the digest of the password that was right.
  expect(await identity.verifyMqttClient('scanner-1', first)).toBe(true);
  expect(await identity.verifyMqttClient('scanner-1', first)).toBe(true);
  expect(await identity.verifyMqttClient('scanner-1', `${first}x`)).toBe(false);
  expect(await identity.verifyMqttClient('scanner-2', first)).toBe(false);

  const second = await identity.addMqttClient('scanner-1', 'admin');
  expect(await identity.verifyMqttClient('scanner-1', first)).toBe(false);
  expect(await identity.verifyMqttClient('scanner-1', second)).toBe(true);

  const asked = identity.verifyMqttClient('scanner-1', second);
  await identity.removeMqttClient('scanner-1', 'admin');
  await asked;
  expect(await identity.verifyMqttClient('scanner-1', second)).toBe(false);
  expect(identity.listMqttClients()).toEqual([]);
});

test('who let a client in is told that its password was replaced or removed, before the one who asked', async () => {
  const { identity } = await startIdentity();
  const told: string[] = [];
  identity.onMqttVoid(async (id, why) => {
    await new Promise((resolve) => setImmediate(resolve));
    told.push(`${id} ${why}`);
  });
  await identity.addMqttClient('scanner-1', 'admin');
  expect(told).toEqual([]);
  await identity.addMqttClient('scanner-1', 'admin');
  expect(told).toEqual(['scanner-1 replaced']);
  await identity.removeMqttClient('scanner-1', 'admin');
  expect(told).toEqual(['scanner-1 replaced', 'scanner-1 removed']);
});
