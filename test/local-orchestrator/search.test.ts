import { describe, expect, test } from 'vitest';
import { SAGA_COUNT_MAX, type SagaPage, type SagaQuery, type SagaSummary } from '#contracts/saga-api.ts';
import type { StoreOp } from '#contracts/store.ts';
import {
  ActivityFailure,
  defineSaga,
  endFailed,
  implement,
  localActivity,
} from '../../local-orchestrator/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { createPlant } from './plant.ts';
import { startSite, type TestSite, temporaryFolder } from './site.ts';

interface Input {
  readonly zone: string;
  readonly customer: string;
  readonly fails: boolean;
  readonly waits: boolean;
}
const work = localActivity<{ fails: boolean }, { done: boolean }>('test.work', 1);

const define = (name: string, version: number) =>
  defineSaga<Input>(name)
    .step('reserve', work, {
      title: 'Reserve',
      input: () => ({ fails: false }),
      undo: { activity: work, title: 'Free', input: () => ({ fails: false }) },
    })
    .branch('late', {
      title: 'Comes late',
      when: ({ input }) => input.waits,
      way: (saga) => saga.timer('night', { title: 'Night', delayMs: () => 86_400_000 }),
    })
    .step('act', work, {
      title: 'Act',
      retry: { attempts: 1 },
      input: ({ input }) => ({ fails: input.fails }),
      onFailure: { '*': endFailed('it did not work') },
    })
    .end({ title: name, version, search: ({ input }) => ({ zone: input.zone, customer: input.customer }) });

const runs = implement(work, ({ input }) => {
  if (input.fails) throw new ActivityFailure('NO', 'it said no', false);
  return { done: true };
});

const customers = ['ACME Corp.', 'Müller & Söhne', 'Acme Spare Parts', 'Nord'];
const BEGIN_MS = Date.UTC(2026, 0, 1);

/** What is looked for, told by looking at every one of them. */
function matches(saga: SagaSummary, query: SagaQuery): boolean {
  const words = (text: string) =>
    text
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== '');
  const all = words(Object.values(saga.attributes).join(' '));
  return (
    (query.name === undefined || saga.name === query.name) &&
    (query.status === undefined || saga.status === query.status) &&
    (query.version === undefined || saga.version === query.version) &&
    (query.hash === undefined || saga.hash.startsWith(query.hash)) &&
    (query.id === undefined || saga.sagaId.startsWith(query.id)) &&
    (query.correlation === undefined || saga.correlationId.startsWith(query.correlation)) &&
    (query.from === undefined || saga.startedAt >= query.from) &&
    (query.to === undefined || saga.startedAt < query.to) &&
    (query.attribute ?? []).every((one) => {
      const [name = '', value = ''] = one.split('=');
      return saga.attributes[name]?.toLowerCase() === value.toLowerCase();
    }) &&
    (query.text === undefined || words(query.text).every((word) => all.includes(word)))
  );
}

async function everything(site: TestSite, query: SagaQuery): Promise<SagaSummary[]> {
  const found: SagaSummary[] = [];
  let after: string | undefined;
  let count: SagaPage['count'] = null;
  do {
    const page = await site.orchestrator.history.search({
      ...query,
      limit: 7,
      ...(after === undefined ? {} : { after }),
    });
    expect(page.sagas.length).toBeLessThanOrEqual(7);
    found.push(...page.sagas);
    expect(page.count === null).toBe(after !== undefined);
    count ??= page.count;
    after = page.next ?? undefined;
  } while (after !== undefined);
  expect(count, JSON.stringify(query)).toEqual({ atLeast: found.length, exact: true });
  return found;
}

describe('search', () => {
  test('finds what a look at every saga finds, page after page', async () => {
    const clock = createFakeClock(BEGIN_MS);
    const dir = temporaryFolder();
    const options = { dir, clock, plant: createPlant([]) };
    const ended = new Map<string, string>();
    const begin = async (site: TestSite, name: string, from: number) => {
      site.orchestrator.onSagaEnded((sagaId, status) => ended.set(sagaId, status));
      for (let index = from; index < from + 40; index += 1) {
        const input = {
          zone: `zone-${index % 3}`,
          customer: customers[index % 4] ?? '',
          fails: index % 5 === 0,
          waits: index % 7 === 0,
        };
        const correlationId = `order-${Math.floor(index / 2)}`;
        await site.orchestrator.startSaga(name, `${name}:${index}`, input, { correlationId });
        if (index % 10 === 0) clock.jumpWall(60_000);
      }
    };
    const parts = { sagas: [define('alpha', 1), define('beta', 1)], activities: [runs] };
    const first = await startSite({ ...options, parts });
    await begin(first, 'alpha', 0);
    await begin(first, 'beta', 100);
    await until('all of the first release that do not wait have ended', () => ended.size >= 80 - 12);
    await first.close();
    const next = { ...parts, sagas: [define('alpha', 2), define('beta', 1)] };
    const site = await startSite({ ...options, parts: next });
    await begin(site, 'alpha', 200);
    await site.orchestrator.cancelSaga('alpha:7', 'ann', 'not needed');
    await until('all that do not wait have ended', () => ended.size >= 120 - 18 + 1);

    const all = await everything(site, {});
    expect(all).toHaveLength(120);
    expect(all.map(({ startedAt }) => startedAt)).toEqual(
      all.map(({ startedAt }) => startedAt).toSorted((a, b) => (a < b ? 1 : -1)),
    );
    const hash = all.find(({ version }) => version === 2)?.hash ?? '';
    const middle = all[60]?.startedAt ?? '';
    const queries: SagaQuery[] = [
      { name: 'alpha' },
      { name: 'alpha', version: 2 },
      { name: 'alpha', version: 1, status: 'compensated' },
      { hash: hash.slice(0, 10) },
      { hash, attribute: ['zone=zone-1'] },
      { status: 'running' },
      { status: 'running', name: 'beta' },
      { status: 'completed', name: 'beta' },
      { status: 'compensated' },
      { status: 'cancelled' },
      { from: middle },
      { to: middle, name: 'alpha' },
      { from: middle, status: 'compensated' },
      { id: 'alpha:2' },
      { id: 'alpha:2', status: 'completed' },
      { correlation: 'order-1' },
      { correlation: 'order-10', name: 'beta' },
      { attribute: ['zone=ZONE-2'] },
      { attribute: ['customer=Müller & Söhne'], name: 'alpha' },
      { attribute: ['customer=ACME Corp.', 'zone=zone-1'], status: 'cancelled' },
      { attribute: ['zone=zone-1'], from: middle },
      { attribute: ['customer=Acme Corp.'] },
      { attribute: ['customer=Acme', 'zone=zone-1'] },
      { attribute: ['zone=zone-1', 'customer=nord'], status: 'completed' },
      { text: 'acme' },
      { text: 'ACME parts' },
      { text: 'muller' },
      { text: 'acme zone 2', to: middle },
      { text: '"acme" OR nord' },
      { name: 'nobody' },
      { name: 'alpha', version: 9 },
    ];
    for (const query of queries) {
      const found = (await everything(site, query)).map(({ sagaId }) => sagaId);
      const expected = all.filter((saga) => matches(saga, query)).map(({ sagaId }) => sagaId);
      const byId = query.id !== undefined || query.correlation !== undefined;
      expect(byId ? found.toSorted() : found, JSON.stringify(query)).toEqual(
        byId ? expected.toSorted() : expected,
      );
    }
    expect(queries.filter((query) => all.some((saga) => matches(saga, query))).length).toBeGreaterThan(20);
  });

  test('a question that makes no sense is refused with the place and the cure', async () => {
    const { orchestrator } = await startSite({ plant: createPlant([]) });
    const { search } = orchestrator.history;
    const refusal = (field: string) =>
      expect.objectContaining({ code: 'API_INVALID', details: expect.objectContaining({ field }) });
    await expect(search({ text: '?!' })).rejects.toEqual(refusal('text'));
    await expect(search({ version: 2 })).rejects.toEqual(refusal('version'));
    await expect(search({ after: 'nonsense' })).rejects.toEqual(refusal('after'));
    const other = Buffer.from(JSON.stringify(['time', 'x'])).toString('base64url');
    await expect(search({ after: other })).rejects.toEqual(refusal('after'));
  });

  test('one that finds little among many stops in time, says where to go on, and gets there', async () => {
    const site = await startSite({ plant: createPlant([]) });
    const COUNT = 90_000;
    for (let from = 0; from < COUNT; from += 5_000) {
      const ops = Array.from({ length: 5_000 }, (_, index): StoreOp => insertOp(from + index));
      await site.store.commit(ops);
    }
    const { search } = site.orchestrator.history;
    const known = { name: 'many', status: 'completed' } as const;
    await site.store.commit([definitionOp()]);
    const first = await search(known);
    expect(first.sagas).toEqual([]);
    expect(first.next).not.toBeNull();
    expect(first.count).toEqual({ atLeast: 0, exact: false });
    const second = await search({ ...known, after: first.next ?? '' });
    expect(second.sagas.map(({ sagaId }) => sagaId)).toEqual(['s-0']);
    expect(second.next).toBeNull();
    expect(second.count).toBeNull();

    // What is plenty is counted up to a limit; what begins before the limit is counted to the end.
    const plenty = await search({ name: 'many', status: 'cancelled' });
    expect(plenty.sagas).toHaveLength(50);
    expect(plenty.count).toEqual({ atLeast: SAGA_COUNT_MAX, exact: false });
    const to = new Date(BEGIN_MS + SAGA_COUNT_MAX + 1).toISOString();
    expect((await search({ name: 'many', status: 'cancelled', to })).count).toEqual({
      atLeast: SAGA_COUNT_MAX,
      exact: true,
    });
  });
});

function insertOp(index: number): StoreOp {
  const params = {
    sagaId: `s-${index}`,
    hash: 'f00d',
    name: 'many',
    correlationId: `c-${index}`,
    traceparent: null,
    parentId: null,
    startedMs: BEGIN_MS + index,
    seq: 1,
    status: index === 0 ? 'completed' : 'cancelled',
    state: '{}',
    busy: 0,
    wakeMs: null,
    endedMs: BEGIN_MS + index,
    amended: 0,
    search: null,
  };
  return { op: 'run', statement: 'saga.insert', params };
}

const definitionOp = (): StoreOp => ({
  op: 'run',
  statement: 'saga.saveDefinition',
  params: {
    hash: 'f00d',
    name: 'many',
    version: 1,
    body: JSON.stringify({ ...define('many', 1), search: {} }),
    nowMs: BEGIN_MS,
  },
});
