import { expect, test } from 'vitest';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { definitionHash, type Orchestrator } from '../../local-orchestrator/index.ts';
import { openFloorWork } from './floor-work.ts';
import { places, startSite } from './site.ts';

const shippedOf = ({ definitions }: Orchestrator, name: string): SagaDefinition => {
  const found = definitions().find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
/** The release's own version is 1; beside it stands a second one, which is current. */
const second = (shipped: SagaDefinition): SagaDefinition => ({ ...shipped, version: 2 });
const versionOf = async ({ history }: Orchestrator, sagaId: string) =>
  (await history.sagaAt(sagaId, 1))?.definition.version;

async function docksOnTrial() {
  using first = await openFloorWork();
  const shipped = shippedOf((await first.site.running()).orchestrator, 'dock-handoff');
  const work = await openFloorWork({ sagas: [second(shipped)] });
  const { orchestrator } = await work.site.running();
  const start = (key: string, values: string[]) =>
    orchestrator.versions.rollouts.start(
      { name: 'dock-handoff', hash: definitionHash(shipped), key, take: { values }, reason: 'new door' },
      'ann',
    );
  return { work, orchestrator, start };
}

test('a version is tried at one dock, as the documentation shows it', async () => {
  const { work, orchestrator, start } = await docksOnTrial();
  using _ = work;
  await start('input.dock', ['dock-2']);
  const from = new Date(work.site.clock.nowMs() + 3_600_000).toISOString();
  for (const dockId of ['dock-1', 'dock-2']) {
    const lines = [{ sku: 'B', quantity: 1 }];
    await orchestrator.docks.book(
      { bookingId: `at-${dockId}`, dockId, from, minutes: 60, vehicle: 't', lines },
      'tms',
    );
  }
  expect(await versionOf(orchestrator, 'dock-handoff:at-dock-1')).toBe(2);
  expect(await versionOf(orchestrator, 'dock-handoff:at-dock-2')).toBe(1);
});

test.each([
  'input.dok',
  'input.lines',
  'input.dock.id',
])('a rollout by %s, which no handoff has, is refused with the keys there are', async (key) => {
  const { work, orchestrator, start } = await docksOnTrial();
  using _ = work;
  await expect(start(key, ['dock-2'])).rejects.toMatchObject({
    code: 'ROLLOUT_KEY_UNKNOWN',
    hint: 'Keys are: saga.correlation, saga.id, input.bookingId, input.dock, input.vehicle.',
  });
  expect(await orchestrator.versions.rollouts.list()).toEqual([]);
});

test('a version is tried for the orders of one zone', async () => {
  const north = { id: 'packing-2', kind: 'packing', x: 5, y: 0, zone: 'north' } as const;
  const here = { places: [...places, north] };
  const first = await startSite({ parts: here });
  const shipped = shippedOf(first.orchestrator, 'pick-order');
  await first.close();
  const site = await startSite({ parts: { ...here, sagas: [second(shipped)] } });
  const ask = { name: 'pick-order', hash: definitionHash(shipped), reason: 'shorter ways' };
  const { rollouts } = site.orchestrator.versions;
  await expect(
    rollouts.start({ ...ask, key: 'input.dock', take: { percent: 50 } }, 'ann'),
  ).rejects.toMatchObject({ code: 'ROLLOUT_KEY_UNKNOWN', hint: expect.stringContaining('input.zone') });
  await rollouts.start({ ...ask, key: 'input.zone', take: { values: ['north'] } }, 'ann');
  await site.order('o-1');
  await site.order('o-2', { destination: 'packing-2' });
  for (const id of ['o-1', 'o-2']) await site.reached(id, 'completed');
  expect(await versionOf(site.orchestrator, 'pick-order:o-1')).toBe(2);
  expect(await versionOf(site.orchestrator, 'pick-order:o-2')).toBe(1);
});
