import { readdirSync, readFileSync } from 'node:fs';
import { Type } from 'typebox';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { CommandPort } from '#contracts/commands.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { Store } from '#contracts/store.ts';
import {
  ActivityFailure,
  commandActivity,
  defineSaga,
  definitionHash,
  goOn,
  implement,
  localActivity,
} from '../../local-orchestrator/index.ts';
import { createShadows, type ShadowParts } from '../../local-orchestrator/rollout/shadows.ts';
import { until } from '../support/until.ts';
import { startSite, type TestSite, temporaryFolder } from './site.ts';

interface Input {
  readonly place: string;
  readonly fails: number;
}
const drive = commandActivity('MobileRobot', 'goTo');
const note = localActivity<{ words: string; fails: number }, { words: string }>('test.note', 1);
const amr = 'amr-1';

/** Ways in which a version may differ from the first. */
interface Difference {
  readonly version: number;
  readonly via?: string;
  readonly words?: string;
  readonly late?: boolean;
  readonly without?: boolean;
  readonly asks?: boolean;
  readonly attempts?: number;
}

function define(difference: Difference): SagaDefinition {
  const {
    version,
    via,
    words = 'there',
    late = false,
    without = false,
    asks = false,
    attempts = 3,
  } = difference;
  const goTo = (place: string) => ({ target: amr, epoch: 1, args: { place } });
  let saga = defineSaga<Input>('trip').step('drive', drive, {
    title: 'Drive there',
    input: ({ input }) => ({ target: amr, epoch: 1, args: { place: input.place } }),
    undo: { activity: drive, title: 'Drive back', input: () => goTo('park-1') },
  });
  if (via !== undefined) saga = saga.step('detour', drive, { title: 'Drive by', input: () => goTo(via) });
  const tell = (builder: typeof saga) =>
    builder.step('tell', note, {
      title: 'Tell',
      retry: { attempts, firstMs: 1, capMs: 1 },
      input: ({ input }) => ({ words, fails: input.fails }),
    });
  if (!late && !without) saga = tell(saga);
  saga = saga.signal('loaded', { title: 'Loaded', signal: 'loaded', payload: Type.Object({}) });
  if (asks) {
    saga = saga.task('check', {
      kind: 'check',
      title: 'Check it',
      text: () => 'Is it well?',
      decisions: { yes: { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn } },
    });
  }
  saga = saga.step('home', drive, { title: 'Drive home', input: () => goTo('park-1') });
  if (late) saga = tell(saga);
  return saga.end({ title: 'Trip', version, output: ({ input }) => ({ place: input.place }) });
}

const real = define({ version: 1 });

/** Makes versions known to the store, as earlier releases would have. */
async function startTrips(versions: readonly SagaDefinition[]): Promise<TestSite> {
  const dir = temporaryFolder();
  const tries = new Map<string, number>();
  const activities = [
    implement(note, ({ input, key }) => {
      const tried = (tries.get(key) ?? 0) + 1;
      tries.set(key, tried);
      if (tried <= input.fails) throw new ActivityFailure('BUSY', 'nobody listens', true);
      return { words: input.words };
    }),
  ];
  for (const version of versions) {
    const site = await startSite({ dir, parts: { sagas: [version], activities } });
    await site.close();
  }
  return startSite({ dir, parts: { sagas: [real], activities } });
}

async function travel(site: TestSite, sagaId: string, fails = 0): Promise<void> {
  let ended = false;
  const unlisten = site.orchestrator.onSagaEnded((id) => {
    ended ||= id === sagaId;
  });
  await site.orchestrator.startSaga('trip', sagaId, { place: 'rack-1', fails });
  await site.orchestrator.signal(sagaId, { id: `loaded-${sagaId}`, name: 'loaded', payload: {} });
  await until(`${sagaId} has ended`, () => ended);
  unlisten();
}

async function shadowed(site: TestSite, version: SagaDefinition, fails = 0) {
  const { shadows } = site.orchestrator.versions;
  const { shadowId } = await shadows.start(
    { name: 'trip', hash: definitionHash(version), reason: 'a try' },
    'ann',
  );
  const sagaId = `trip-${version.version}`;
  await travel(site, sagaId, fails);
  const shadow = await settled(site, shadowId, 1);
  await shadows.end(shadowId, 'ann', 'seen enough');
  const reports = await shadows.reports(shadowId, 10);
  return { shadow, report: reports.find((report) => report.sagaId === sagaId) };
}

async function settled(site: TestSite, shadowId: string, count: number) {
  for (;;) {
    const shadow = (await site.orchestrator.versions.shadows.list()).find((one) => one.shadowId === shadowId);
    if (shadow !== undefined && shadow.same + shadow.different >= count) return shadow;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a shadow', () => {
  test.each<[string, Difference, number, string[]]>([
    ['the same in other words', { version: 2, attempts: 4 }, 0, []],
    ['the same through two failures', { version: 3, attempts: 4 }, 2, []],
    ['another input', { version: 4, words: 'here' }, 0, ['input']],
    ['one act more', { version: 5, via: 'rack-2' }, 0, ['added', 'no-outcome']],
    ['one act less', { version: 6, without: true }, 0, ['left-out']],
    ['another order', { version: 7, late: true }, 0, ['order']],
    ['a person more', { version: 8, asks: true }, 0, ['added', 'no-outcome']],
    ['amends that were never made', { version: 9, attempts: 1 }, 1, ['added', 'no-outcome']],
  ])('reports %s', async (_name, difference, fails, kinds) => {
    const version = define(difference);
    const site = await startTrips([version]);
    const { shadow, report } = await shadowed(site, version, fails);
    expect([shadow.same, shadow.different]).toEqual(kinds.length === 0 ? [1, 0] : [0, 1]);
    if (kinds.length > 0) expect(report?.first).toEqual(report?.divergences[0]);
    expect(report?.divergences.map(({ kind }) => kind) ?? []).toEqual(kinds);
    if (kinds.length === 0) expect(report).toBeUndefined();
  });

  test('sends no command, opens no task and writes no saga: the site is as it would be without it', async () => {
    const eager = define({ version: 2, via: 'rack-2', asks: true });
    const other = define({ version: 3, words: 'here', asks: true });
    const site = await startTrips([eager, other]);
    const { shadows } = site.orchestrator.versions;
    await travel(site, 'alone');
    const alone = site.plant.submitted.length;
    expect(alone).toBeGreaterThan(0);
    const rows = async () =>
      (await site.store.query('rollout.versions', { name: 'trip', countMax: 10 })).length;
    const before = await rows();

    const began = [];
    for (const version of [eager, other]) {
      began.push(
        await shadows.start({ name: 'trip', hash: definitionHash(version), reason: 'a try' }, 'ann'),
      );
    }
    for (const n of [1, 2, 3]) await travel(site, `seen-${n}`);
    for (const { shadowId } of began) {
      const { same, different } = await settled(site, shadowId, 3);
      expect([same, different]).toEqual([0, 3]);
    }
    // The port sees what the real sagas ask for, and not one command more.
    expect(site.plant.submitted).toHaveLength(4 * alone);
    expect(site.plant.submitted.map(({ call }) => call.args.place)).not.toContain('rack-2');
    expect(site.plant.effects).toHaveLength(4 * alone);
    expect(site.orchestrator.tasks()).toEqual([]);
    expect((await site.orchestrator.history.search({ name: 'trip' })).sagas).toHaveLength(4);
    expect(await rows()).toBe(before);
  });

  test('goes on after a restart, counts each saga once, and forgets none', async () => {
    const dir = temporaryFolder();
    const version = define({ version: 2, words: 'here' });
    const activities = [implement(note, ({ input }) => ({ words: input.words }))];
    const open = (definition: SagaDefinition) =>
      startSite({ dir, parts: { sagas: [definition], activities } });
    await (await open(version)).close();
    const first = await open(real);
    await travel(first, 'before');
    const { shadowId } = await first.orchestrator.versions.shadows.start(
      { name: 'trip', hash: definitionHash(version), reason: 'a try' },
      'ann',
    );
    await travel(first, 'one');
    await first.close();
    const second = await open(real);
    await travel(second, 'two');
    const { same, different } = await settled(second, shadowId, 2);
    expect([same, different]).toEqual([0, 2]);
    const reports = await second.orchestrator.versions.shadows.reports(shadowId, 10);
    expect(reports.map(({ sagaId }) => sagaId)).toEqual(['two', 'one']);
  });

  test('is not handed what it could act with, and the types say so', () => {
    expectTypeOf<keyof ShadowParts>().toEqualTypeOf<
      'desk' | 'log' | 'recordingOf' | 'definitionOf' | 'find'
    >();
    expectTypeOf<ShadowParts[keyof ShadowParts]>().not.toExtend<CommandPort>();
    expectTypeOf<CommandPort>().not.toExtend<ShadowParts[keyof ShadowParts]>();
    expectTypeOf<Store>().not.toExtend<ShadowParts[keyof ShadowParts]>();
    const parts = {} as ShadowParts & { commands: CommandPort };
    // @ts-expect-error a shadow takes no command port
    const make = () => createShadows({ ...parts, commands: parts.commands } satisfies ShadowParts);
    expect(make).toBeTypeOf('function');
  });

  test('neither it nor what it plays with imports anything that acts', () => {
    const room = new URL('../../local-orchestrator/rollout/', import.meta.url);
    const files = readdirSync(room).filter((file) => /shadows|play-shadow|recording|past/.test(file));
    expect(files).toHaveLength(4);
    for (const file of files) {
      const text = readFileSync(new URL(file, room), 'utf8');
      expect(text, file).not.toMatch(
        /commands\.ts|contracts\/store|hands|runners|task-desk|committer|engine\/engine/,
      );
    }
  });
});
