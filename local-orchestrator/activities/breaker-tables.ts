import type { StoreModule } from '#contracts/store.ts';

/** One row for each device or endpoint whose breaker ever left its first state. */
export const breakerTables: StoreModule = {
  name: 'breaker',
  migrations: [
    `CREATE TABLE breakers (
       breaker TEXT PRIMARY KEY,
       kind TEXT NOT NULL,
       name TEXT NOT NULL,
       state TEXT NOT NULL,
       reason TEXT NOT NULL,
       changed_ms INTEGER NOT NULL
     ) STRICT;`,
  ],
  writes: {
    save: `INSERT INTO breakers (breaker, kind, name, state, reason, changed_ms)
       VALUES (:breaker, :kind, :name, :state, :reason, :changedMs)
       ON CONFLICT (breaker) DO UPDATE SET state = :state, reason = :reason, changed_ms = :changedMs`,
  },
  reads: {
    all: 'SELECT kind, name, state, reason, changed_ms FROM breakers ORDER BY breaker LIMIT :countMax',
  },
};
