import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashPoints, eachSeed, faultOn, randomFaults, startTestSite } from 'holdfast/test-kit';
import { createWms, quarantine } from './quarantine.ts';

const sagas = [quarantine];

test('a lot rests for thirty days, and a person releases it', async () => {
  const { activities, done } = createWms();
  using site = await startTestSite({ sagas, activities });
  await site.start('quarantine', 'lot-7', { lot: 'L7' });
  await site.pass('29 d');
  assert.equal(site.tasks().length, 0);

  await site.pass('1 d');
  const [task] = site.tasks();
  assert.equal(task?.title, 'Is the lot good?');
  await site.decide(task.taskId, 'ann', 'good');
  await site.pass('1 min');
  assert.deepEqual(await site.saga('lot-7'), {
    status: 'completed',
    output: { released: true },
    reason: 'done',
  });
  assert.deepEqual(done(), ['block L7', 'release L7']);
});

test('a lot that is rejected is unblocked again', async () => {
  const { activities, done } = createWms();
  using site = await startTestSite({ sagas, activities, people: { ann: { answers: () => 'bad' } } });
  const { status } = await site.run('quarantine', { lot: 'L7' });
  assert.equal(status, 'compensated');
  assert.deepEqual(done(), ['block L7', 'unblock L7']);
});

test('a lost answer blocks the lot no second time', async () => {
  const { activities, done } = createWms();
  using site = await startTestSite({
    sagas,
    activities,
    faults: [faultOn('wms.block', 'answer-lost')],
    people: { ann: { answers: () => 'good' } },
  });
  await site.run('quarantine', { lot: 'L7' });
  assert.equal(site.fired.get('answer-lost'), 1);
  assert.deepEqual(done(), ['block L7', 'release L7']);
});

for (const at of crashPoints) {
  test(`a box that dies at ${at}, and is back after an hour, blocks the lot once`, async () => {
    const { activities, done } = createWms();
    using site = await startTestSite({ sagas, activities, crashes: [{ at, down: '1 h' }] });
    await site.start('quarantine', 'lot-7', { lot: 'L7' });
    await site.pass('1 d');
    assert.equal((await site.saga('lot-7')).status, 'running');
    assert.deepEqual(done(), ['block L7']);
    await site.keepsItsPromises();
  });
}

test('whatever goes wrong, it comes to an end', async () => {
  let faults = 0;
  await eachSeed({ seeds: 10 }, async (seed) => {
    const { activities } = createWms();
    using site = await startTestSite({
      seed,
      sagas,
      activities,
      faults: [randomFaults(seed, { share: 0.5 })],
      // Two who see the same tasks: one of them is faster.
      people: {
        ann: { answers: ({ kind }) => (kind === 'quality' ? 'good' : 'retry') },
        bob: { answers: ({ kind }) => (kind === 'quality' ? 'bad' : 'retry') },
      },
    });
    const { status } = await site.run('quarantine', { lot: 'L7' });
    assert.match(status, /completed|compensated/);
    await site.keepsItsPromises();
    faults += site.fired.size;
  });
  // A test that asks for faults makes sure that there were some.
  assert.ok(faults > 0);
});
