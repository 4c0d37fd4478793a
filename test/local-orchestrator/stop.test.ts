import { expect, test } from 'vitest';
import { startTestSite } from '../../appliance/test-kit/index.ts';
import { defineSaga, implement, localActivity, park } from '../../local-orchestrator/index.ts';

const mute = localActivity<object, null>('test.mute', 1);
const definition = defineSaga<object>('mute')
  .step('mute', mute, {
    title: 'Mute',
    input: () => ({}),
    timeoutMs: 1_000,
    retry: { attempts: 1 },
    onFailure: { '*': park },
  })
  .end({ title: 'Mute', version: 1 });

/** Everything that a stop needs happens in turns of the loop; what waits for real time takes far more of them. */
const TURNS_MAX = 10_000;

async function turnsOver(): Promise<'still waiting'> {
  for (let turn = 0; turn < TURNS_MAX; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return 'still waiting';
}

test('a stop does not wait for an attempt that was given up and never ends', async () => {
  let begun = 0;
  const never = implement(mute, () => {
    begun += 1;
    return new Promise<null>(() => {});
  });
  using site = await startTestSite({ sagas: [definition], activities: [never] });
  await site.start('mute', 'one', {});
  await site.pass('1 min');
  expect(begun).toBe(1);
  expect(site.tasks()).toHaveLength(1); // its time is over, and a person was asked
  const { orchestrator } = await site.running();
  const stopped = orchestrator.stop().then(() => 'stopped');
  expect(await Promise.race([stopped, turnsOver()])).toBe('stopped');
});
