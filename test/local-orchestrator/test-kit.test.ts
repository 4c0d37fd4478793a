import { describe, expect, test } from 'vitest';
import {
  crashPoints,
  faultKinds,
  faultOn,
  randomFaults,
  startTestSite,
} from '../../appliance/test-kit/index.ts';
import {
  commandActivity,
  defineSaga,
  goOn,
  implement,
  localActivity,
} from '../../local-orchestrator/index.ts';

const remind = localActivity<{ invoice: string }, { sent: boolean }>('mail.remind', 1);
const dunning = defineSaga<{ invoice: string }>('dunning')
  .timer('wait', { title: 'Thirty days', delayMs: () => 30 * 86_400_000 })
  .step('remind', remind, { title: 'Remind', input: ({ input }) => ({ invoice: input.invoice }) })
  .end({ title: 'Dunning', version: 1, output: ({ steps }) => ({ sent: steps.remind.sent }) });

const drive = defineSaga<{ place: string }>('drive')
  .step('go', commandActivity('MobileRobot', 'goTo'), {
    title: 'Drive there',
    timeoutMs: 60_000,
    retry: { attempts: 5 },
    input: ({ input }) => ({ target: 'amr-1', epoch: 0, args: { place: input.place } }),
  })
  .end({ title: 'Drive', version: 1, output: ({ steps }) => ({ at: steps.go.place }) });

function remindRunner() {
  const sent: string[] = [];
  return {
    sent,
    runner: implement(remind, ({ input, key }) => {
      if (!sent.includes(key)) sent.push(key);
      return { sent: input.invoice !== '' };
    }),
  };
}

test('thirty days pass in a moment', async () => {
  const { runner, sent } = remindRunner();
  using site = await startTestSite({ sagas: [dunning], activities: [runner] });
  await site.start('dunning', 'd-1', { invoice: 'A' });
  await site.pass('29 d');
  expect(await site.saga('d-1')).toMatchObject({ status: 'running' });
  expect(sent).toEqual([]);
  await site.pass('1 d');
  expect(await site.saga('d-1')).toMatchObject({ status: 'completed', output: { sent: true } });
  expect(sent).toHaveLength(1);
});

test.each(faultKinds)('a robot comes there once in spite of an attempt that is %s', async (kind) => {
  using site = await startTestSite({
    sagas: [drive],
    faults: [faultOn('amr-1', { kind, by: '5 min' })],
    people: { ann: { answers: () => 'retry' } },
  });
  expect(await site.run('drive', { place: 'rack-1' })).toEqual({
    status: 'completed',
    output: { at: 'rack-1' },
    reason: 'done',
  });
  expect(site.fired.get(kind)).toBe(1);
  expect(site.plant.count('goTo')).toBe(1);
  expect(site.plant.state('amr-1')).toEqual({ place: 'rack-1' });
  await site.keepsItsPromises();
});

describe('a box that dies', () => {
  const died = new Set<string>();

  test.each(
    crashPoints.flatMap((at) => [1, 2, 3].map((nth) => [at, nth] as const)),
  )('at %s, the %i. time, keeps its promises', async (at, nth) => {
    using site = await startTestSite({
      sagas: [drive],
      crashes: [{ at, nth, down: '1 min' }],
      // So that there is something to ask about.
      faults: [faultOn('amr-1', 'answer-lost')],
      tookMs: () => 5_000,
    });
    for (const sagaId of ['there', 'back']) {
      const { status } = await site.run('drive', { place: sagaId }, { sagaId });
      expect(status).toBe('completed');
    }
    expect(site.plant.count('goTo')).toBe(2);
    await site.keepsItsPromises();
    for (const what of site.fired.keys()) died.add(what);
  });

  test('has died at every point that such a saga passes', () => {
    // Marks are made where the log is read: by orders.
    const points = crashPoints.filter((at) => at !== 'after-mark').map((at) => `crash ${at}`);
    expect([...died]).toEqual(expect.arrayContaining(points));
  });
});

test('of two people who claim at once one is too late, and is told so', async () => {
  const asking = defineSaga<{ place: string }>('asking')
    .task('ask', {
      kind: 'ask',
      title: 'Which?',
      text: () => 'Which?',
      decisions: {
        left: { label: 'Left', tone: 'neutral', needsNote: false, leads: goOn },
        right: { label: 'Right', tone: 'neutral', needsNote: false, leads: goOn },
      },
    })
    .end({ title: 'Asking', version: 1, output: ({ steps }) => ({ chosen: steps.ask.decision }) });
  using site = await startTestSite({
    sagas: [asking],
    people: {
      ann: { after: '1 min', answers: () => 'left' },
      bob: { after: '1 min', answers: () => 'right' },
    },
  });
  expect(await site.run('asking', { place: 'here' })).toMatchObject({ output: { chosen: 'left' } });
  expect(site.fired.get('claim lost')).toBe(1);
  await site.keepsItsPromises();
});

test('what was done twice, or said yes to and lost, is told by the seed and by name', async () => {
  using site = await startTestSite({ seed: 42, sagas: [drive] });
  await site.run('drive', { place: 'rack-1' });
  const [effect] = site.effects();
  (site.effects() as (typeof effect)[]).push(effect);
  await expect(site.keepsItsPromises()).rejects.toThrow(/seed 42:\n {2}done 2 times: drive:go\.1 \(goTo\)/);
  (site.acknowledged as { what: string; sagaId: string }[]).push({ what: 'started', sagaId: 'nobody' });
  await expect(site.keepsItsPromises()).rejects.toThrow('lost: saga nobody was begun');
});

test('a seed gives the same run every time', async () => {
  const run = async () => {
    using site = await startTestSite({
      seed: 9,
      sagas: [drive],
      faults: [randomFaults(9, { share: 0.9 })],
      people: { ann: { answers: () => 'retry' } },
    });
    await site.run('drive', { place: 'rack-1' });
    return { atMs: site.clock.nowMs(), fired: [...site.fired], effects: site.effects() };
  };
  const first = await run();
  expect(first.fired.length).toBeGreaterThan(0);
  expect(await run()).toEqual(first);
});
