import { isApplianceError } from '#contracts/errors.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { workOrderCancelRequested } from '#contracts/events/order.ts';
import { crashPoints, startTestSite } from '../../../appliance/test-kit/index.ts';
import {
  between,
  type CrashPlan,
  chanceOf,
  type FaultPlan,
  pick,
  randomFaults,
  type TestSite,
} from '../../../local-orchestrator/test-kit/index.ts';
import { checkSagas } from './check-sagas.ts';
import { simPeople } from './people.ts';
import { CHILD, PARENT, type RandomSaga, randomSaga } from './random-saga.ts';
import { createWorld } from './world.ts';

/** What became of one seed. */
export interface SeedReport {
  readonly seed: number;
  /** Kinds of nodes that its sagas are made of. */
  readonly kinds: ReadonlySet<string>;
  /** Faults, crashes and races that were planned, and whether they came about. */
  readonly planned: readonly string[];
  readonly fired: ReadonlyMap<string, number>;
  readonly ends: readonly string[];
  readonly problems: readonly string[];
}

const HOUR_MS = 3_600_000;
/** Half an hour before clocks go forward, and before they go back, in the zone of the site. */
const BEFORE_DST_MS = [Date.UTC(2026, 2, 29, 0, 30), Date.UTC(2026, 9, 25, 0, 30)];
const SAGAS = ['saga-1', 'saga-2'];
const WITHIN_MS = 60 * 24 * HOUR_MS;

/** One site, a few sagas, everything that can go wrong; then everything that was promised is looked at. */
export async function runSeed(seed: number): Promise<SeedReport> {
  const random = chanceOf(seed, 'plan');
  const isDst = random() < 0.2;
  let site: TestSite | undefined;
  const world = createWorld(() => site?.effects() ?? []);
  const child = randomSaga(CHILD, chanceOf(seed, CHILD), world.code);
  const parent = randomSaga(PARENT, chanceOf(seed, PARENT), world.code);
  const crashes = Array.from({ length: between(random, 0, 3) }, (): CrashPlan => {
    const down = pick(random, [0, 0, '30 s', '2 h', '3 d'] as const);
    const at = pick(random, crashPoints);
    // Some points are passed a thousand times, others once.
    return { at, nth: at === 'after-mark' ? 1 : between(random, 1, pick(random, [2, 10, 40])), down };
  });
  site = await startTestSite({
    seed,
    startMs: isDst ? pick(random, BEFORE_DST_MS) : Date.UTC(2026, 5, 1),
    sagas: [child.definition, parent.definition],
    activities: world.activities,
    faults: [brokenFor(seed), randomFaults(seed, { share: pick(random, [0, 0.15, 0.4, 0.7]) })],
    crashes,
    people: simPeople(world, () => site),
    ...(random() < 0.5 ? { tookMs: () => 20_000 } : {}),
    parts: { site: { id: 'sim', timeZone: 'Europe/Berlin' } },
  });
  const planned = crashes.map(({ at }) => `crash ${at}`);
  try {
    const disturbances = disturb(site, parent, random);
    const problems = await live(site, parent, random, disturbances);
    problems.push(...(await checkSagas(site, world)));
    await site.keepsItsPromises().catch((error: Error) => problems.push(error.message));
    const ends = await Promise.all(SAGAS.map(async (id) => (await site?.saga(id))?.status ?? 'none'));
    const fired = new Map([...site.fired, ...disturbances.fired]);
    return {
      seed,
      kinds: new Set([...parent.kinds, ...child.kinds]),
      planned: [...planned, ...disturbances.planned],
      fired,
      ends,
      problems,
    };
  } finally {
    site.close();
  }
}

/** Some work cannot be done, however often it is tried; amends at last can. */
function brokenFor(seed: number): FaultPlan {
  return ({ commandId }) => {
    const [, key = '', attempt = ''] = /^(.*):a(\d+)$/.exec(commandId) ?? [];
    if (chanceOf(seed, `broken ${key}`)() > BROKEN_SHARE) return undefined;
    if (key.endsWith(':undo') && Number(attempt) > BROKEN_AMENDS_MAX) return undefined;
    return { kind: 'failed', code: 'BROKEN', retryable: false };
  };
}
const BROKEN_SHARE = 0.12;
const BROKEN_AMENDS_MAX = 2;

interface Disturbances {
  readonly planned: string[];
  readonly fired: Map<string, number>;
  readonly errors: string[];
}

/** Plans what happens around the sagas while they run: clocks that are set, cancellations, signals of all sorts. */
function disturb(site: TestSite, { signals }: RandomSaga, random: () => number): Disturbances {
  const told: Disturbances = { planned: [], fired: new Map(), errors: [] };
  const happened = (what: string) => void told.fired.set(what, (told.fired.get(what) ?? 0) + 1);
  const plan = (what: string, afterMs: number, act: () => unknown) => {
    told.planned.push(what);
    site.clock.after(afterMs, () => {
      Promise.resolve(act()).then(
        () => happened(what),
        (error: unknown) => told.errors.push(`${what}: ${String(error)}`),
      );
    });
  };
  for (let left = between(random, 0, 2); left > 0; left -= 1) {
    const byMs = pick(random, [HOUR_MS, -HOUR_MS]);
    plan(byMs > 0 ? 'clock forward' : 'clock back', between(random, 1, 2 * HOUR_MS), () =>
      site.clock.jumpWall(byMs),
    );
  }
  // Of an order that nobody knows: read from the log, and marked as read.
  plan('order cancelled', between(random, 0, HOUR_MS), async () => {
    const data = { orderId: 'nobody', requestedBy: 'ann', reason: 'why not' };
    const context = { site: 'sim', component: 'test', nowMs: site.clock.nowMs(), correlationId: 'nobody' };
    const event = createEvent(workOrderCancelRequested, 'nobody', data, context);
    const { store, over } = await site.running();
    await Promise.race([store.commit([{ op: 'append', event }]), over]);
  });
  for (const sagaId of SAGAS) {
    if (random() < 0.2) {
      plan('cancel', between(random, 0, 2 * HOUR_MS), () => site.cancel(sagaId));
    }
    const names = [...new Set(signals)];
    if (names.length === 0) continue;
    const [first] = names;
    if (first !== undefined && random() < 0.5) {
      const id = `${sagaId} twice`;
      const atMs = between(random, 1, HOUR_MS);
      const send = () => site.signal(sagaId, first, {}, id).catch(unlessEnded);
      plan('signal', atMs, send);
      plan('duplicate signal', atMs + between(random, 0, HOUR_MS), send);
    }
    // So that nobody waits for ever; of two at once, the one that was sent last comes first.
    for (let round = 1; round <= SIGNAL_ROUNDS; round += 1) {
      for (const name of names.toReversed()) {
        site.clock.after(round * HOUR_MS, () => {
          site.signal(sagaId, name, {}, `${sagaId} ${name} ${round}`).catch(() => {});
        });
      }
    }
  }
  return told;
}
const SIGNAL_ROUNDS = 60;
/** A saga that has ended takes nothing more, and says so. */
const unlessEnded = (error: unknown) => {
  if (!isApplianceError(error, 'SAGA_ENDED')) throw error;
};

/** Begins the sagas and lets time pass until they have ended. */
async function live(
  site: TestSite,
  { signals }: RandomSaga,
  random: () => number,
  { fired, errors }: Disturbances,
): Promise<string[]> {
  const [early] = signals;
  if (early !== undefined && random() < 0.5) {
    await site.signal(SAGAS[0] ?? '', early, {}, 'before it began');
    fired.set('early signal', 1);
  }
  for (const sagaId of SAGAS) {
    await site.start(PARENT, sagaId, { name: sagaId });
    // A client that did not hear the answer asks again.
    if (random() < 0.2) {
      await site.start(PARENT, sagaId, { name: sagaId });
      fired.set('begun twice', 1);
    }
  }
  // Children that were left to themselves come to their end as well.
  const endMs = site.clock.monotonicMs() + WITHIN_MS;
  while (site.clock.monotonicMs() < endMs && !(await haveAllEnded(site))) await site.pass('1 h');
  if (early !== undefined) {
    await site.signal(SAGAS[0] ?? '', early, {}, 'after it ended').catch((error: unknown) => {
      if (isApplianceError(error, 'SAGA_ENDED')) fired.set('late signal', 1);
    });
  }
  await site.pass('1 h');
  return [...errors];
}

async function haveAllEnded(site: TestSite): Promise<boolean> {
  const { orchestrator, over } = await site.running();
  const page = await Promise.race([orchestrator.history.search({}), over]);
  return page?.sagas.every(({ status }) => status !== 'running' && status !== 'compensating') ?? false;
}
