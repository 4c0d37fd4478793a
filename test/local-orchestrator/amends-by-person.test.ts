import { expect, test } from 'vitest';
import { sagaCompensation } from '#contracts/events/saga.ts';
import { offset } from '#contracts/ids.ts';
import { startTestSite } from '../../appliance/test-kit/index.ts';
import { ActivityFailure, defineSaga, implement, localActivity } from '../../local-orchestrator/index.ts';

const act = localActivity<object, object>('person.act', 1);
const take = localActivity<object, object>('person.take', 1);
const undo = localActivity<object, object>('person.undo', 1);
const title = 'Act';
const retry = { attempts: 1 } as const;
const amended = defineSaga<object>('amended')
  .step('take', take, { title, input: () => ({}), undo: { activity: undo, title, retry, input: () => ({}) } })
  .step('act', act, { title, retry, input: () => ({}) })
  .end({ title: 'Amended', version: 1 });
const fails = () => {
  throw new ActivityFailure('STUCK', 'it is stuck', false);
};

test.each([
  { decision: 'by-hand', outcome: 'by-hand', recoveries: 1 },
  { decision: 'skip', outcome: 'skipped', recoveries: 0 },
])('amends that failed and that a person answers with $decision', async ({
  decision,
  outcome,
  recoveries,
}) => {
  using site = await startTestSite({
    sagas: [amended],
    activities: [implement(take, () => ({})), implement(act, fails), implement(undo, fails)],
  });
  await site.start('amended', 's-1', {});
  await site.pass('1 min');
  const [task] = site.tasks();
  expect(task?.decisions.map(({ id, needsNote }) => [id, needsNote])).toEqual([
    ['retry', false],
    ['by-hand', false],
    ['skip', true],
  ]);
  await site.pass('10 min');
  await site.decide(task?.taskId ?? '', 'ann', decision, 'looked at it');
  await site.pass('1 min');
  expect((await site.saga('s-1')).status).toBe('compensated');

  const { orchestrator, store } = await site.running();
  const [figures] = await orchestrator.kpis.windows({ span: 'day', saga: 'amended' });
  expect(figures).toMatchObject({ manualSteps: 1, compensationRate: 1, failedCompensations: 1, recoveries });
  expect(figures?.manualResolutionMsMean).toBeGreaterThanOrEqual(600_000);
  expect(await orchestrator.deadLetters.list({ state: 'closed', limit: 9 })).toMatchObject([
    { decision, closedBy: 'ann', note: 'looked at it' },
  ]);
  const told = await store.readLog(offset(0), { types: [sagaCompensation.type], countMax: 99 });
  expect(told.at(-1)?.event.data).toMatchObject({ step: 'take', outcome, reason: 'ann: looked at it' });
  // The same after a restart: the journal says what became of them.
  await site.restart();
  const rebuilt = await (await site.running()).orchestrator.history.sagaAt('s-1');
  expect(rebuilt?.state.journal.find(({ node }) => node === 'take')?.amends).toBe(
    decision === 'by-hand' ? 'made' : 'skipped',
  );
});
