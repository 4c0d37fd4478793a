import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { defineSaga } from '../../local-orchestrator/index.ts';
import { until } from '../support/until.ts';
import { type Numbers, startNumbers, statusOf, work } from './numbers.ts';
import { temporaryFolder } from './site.ts';

const retry = { attempts: 3, firstMs: 1, factor: 1, capMs: 1 };
const gated = (version: number) =>
  defineSaga<Numbers>('gated')
    .signal('gate', { title: 'Gate', signal: 'open', payload: Type.Object({ value: Type.Integer() }) })
    .step('after', work, { title: 'After', timeoutMs: null, retry, input: ({ input }) => input })
    .end({ title: `Gated ${version}`, version });

/** Changes the stored definitions behind the back of the engine, as a fault of a release would. */
function rewriteDefinitions(dir: string, change: (body: string) => string): void {
  const db = new Database(join(dir, 'site.db'));
  const rows = db.prepare('select hash, body from saga_definitions').all() as {
    hash: string;
    body: string;
  }[];
  const save = db.prepare('update saga_definitions set body = ? where hash = ?');
  for (const { hash, body } of rows) save.run(change(body), hash);
  db.close();
}

test("a signal that could not be decided is in a person's hands, and goes on with a corrected release", async () => {
  const dir = temporaryFolder();
  const first = await startNumbers({ dir, sagas: [gated(1)] });
  await first.orchestrator.startSaga('gated', 's-1', { value: 1 });
  await first.close();

  rewriteDefinitions(dir, (body) => body.replace('"next":"after"', '"next":"nowhere"'));
  const broken = await startNumbers({ dir, sagas: [gated(2)] });
  await broken.orchestrator.startSaga('gated', 'sound', { value: 1 });
  for (const sagaId of ['s-1', 'sound']) {
    await broken.orchestrator.signal(sagaId, { id: 'e-1', name: 'open', payload: { value: 1 } });
  }
  const task = await until('a person is asked', () => broken.orchestrator.tasks()[0]);
  expect(task).toMatchObject({ kind: 'definition-broken', text: expect.stringContaining('nowhere') });
  await until('the others go on', () => broken.ended.get('sound') === 'completed');
  expect(await broken.orchestrator.deadLetters.list({ state: 'open', limit: 10 })).toMatchObject([
    { sagaId: 's-1', cause: 'definition-broken' },
  ]);
  // Pressed too early, it is asked again: what was pressed is not lost either.
  await broken.orchestrator.decideTask(task.taskId, 'ann', 'retry');
  await until('a person is asked', () => broken.orchestrator.tasks().length === 1);
  await broken.close();

  rewriteDefinitions(dir, (body) => body.replace('"next":"nowhere"', '"next":"after"'));
  const mended = await startNumbers({ dir, sagas: [gated(2)] });
  // The signal is still stored, and is looked for at the start; the question is closed with the end.
  await until('it ends', async () => (await statusOf(mended.store, 's-1')) === 'completed');
  expect(mended.calls).toHaveLength(1);
  expect(mended.orchestrator.tasks()).toEqual([]);
});
