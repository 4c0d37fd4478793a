import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { historyReads, type walks } from '../../local-orchestrator/history/search-tables.ts';
import { orchestratorStoreModules } from '../../local-orchestrator/index.ts';

/** The index that each walk goes by; the words have their own table. */
const indexes = {
  words: 'VIRTUAL TABLE',
  id: 'sqlite_autoindex_saga_instances_1',
  correlation: 'saga_correlated',
  alive: 'saga_alive',
  amended: 'saga_amended',
  version: 'saga_versioned',
  name: 'saga_named',
  time: 'saga_started',
} satisfies Record<keyof typeof walks, string>;

const reads = Object.entries(indexes).flatMap(([walk, index]) =>
  ['Edge', 'Page', 'Count'].map((read) => [`${walk}${read}`, index]),
);

test.each(reads)('the read %s goes by %s, whatever else is compared', (read, index) => {
  const db = new Database(':memory:');
  for (const { migrations } of orchestratorStoreModules) for (const sql of migrations) db.exec(sql);
  const sql = historyReads.reads[read] ?? '';
  const params = Object.fromEntries([...sql.matchAll(/:(\w+)/g)].map(([, name]) => [name, 'x']));
  const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(params) as { detail: string }[];
  const [first] = steps.map(({ detail }) => detail).filter((detail) => /^(SEARCH|SCAN) [iw] /.test(detail));
  expect(first).toContain(index);
  db.close();
});
