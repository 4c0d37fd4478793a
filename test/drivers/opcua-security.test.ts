import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StatusCodes } from 'node-opcua-client';
import { expect, onTestFinished, test } from 'vitest';
import { type PlcOptions, startOpcuaPlc } from '../support/opcua-plc.ts';
import { opcuaDevice } from './devices.ts';
import { recordHost } from './recorder.ts';

const variables: PlcOptions['variables'] = [
  { name: 'Level', dataType: 'Double', value: 20, writable: true },
  { name: 'Locked', dataType: 'Boolean', value: true },
  { name: 'Count64', dataType: 'UInt64', value: [1, 5] },
  { name: 'List', dataType: 'String', value: 'x' },
];

async function plcWith(options: Partial<PlcOptions> = {}) {
  const plc = await startOpcuaPlc({ variables, ...options });
  onTestFinished(() => plc.close());
  const tags = [
    { name: 'level', address: plc.nodeId('Level'), type: 'float64', access: 'read-write' },
    { name: 'locked', address: plc.nodeId('Locked'), type: 'boolean', access: 'read-write' },
    { name: 'count', address: plc.nodeId('Count64'), type: 'float64', access: 'read' },
    { name: 'missing', address: 'ns=1;s=Nowhere', type: 'int16', access: 'read' },
  ] as const;
  return { plc, tags: tags.map((tag) => ({ ...tag })) };
}

test.each([
  'Basic256Sha256',
  'Aes256_Sha256_RsaPss',
] as const)('%s: an unknown server is refused, kept in "rejected", and connected to once it is trusted', async (securityPolicy) => {
  const { plc, tags } = await plcWith();
  const device = opcuaDevice({
    port: plc.port,
    tags,
    securityPolicy,
    securityMode: 'SignAndEncrypt',
    silenceMsMax: 2_000,
  });
  const recorder = recordHost({ devices: [device] });
  await recorder.host.start();
  await recorder.until('refused', () =>
    recorder.links.some(({ link }) => link.state === 'down' && link.reason.includes('not trusted')),
  );
  expect(recorder.links.some(({ link }) => link.state === 'up')).toBe(false);
  const pki = join(recorder.dataDir, 'unit', 'pki');
  const [rejected = ''] = readdirSync(join(pki, 'rejected'));
  expect(rejected).not.toBe('');
  expect(statSync(join(pki, 'own', 'private', 'private_key.pem')).mode & 0o077).toBe(0);

  renameSync(join(pki, 'rejected', rejected), join(pki, 'trusted', 'certs', rejected));
  await recorder.untilLink('up');
  expect((await recorder.untilGood('unit/level')).value).toBe(20);
  expect(await recorder.host.write('unit/level', 21.5)).toMatchObject({ state: 'verified' });
});

test('our certificate is made once and kept over restarts', async () => {
  const { plc, tags } = await plcWith();
  const device = opcuaDevice({ port: plc.port, tags });
  const first = recordHost({ devices: [device] });
  await first.host.start();
  await first.untilLink('up');
  await first.host.close();
  const own = join(first.dataDir, 'unit', 'pki', 'own');
  const read = () =>
    ['certs/client_certificate.pem', 'private/private_key.pem'].map((name) =>
      readFileSync(join(own, name), 'utf8'),
    );
  const made = read();
  const second = recordHost({ devices: [device], dataDir: first.dataDir });
  await second.host.start();
  await second.untilLink('up');
  expect(read()).toEqual(made);
});

test('user and password are asked for, and a wrong one is told without the password', async () => {
  const { plc, tags } = await plcWith({ user: { name: 'line', password: 'right-1' } });
  const device = opcuaDevice({ port: plc.port, tags, user: 'line', password: 'env:LINE_PASSWORD' });
  let password = 'wrong-9';
  const recorder = recordHost({ devices: [device], secret: () => password });
  await recorder.host.start();
  await recorder.until('refused', () =>
    recorder.links.some(
      ({ link }) => link.state === 'down' && /user|identity|access|denied|rejected/i.test(link.reason),
    ),
  );
  expect(JSON.stringify(recorder.links)).not.toContain('wrong-9');
  password = 'right-1';
  await recorder.untilLink('up');
  await recorder.untilGood('unit/level');
});

test('status codes become quality with a reason; 64-bit counts and unknown nodes too', async () => {
  const { plc, tags } = await plcWith();
  const recorder = recordHost({ devices: [opcuaDevice({ port: plc.port, tags })] });
  await recorder.host.start();
  await recorder.untilGood('unit/level');
  expect((await recorder.untilGood('unit/count')).value).toBe(2 ** 32 + 5);
  await recorder.until('unknown node', () => {
    const quality = recorder.last('unit/missing')?.quality;
    return quality?.level === 'bad' && quality.reason.includes('BadNodeIdUnknown');
  });
  plc.set('Level', 22, StatusCodes.UncertainLastUsableValue);
  await recorder.until('uncertain', () => recorder.last('unit/level')?.quality.level === 'uncertain');
  expect(recorder.last('unit/level')).toMatchObject({ value: 22 });
  plc.set('Level', 23, StatusCodes.BadSensorFailure);
  await recorder.until('bad', () => recorder.last('unit/level')?.quality.level === 'bad');
  expect(recorder.last('unit/level')).toMatchObject({
    value: 22,
    quality: { reason: expect.stringContaining('BadSensorFailure') },
  });
  // Writable in the site file, not at the PLC.
  expect(await recorder.host.write('unit/locked', false)).toMatchObject({
    state: 'failed',
    code: 'DRV_REFUSED',
  });
});

test('an endpoint that is not offered is told as such', async () => {
  const { plc, tags } = await plcWith();
  const device = opcuaDevice({
    port: plc.port,
    tags,
    securityPolicy: 'Basic256Sha256',
    securityMode: 'None',
  });
  const recorder = recordHost({ devices: [device] });
  await recorder.host.start();
  await recorder.until('told', () =>
    recorder.links.some(({ link }) => link.state === 'down' && link.reason !== 'not started'),
  );
  expect(recorder.links.some(({ link }) => link.state === 'up')).toBe(false);
});

test('browsing lists what a PLC has, with type and access', async () => {
  const { plc, tags } = await plcWith();
  const recorder = recordHost({ devices: [opcuaDevice({ port: plc.port, tags })] });
  await recorder.host.start();
  await recorder.untilLink('up');
  const top = await recorder.host.browse('unit');
  expect(top.map(({ name }) => name)).toContain('Plc');
  const below = await recorder.host.browse('unit', plc.nodeId('Plc'));
  expect(below).toContainEqual({
    address: plc.nodeId('Level'),
    name: 'Level',
    type: 'Double',
    access: 'read-write',
    hasChildren: false,
  });
  await expect(recorder.host.browse('unit', 'no node id')).rejects.toThrow('not one');
});

test('a deadband keeps small changes off the wire', async () => {
  const { plc } = await plcWith();
  const tag = {
    name: 'level',
    address: plc.nodeId('Level'),
    type: 'float64',
    access: 'read',
    deadband: 5,
  } as const;
  const recorder = recordHost({ devices: [opcuaDevice({ port: plc.port, tags: [{ ...tag }] })] });
  await recorder.host.start();
  await recorder.untilGood('unit/level');
  for (const value of [21, 22, 23, 24, 40]) plc.set('Level', value);
  await recorder.until('the large one', () => recorder.last('unit/level')?.value === 40);
  const values = recorder.samples.map(({ value }) => value).filter((value) => value !== null);
  expect(values).toEqual([20, 40]);
});

test('the data folder holds nothing outside of the device folder', async () => {
  const { plc, tags } = await plcWith();
  const recorder = recordHost({ devices: [opcuaDevice({ port: plc.port, tags })] });
  mkdirSync(recorder.dataDir, { recursive: true });
  await recorder.host.start();
  await recorder.untilLink('up');
  expect(readdirSync(recorder.dataDir)).toEqual(['unit']);
  expect(existsSync(join(recorder.dataDir, 'unit', 'pki'))).toBe(true);
});
