import { describe, expect, test } from 'vitest';
import type { Task } from '#contracts/api.ts';
import type { DeadLetter, RedriveMany } from '#contracts/dead-letters.ts';
import { deadLetterCalled, deadLetterRedriven, deadLettersRedrive } from '#contracts/events/dead-letter.ts';
import { offset } from '#contracts/ids.ts';
import type { Notice } from '#contracts/notify.ts';
import type { Json } from '#contracts/sagas.ts';
import { inputProblem } from '../../local-orchestrator/dead-letters/input-check.ts';
import { mergePatch } from '../../local-orchestrator/dead-letters/merge-patch.ts';
import { defineSaga, implement, localActivity, park } from '../../local-orchestrator/index.ts';
import { shippedRunbooks } from '../../local-orchestrator/runbooks/runbook-folder.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { createPlant } from './plant.ts';
import { startSite, type TestSite, type TestSiteOptions, temporaryFolder } from './site.ts';

describe('an edited input', () => {
  const move = { name: 'MobileRobot.goTo', via: 'command' } as const;
  const before = { target: 'amr-1', epoch: 1, args: { place: 'rack-1' } };
  test.each<[string, Json, RegExp | null]>([
    ['another place', { ...before, args: { place: 'rack-2' } }, null],
    ['another robot', { ...before, target: 'amr-2' }, null],
    ['a place that is a number', { ...before, args: { place: 7 } }, /\/args\/place/],
    ['no place', { ...before, args: {} }, /"place" is missing/],
    ['an argument that the action lacks', { ...before, args: { place: 'a', speed: 1 } }, /\/args\/speed/],
    ['no target', { epoch: 1, args: { place: 'a' } }, /\/target is missing/],
    ['text', 'go', /the input is text instead of an object/],
  ])('of a command, with %s', (_, after, problem) => {
    const found = inputProblem(move, before, after);
    if (problem === null) expect(found).toBeNull();
    else {
      expect(found?.problem).toMatch(problem);
      expect(found?.cure.length).toBeGreaterThan(10);
    }
  });

  const local = { name: 'stock.book', via: 'local' } as const;
  const lines = { order: 'A', lines: [{ sku: 'MUG', quantity: 1 }], note: null };
  test.each<[string, Json, RegExp | null]>([
    ['more lines', { ...lines, lines: [...lines.lines, { sku: 'CUP', quantity: 2 }] }, null],
    ['something in place of null', { ...lines, note: 'by hand' }, null],
    [
      'a typing error',
      { order: 'A', lines: [{ sku: 'MUG', quantitiy: 1 }], note: null },
      /\/lines\/0\/quantitiy/,
    ],
    [
      'text for a number',
      { ...lines, lines: [{ sku: 'MUG', quantity: '1' }] },
      /\/lines\/0\/quantity is text/,
    ],
    ['an entry less', { order: 'A', lines: [] }, /\/note is missing/],
  ])('of the site itself, with %s', (_, after, problem) => {
    const found = inputProblem(local, lines, after);
    if (problem === null) expect(found).toBeNull();
    else expect(found?.problem).toMatch(problem);
  });

  // RFC 7396, appendix A.
  test.each<[Json, Json, Json]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [['a', 'b'], ['c'], ['c']],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('by patch: %j and %j are %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });
});

type Numbers = { value: number };
const work = localActivity<Numbers, Numbers>('letter.work', 1);
const blind = localActivity<Numbers, Numbers>('letter.blind', 1, 'neither');
const title = 'Work';
const retry = { attempts: 1, firstMs: 1, factor: 1, capMs: 1 };

const stuck = defineSaga<Numbers>('stuck')
  .step('one', work, { title, timeoutMs: null, retry, input: ({ input }) => input, onFailure: { '*': park } })
  .end({ title: 'Stuck', version: 1, output: ({ steps }) => ({ value: steps.one.value }) });
const other = defineSaga<Numbers>('other')
  .step('two', work, {
    title: 'Other',
    timeoutMs: null,
    retry,
    input: ({ input }) => input,
    onFailure: { '*': park },
  })
  .end({ title: 'Other', version: 1 });
const careful = defineSaga<Numbers>('careful')
  .step('only', blind, { title, timeoutMs: null, input: ({ input }) => input, assume: () => ({ value: 1 }) })
  .end({ title: 'Careful', version: 1 });

interface Floor {
  broken: boolean;
  /** What was done, in order; a failed attempt is none. */
  readonly done: { saga: string; value: number }[];
}

interface Stuck extends TestSite {
  readonly ended: Map<string, string>;
  letters(): Promise<DeadLetter[]>;
  /** Begins sagas of a definition and waits until each has its dead letter. */
  strand(name: string, ...ids: string[]): Promise<DeadLetter[]>;
  audit(type: string): Promise<Record<string, unknown>[]>;
}

async function startStuck(floor: Floor, options: TestSiteOptions = {}): Promise<Stuck> {
  const act = implement(work, ({ input, sagaId }) => {
    if (floor.broken) throw new Error('the arm is off');
    floor.done.push({ saga: sagaId, value: input.value });
    return { value: input.value + 1 };
  });
  const site = await startSite({
    plant: createPlant([]),
    ...options,
    parts: {
      sagas: [stuck, other, careful],
      activities: [act, implement(blind, () => new Promise<Numbers>(() => {}))],
      ...options.parts,
    },
  });
  const ended = new Map<string, string>();
  site.orchestrator.onSagaEnded((sagaId, status) => ended.set(sagaId, status));
  const letters = () => site.orchestrator.deadLetters.list({ state: 'open', limit: 500 });
  return {
    ...site,
    ended,
    letters,
    async strand(name, ...ids) {
      await Promise.all(ids.map((id, index) => site.orchestrator.startSaga(name, id, { value: index })));
      const waiting = () => site.orchestrator.tasks().filter(({ sagaId }) => ids.includes(sagaId));
      await until('all of them are stuck', () => waiting().length === ids.length);
      return (await letters()).filter(({ sagaId }) => ids.includes(sagaId));
    },
    async audit(type) {
      const records = await site.store.readLog(offset(0), { types: [type], countMax: 5_000 });
      return records.map(({ event }) => event.data as Record<string, unknown>);
    },
  };
}

const newFloor = (): Floor => ({ broken: true, done: [] });
const many = (more: Partial<RedriveMany> = {}): RedriveMany => ({
  reason: 'the arm is on again',
  filter: {},
  all: true,
  countMax: 100,
  dryRun: false,
  ...more,
});
const idsOf = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

describe('a dead letter', () => {
  test('has its cause, its context, its task with a deadline, and its runbook', async () => {
    const site = await startStuck(newFloor(), { clock: createFakeClock() });
    const [letter] = await site.strand('stuck', 's-1');
    expect(letter).toMatchObject({
      sagaId: 's-1',
      definition: 'stuck',
      step: 'one',
      title: 'Work',
      role: 'action',
      activity: 'letter.work@1',
      device: null,
      attempts: 1,
      input: { value: 0 },
      closedAt: null,
    });
    expect(letter?.reason).toContain('the arm is off');
    const task = site.orchestrator.tasks()[0] as Task;
    expect(task.taskId).toBe(letter?.taskId);
    const { runbook } = await site.orchestrator.deadLetters.get(task.taskId);
    expect(runbook).toMatchObject({ cause: letter?.cause, deadlineAt: task.dueAt });
    const presses = runbook.actions.flatMap(({ request }) => request?.body.decision ?? []);
    expect(presses).toEqual(expect.arrayContaining(['retry', 'cancel']));
    expect(presses).not.toContain('skip');
  });

  test('goes on from its failed step with an edited input, and that is kept with who and why', async () => {
    const floor = newFloor();
    const site = await startStuck(floor);
    const [letter] = await site.strand('stuck', 's-1');
    const taskId = letter?.taskId ?? '';
    floor.broken = false;
    const { deadLetters } = site.orchestrator;
    await expect(
      deadLetters.redrive(taskId, 'ann', { reason: 'typo', input: { value: '70' } }),
    ).rejects.toMatchObject({
      code: 'SAGA_REDRIVE_INPUT',
      message: expect.stringContaining('/value is text'),
    });
    const closed = await deadLetters.redrive(taskId, 'ann', { reason: 'wrong value', input: { value: 70 } });
    expect(closed).toMatchObject({
      closedBy: 'ann',
      decision: 'retry',
      note: 'wrong value',
      input: { value: 0 },
      inputAfter: { value: 70 },
    });
    await until('it ends', () => site.ended.get('s-1') === 'completed');
    expect(floor.done).toEqual([{ saga: 's-1', value: 70 }]);
    expect(await site.audit(deadLetterRedriven.type)).toMatchObject([
      {
        taskId,
        by: 'ann',
        reason: 'wrong value',
        decision: 'retry',
        before: { value: 0 },
        after: { value: 70 },
      },
    ]);
    await expect(deadLetters.redrive(taskId, 'ann', { reason: 'again' })).rejects.toMatchObject({
      code: 'SAGA_DEAD_LETTER_CLOSED',
    });
    await expect(deadLetters.get('s-9:t1')).rejects.toMatchObject({ code: 'SAGA_DEAD_LETTER_NOT_FOUND' });
  });

  test('that somebody has claimed is left to them', async () => {
    const site = await startStuck(newFloor());
    const [letter] = await site.strand('stuck', 's-1');
    const taskId = letter?.taskId ?? '';
    await site.orchestrator.claimTask(taskId, 'bob');
    await expect(
      site.orchestrator.deadLetters.redrive(taskId, 'ann', { reason: 'now' }),
    ).rejects.toMatchObject({
      code: 'SAGA_TASK_TAKEN',
      message: expect.stringContaining('bob'),
    });
    expect(await site.letters()).toHaveLength(1);
  });

  test('whose saga is cancelled is closed with it', async () => {
    const site = await startStuck(newFloor());
    await site.strand('stuck', 's-1');
    await site.orchestrator.cancelSaga('s-1', 'ann', 'not wanted');
    await until('it ends', () => site.ended.get('s-1') === 'cancelled');
    expect(await site.letters()).toEqual([]);
    expect(await site.orchestrator.deadLetters.list({ state: 'closed', limit: 9 })).toMatchObject([
      { sagaId: 's-1', closedBy: null, decision: null },
    ]);
  });

  test('calls whom its runbook names, and nobody else', async () => {
    const told: { channels: readonly string[]; notice: Notice }[] = [];
    const notices = {
      answered: () => [],
      ops: (channels: readonly string[], notice: Notice) => {
        told.push({ channels, notice });
        return [];
      },
      wake() {},
    };
    const shipped = shippedRunbooks();
    const calling = Object.fromEntries(
      Object.entries(shipped).map(([cause, runbook]) => [
        cause,
        { ...runbook, actions: ['retry', { call: 'lead' }] },
      ]),
    ) as unknown as typeof shipped;
    const site = await startStuck(newFloor(), { parts: { runbooks: calling, tasks: { notices } } });
    const [letter] = await site.strand('stuck', 's-1');
    const taskId = letter?.taskId ?? '';
    await site.orchestrator.deadLetters.call(taskId, 'lead', 'ann');
    expect(told.at(-1)).toMatchObject({ channels: ['lead'], notice: { taskId, reason: 'called' } });
    expect(await site.audit(deadLetterCalled.type)).toMatchObject([{ taskId, channel: 'lead', by: 'ann' }]);
    await expect(site.orchestrator.deadLetters.call(taskId, 'boss', 'ann')).rejects.toMatchObject({
      code: 'SAGA_DEAD_LETTER_CALL',
    });
  });
});

describe('a list', () => {
  test('is filtered and comes in pages', async () => {
    const site = await startStuck(newFloor());
    await site.strand('stuck', ...idsOf('s', 3));
    await site.strand('other', ...idsOf('o', 2));
    const list = site.orchestrator.deadLetters.list;
    const ids = async (query: Partial<Parameters<typeof list>[0]>) =>
      (await list({ state: 'open', limit: 100, ...query })).map(({ sagaId }) => sagaId).sort();
    expect(await ids({ definition: 'other' })).toEqual(['o-0', 'o-1']);
    expect(await ids({ step: 'one' })).toEqual(['s-0', 's-1', 's-2']);
    expect(await ids({ cause: 'unknown-outcome' })).toEqual([]);
    expect(await ids({ device: 'amr-1' })).toEqual([]);
    expect(await ids({ from: '2099-01-01T00:00:00.000Z' })).toEqual([]);
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await list({ state: 'open', limit: 2, ...(after === undefined ? {} : { after }) });
      seen.push(...page.map(({ sagaId }) => sagaId));
      after = page.at(-1)?.taskId;
      if (after === undefined) break;
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
  });
});

describe('a re-drive of many', () => {
  test('tells before what it would do, and does that', async () => {
    const floor = newFloor();
    const site = await startStuck(floor);
    await site.strand('stuck', ...idsOf('s', 20));
    await site.strand('other', 'o-0');
    const { deadLetters } = site.orchestrator;
    floor.broken = false;
    const { all: _all, ...order } = many({ filter: { definition: 'stuck' }, patch: { value: 500 } });
    const planned = await deadLetters.plan(order);
    expect(planned).toHaveLength(20);
    expect(planned[0]).toMatchObject({ does: 'retry', after: { value: 500 }, problem: null });
    expect(floor.done).toEqual([]);

    const { redriveId } = await deadLetters.redriveMany('ann', order);
    const isDone = async () => (await deadLetters.redriveDetail(redriveId)).state === 'done';
    await eventually('it is done', isDone);
    await until('all of them end', () => site.ended.size === 20);
    expect(await deadLetters.redriveDetail(redriveId)).toMatchObject({
      total: 20,
      pending: 0,
      done: 20,
      left: 0,
    });
    expect(floor.done.map(({ value }) => value)).toEqual(Array(20).fill(500));
    expect((await site.letters()).map(({ sagaId }) => sagaId)).toEqual(['o-0']);
    expect(await site.audit(deadLetterRedriven.type)).toHaveLength(20);
    expect(await site.audit(deadLettersRedrive.type)).toMatchObject([
      { state: 'running' },
      { state: 'done' },
    ]);
  });

  test('of all of them must be meant', async () => {
    const site = await startStuck(newFloor());
    const [letter] = await site.strand('stuck', 's-0');
    const { deadLetters } = site.orchestrator;
    const { all: _all, ...order } = many();
    await expect(deadLetters.plan(order)).rejects.toMatchObject({ code: 'SAGA_REDRIVE_ALL' });
    await expect(deadLetters.redriveMany('ann', order)).rejects.toMatchObject({
      code: 'SAGA_REDRIVE_ALL',
      hint: expect.stringContaining('--all'),
    });
    expect([await deadLetters.redrives(), await site.letters()]).toEqual([[], [letter]]);
  });

  test('leaves what it may not touch, each with its reason', async () => {
    const floor = newFloor();
    const site = await startStuck(floor);
    const letters = await site.strand('stuck', 's-0', 's-1', 's-2');
    await site.orchestrator.claimTask(letters[1]?.taskId ?? '', 'bob');
    const { deadLetters } = site.orchestrator;
    const wrong = await deadLetters.redriveMany('ann', many({ patch: { amount: 1 } }));
    expect(wrong).toMatchObject({ total: 3, left: 3 });
    expect(wrong.letters[0]?.detail).toContain('/amount: there is no such entry');
    floor.broken = false;
    const { redriveId } = await deadLetters.redriveMany('ann', many());
    await eventually('it is done', async () => (await deadLetters.redriveDetail(redriveId)).state === 'done');
    const detail = await deadLetters.redriveDetail(redriveId);
    expect(detail).toMatchObject({ done: 2, left: 1 });
    expect(detail.letters.find(({ state }) => state === 'left')).toEqual({
      taskId: letters[1]?.taskId,
      state: 'left',
      detail: 'its task is with somebody else',
    });
    expect(await site.letters()).toHaveLength(1);
  });

  test('never does again blindly what may have been done', async () => {
    const dir = temporaryFolder();
    const floor = newFloor();
    const first = await startStuck(floor, { dir });
    await first.orchestrator.startSaga('careful', 'c-1', { value: 1 });
    await until('it runs', () => first.orchestrator.stats().transitions >= 1);
    await first.close();
    const site = await startStuck(floor, { dir });
    await until('a person is asked', () => site.orchestrator.tasks().length === 1);
    const { deadLetters } = site.orchestrator;
    expect(await deadLetters.plan(many())).toMatchObject([{ does: 'ask', problem: null }]);
    expect(await deadLetters.plan(many({ patch: { value: 2 } }))).toMatchObject([
      { does: 'ask', problem: expect.stringContaining('nobody knows whether it was done') },
    ]);
  });

  test('goes on after a restart where it was, and does nothing twice', async () => {
    const dir = temporaryFolder();
    const floor = newFloor();
    const first = await startStuck(floor, { dir });
    const count = 120;
    await first.strand('stuck', ...idsOf('s', count));
    floor.broken = false;
    const { redriveId } = await first.orchestrator.deadLetters.redriveMany('ann', many({ countMax: 1_000 }));
    await first.close();
    // It was cut short: that is what this is about.
    expect(floor.done.length).toBeLessThan(count);

    const site = await startStuck(floor, { dir });
    const { deadLetters } = site.orchestrator;
    await eventually('it is done', async () => (await deadLetters.redriveDetail(redriveId)).state === 'done');
    expect(await deadLetters.redriveDetail(redriveId)).toMatchObject({
      total: count,
      pending: 0,
      done: count,
    });
    await until('all of them are done', () => new Set(floor.done.map(({ saga }) => saga)).size === count);
    expect(await site.audit(deadLetterRedriven.type)).toHaveLength(count);
    expect(await site.letters()).toEqual([]);
  });

  test('that is stopped leaves the rest', async () => {
    const floor = newFloor();
    const site = await startStuck(floor);
    await site.strand('stuck', ...idsOf('s', 120));
    const { deadLetters } = site.orchestrator;
    floor.broken = false;
    const { redriveId } = await deadLetters.redriveMany('ann', many({ countMax: 1_000 }));
    const detail = await deadLetters.stopRedrive(redriveId);
    expect(detail).toMatchObject({ state: 'stopped', total: 120, pending: 0 });
    expect(detail.left).toBeGreaterThan(0);
    expect((await deadLetters.redrives())[0]).toMatchObject({ redriveId, state: 'stopped' });
    await expect(deadLetters.stopRedrive('none')).rejects.toMatchObject({ code: 'SAGA_REDRIVE_NOT_FOUND' });
  });
});

async function eventually(what: string, probe: () => Promise<boolean>): Promise<void> {
  let met = false;
  let asking = false;
  await until(what, () => {
    if (!asking) {
      asking = true;
      void probe()
        .then((value) => {
          met = value;
        })
        .finally(() => {
          asking = false;
        });
    }
    return met;
  });
}
