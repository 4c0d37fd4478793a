import { expect, test } from 'vitest';
import { startTestSite } from '../../appliance/test-kit/index.ts';
import { defineSaga, implement, localActivity } from '../../local-orchestrator/index.ts';
import { faultOn } from '../../local-orchestrator/test-kit/index.ts';

const doubtful = localActivity<object, object>('test.doubtful', 1, 'neither');
const plain = localActivity<object, object>('test.plain', 1);
const inZone = (name: string, activity: typeof plain) =>
  defineSaga<object>(name)
    .step('work', activity, {
      title: 'Work',
      input: () => ({}),
      timeoutMs: 3_600_000,
      limits: () => [{ name: 'zone', key: 'north', concurrencyMax: 1 }],
      assume: () => ({}),
    })
    .end({ title: 'In the zone', version: 1 });

test('work that a person is asked about after a crash keeps nobody from its limit', async () => {
  using site = await startTestSite({
    sagas: [inZone('first', doubtful), inZone('second', plain)],
    activities: [doubtful, plain].map((activity) => implement(activity, () => ({}))),
    faults: [faultOn('test.doubtful', 'silence')],
  });
  await site.start('first', 'a', {});
  await site.pass('1 min');
  await site.crash();
  await site.pass('1 min');
  expect(site.fired.get('silence')).toBe(1);
  expect(site.tasks().map(({ kind }) => kind)).toEqual(['unknown-outcome']);
  expect(await site.run('second', {}, { sagaId: 'b', within: '10 min' })).toMatchObject({
    status: 'completed',
  });
});
