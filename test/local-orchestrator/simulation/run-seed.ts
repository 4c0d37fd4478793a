import { crashPoints, startTestSite } from '../../../appliance/test-kit/index.ts';
import {
  between,
  type CrashPlan,
  chanceOf,
  type FaultPlan,
  lateMs,
  pick,
  randomFaults,
  siteCrashPoints,
  startTestSite as startOn,
  type TestSite,
  type TestSiteOptions,
} from '../../../local-orchestrator/test-kit/index.ts';
import { answerOf } from './asking.ts';
import { checkSagas } from './check-sagas.ts';
import { type Disturbances, disturb } from './disturb.ts';
import { CHILD, PARENT } from './making.ts';
import { createModelService } from './model-service.ts';
import { simPeople } from './people.ts';
import { type RandomSaga, randomSaga } from './random-saga.ts';
import { TIMEOUT_MS } from './random-steps.ts';
import { createRedrives } from './redrives.ts';
import { alive, sendRounds, unheard, unlessEnded } from './signals.ts';
import { openThreadedDisk } from './threaded-disk.ts';
import { createWorld, type SimWorld } from './world.ts';

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
/** Every so-manieth seed runs on the store of a real site, with its threads and its file. */
const THREADED_EVERY = 40;

/** One site, a few sagas, everything that can go wrong; then everything that was promised is looked at. */
export async function runSeed(seed: number): Promise<SeedReport> {
  const random = chanceOf(seed, 'plan');
  const isThreaded = seed % THREADED_EVERY === 0;
  let site: TestSite | undefined;
  const world = createWorld(seed, () => site);
  const models = createModelService(seed, world.happened);
  const redrives = createRedrives(() => site, world.happened);
  const child = randomSaga(CHILD, chanceOf(seed, CHILD), world.code);
  const parent = randomSaga(PARENT, chanceOf(seed, PARENT), world.code);
  const isDst = random() < 0.2;
  const crashes = randomCrashes(random, isThreaded ? siteCrashPoints : crashPoints);
  const doorMs = pick(random, [0, 20_000]);
  const options: TestSiteOptions = {
    seed,
    startMs: isDst ? pick(random, BEFORE_DST_MS) : Date.UTC(2026, 5, 1),
    sagas: [child.definition, parent.definition],
    activities: world.activities,
    faults: [
      world.devices.ended,
      brokenFor(seed),
      barredFor(seed),
      tooLate(randomFaults(seed, { share: pick(random, [0, 0.15, 0.4, 0.7]) }), world),
    ],
    crashes,
    people: simPeople(world, redrives, () => site),
    tookMs(command) {
      world.devices.begins(command);
      return doorMs;
    },
    parts: { site: { id: 'sim', timeZone: 'Europe/Berlin' }, models: models.parts },
  };
  const disk = isThreaded ? openThreadedDisk() : null;
  try {
    site = disk === null ? await startTestSite(options) : await startOn(disk, options);
    if (isThreaded) world.happened('real store');
    if (isDst) world.happened('clock changes to or from summer time');
    const disturbances = disturb(site, { sagas: SAGAS, signals: parent.signals }, random);
    const problems = await live(site, { parent, child }, random, world);
    const now = site;
    const verdict = await answerOf(now, () => checkSagas(now, world, models));
    problems.push(...disturbances.errors, ...verdict.problems, ...(await answerOf(now, redrives.broken)));
    problems.push(...world.problems, ...world.shares.problems);
    await answerOf(now, () => now.keepsItsPromises()).catch((error: Error) => problems.push(error.message));
    const { evidence, ends } = verdict;
    return {
      seed,
      kinds: new Set([...parent.kinds, ...child.kinds]),
      planned: [...crashes.map(({ at }) => `crash ${at}`), ...disturbances.planned],
      fired: firedIn(site, world, disturbances, evidence),
      ends,
      problems,
    };
  } finally {
    site?.close();
    await disk?.gone();
  }
}

const firedIn = (
  site: TestSite,
  world: SimWorld,
  { fired }: Disturbances,
  evidence: ReadonlySet<string>,
): Map<string, number> =>
  new Map([...site.fired, ...world.fired, ...fired, ...[...evidence].map((what) => [what, 1] as const)]);

function randomCrashes(random: () => number, points: readonly string[]): CrashPlan[] {
  return Array.from({ length: between(random, 0, 3) }, (): CrashPlan => {
    const down = pick(random, [0, 0, '30 s', '2 h', '3 d'] as const);
    const at = pick(random, points);
    // Some points are passed a thousand times, others once.
    const isRare = at === 'after-mark' || at.endsWith('-question');
    return { at, nth: isRare ? 1 : between(random, 1, pick(random, [2, 10, 40])), down };
  });
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

/** Some work is refused for longer than anybody waits without a word to a person. */
function barredFor(seed: number): FaultPlan {
  return ({ commandId }) => {
    const [, key = '', attempt = ''] = /^(.*):a(\d+)$/.exec(commandId) ?? [];
    if (Number(attempt) > BARRED_MAX || chanceOf(seed, `barred ${key}`)() > BARRED_SHARE) return undefined;
    return { kind: 'refused' };
  };
}
const BARRED_SHARE = 0.03;
const BARRED_MAX = 12;

/** Says of an answer that comes when nobody waits for it any more that it was one. */
const tooLate =
  (plan: FaultPlan, world: SimWorld): FaultPlan =>
  (attempt) => {
    const fault = plan(attempt);
    if (fault?.kind === 'answer-late' && lateMs(fault) > TIMEOUT_MS) world.happened('result too late');
    return fault;
  };

/** Begins the sagas and lets time pass until they have ended. */
async function live(
  site: TestSite,
  { parent, child }: { readonly parent: RandomSaga; readonly child: RandomSaga },
  random: () => number,
  { happened }: SimWorld,
): Promise<string[]> {
  const [first = ''] = SAGAS;
  const [early] = parent.signals;
  if (early !== undefined && random() < 0.5) {
    await site.signal(first, early, {}, 'before it began');
    happened('early signal');
  }
  for (const id of parent.children) {
    const [name] = child.signals;
    if (name === undefined) continue;
    await site.signal(`${first}/${id}.1`, name, {}, 'before the child began');
    happened('early signal to a child');
  }
  for (const sagaId of SAGAS) {
    await site.start(PARENT, sagaId, { name: sagaId });
    // A client that did not hear the answer asks again.
    if (random() < 0.2) {
      await site.start(PARENT, sagaId, { name: sagaId });
      happened('begun twice');
    }
  }
  const sendNoMore = sendRounds(
    site,
    new Map([parent, child].map(({ definition, signals }) => [definition.name, signals])),
  );
  const problems: string[] = [];
  // Children that were left to themselves come to their end as well.
  const endMs = site.clock.monotonicMs() + WITHIN_MS;
  do {
    await site.pass('1 h');
    problems.push(...(await unheard(site)));
  } while (site.clock.monotonicMs() < endMs && (await alive(site)).length > 0);
  sendNoMore();
  if (early !== undefined) {
    await site.signal(first, early, {}, 'after it ended').catch(unlessEnded);
    happened('late signal');
  }
  await site.pass('1 h');
  return problems;
}
