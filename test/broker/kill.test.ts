import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { RawMqtt, rawConnect, rawPublish, rawSubscribe, readPublish } from '../support/raw-mqtt.ts';
import { passwordOf } from './config.ts';
import { OncePublisher, OnceSubscriber } from './qos2-peers.ts';
import { folder, inbox, startSite } from './site.ts';

const entry = fileURLToPath(new URL('./kill-child.ts', import.meta.url));
const raw = (user: string, clean = false) => ({ clientId: user, user, password: passwordOf(user), clean });

interface Child {
  readonly process: ChildProcess;
  readonly port: number;
  /** How it ended. */
  readonly ended: Promise<NodeJS.Signals | number | null>;
}

/** Undefined when it dies before it listens. */
async function startChild(dir: string, crashPoint?: string): Promise<Child | undefined> {
  const parameters = [entry, dir, ...(crashPoint === undefined ? [] : [crashPoint])];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code, signal]) => signal ?? code);
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(() => [undefined]),
  ]);
  if (line === undefined) return undefined;
  return { process: child, port: JSON.parse(line).port, ended };
}

test('what was acknowledged is there after kill -9', async () => {
  const dir = folder();
  const child = await startChild(dir);
  if (child === undefined) throw new Error('the broker did not start');
  const bob = await RawMqtt.open(child.port);
  bob.send(rawConnect(raw('bob')), rawSubscribe(1, ['log/#', 1], ['state', 1]));
  expect([(await bob.read()).type, (await bob.read()).type]).toEqual([2, 9]);
  bob.end();
  const alice = await RawMqtt.open(child.port);
  alice.send(rawConnect(raw('alice', true)));
  await alice.read();
  const acknowledged: number[] = [];
  let sent = 0;
  const sendSome = () => {
    for (let n = 0; n < 100; n++, sent++)
      alice.send(rawPublish('log/x', String(sent), 1, (sent % 60_000) + 1));
  };
  sendSome();
  while (acknowledged.length < 1_500) {
    acknowledged.push((await alice.read()).body.readUInt16BE(0) - 1);
    if (sent - acknowledged.length < 200) sendSome();
  }
  child.process.kill('SIGKILL');
  // Acknowledgements that were on their way count as well.
  for (const { body } of await alice.untilClosed()) acknowledged.push(body.readUInt16BE(0) - 1);
  expect(await child.ended).toBe('SIGKILL');

  const site = await startSite({ dir });
  const back = await site.connect('bob', { clean: false });
  const got = inbox(back);
  const texts = (await got.take(acknowledged.length)).map(({ text }) => Number(text));
  expect(texts).toEqual(texts.map((_, index) => index));
  expect(acknowledged).toEqual(acknowledged.map((_, index) => index));
});

test('wills, retained messages and subscriptions come back after kill -9; each will goes out once', async () => {
  const dir = folder();
  const child = await startChild(dir);
  if (child === undefined) throw new Error('the broker did not start');
  const watcher = await RawMqtt.open(child.port);
  watcher.send(rawConnect(raw('bob')), rawSubscribe(1, ['wills/+', 1]));
  expect([(await watcher.read()).type, (await watcher.read()).type]).toEqual([2, 9]);
  const will = { topic: 'wills/alice', payload: 'gone', qos: 1, retain: true };
  const alice = await RawMqtt.open(child.port);
  alice.send(rawConnect({ ...raw('alice', true), will }), rawPublish('state', 'kept', 1, 1));
  expect([(await alice.read()).type, (await alice.read()).type]).toEqual([2, 4]);
  child.process.kill('SIGKILL');
  expect(await child.ended).toBe('SIGKILL');

  for (const isFirst of [true, false]) {
    const next = await startChild(dir);
    if (next === undefined) throw new Error('the broker did not start');
    const back = await RawMqtt.open(next.port);
    back.send(rawConnect(raw('bob')));
    expect((await back.read()).body).toEqual(Buffer.from([1, 0]));
    // Not acknowledged, so it comes again, as the same message: one, not one per start.
    expect(readPublish(await back.read())).toMatchObject({
      topic: 'wills/alice',
      messageId: 1,
      dup: !isFirst,
    });
    back.send(Buffer.from([0xc0, 0]));
    expect((await back.read()).type).toBe(13);
    next.process.kill('SIGKILL');
    expect(await next.ended).toBe('SIGKILL');
  }
});

test('QoS 2 is exactly once and in order from end to end, killed at every point of a commit', async () => {
  const dir = folder();
  const publisher = new OncePublisher(1_200);
  const subscriber = new OnceSubscriber();
  const points = [
    undefined,
    'after-begin:30',
    'after-run:77',
    'after-run:200',
    'after-savepoint:15',
    'before-commit:25',
    'after-commit-before-answer:12',
    'after-commit-before-answer:33',
    'after-answer:21',
  ];
  let killed = 0;
  for (const point of points) {
    const child = await startChild(dir, point);
    if (child === undefined) throw new Error(`killed at ${point} before it listened: choose a later time`);
    await new Promise<void>((resolve) => {
      void subscriber.run(child.port, resolve);
      child.ended.then(() => resolve());
    });
    const published = publisher.run(child.port);
    // The first life is ended by us, somewhere on the way.
    if (point === undefined) {
      while (subscriber.got.length < 60) await new Promise((resolve) => setImmediate(resolve));
      child.process.kill('SIGKILL');
    }
    expect([point, await child.ended]).toEqual([point, 'SIGKILL']);
    await published;
    expect([point, publisher.isDone]).toEqual([point, false]);
    killed += 1;
  }
  const last = await startChild(dir);
  if (last === undefined) throw new Error('the broker did not start');
  await Promise.all([subscriber.run(last.port, undefined, 1_200), publisher.run(last.port)]);
  expect(killed).toBe(points.length);
  expect(subscriber.got).toEqual(Array.from({ length: 1_200 }, (_, index) => index));
  last.process.kill('SIGKILL');
}, 120_000);
