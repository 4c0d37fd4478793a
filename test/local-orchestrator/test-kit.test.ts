import { describe, expect, test } from 'vitest';
import { crashPoints, faultKinds, faultOn, startTestSite } from '../../appliance/test-kit/index.ts';
import { commandActivity, defineSaga, implement, localActivity } from '../../local-orchestrator/index.ts';

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

describe.each(crashPoints)('a box that dies at %s', (at) => {
  test.each([1, 2, 3])('the %i. time keeps its promises', async (nth) => {
    using site = await startTestSite({
      sagas: [drive],
      crashes: [{ at, nth, down: '1 min' }],
      tookMs: () => 5_000,
    });
    expect(await site.run('drive', { place: 'rack-1' })).toMatchObject({ status: 'completed' });
    expect(site.plant.count('goTo')).toBe(1);
    await site.keepsItsPromises();
  });
});
