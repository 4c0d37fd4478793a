import type { StoreModule } from '#contracts/store.ts';

/** Up to where each schedule has been looked after. */
export const scheduleTables: StoreModule = {
  name: 'schedule',
  migrations: [
    `CREATE TABLE schedules (
       name TEXT PRIMARY KEY,
       seen_ms INTEGER NOT NULL,
       last_ms INTEGER,
       last_saga_id TEXT
     ) STRICT;`,
  ],
  writes: {
    seen: `INSERT INTO schedules (name, seen_ms, last_ms, last_saga_id)
       VALUES (:name, :seenMs, :lastMs, :lastSagaId)
       ON CONFLICT (name) DO UPDATE SET seen_ms = :seenMs,
         last_ms = coalesce(:lastMs, last_ms), last_saga_id = coalesce(:lastSagaId, last_saga_id)`,
  },
  reads: { all: 'SELECT name, seen_ms, last_ms, last_saga_id FROM schedules LIMIT :countMax' },
};
