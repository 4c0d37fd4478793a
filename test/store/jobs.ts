import type { StoreModule } from '#contracts/store.ts';

/** A module with the two kinds of statement that trouble a store: unique keys and counted changes. */
export const jobs: StoreModule = {
  name: 'jobs',
  migrations: [
    `CREATE TABLE job (id TEXT PRIMARY KEY, step INTEGER NOT NULL CHECK (step >= 0)) STRICT;
     CREATE TABLE total (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL) STRICT;
     INSERT INTO total VALUES (1, 0);`,
  ],
  writes: {
    add: 'INSERT INTO job (id, step) VALUES (:id, :step)',
    advance: 'UPDATE job SET step = step + 1 WHERE id = :id AND step = :step',
    count: 'UPDATE total SET count = count + 1',
  },
  reads: {
    all: 'SELECT id, step FROM job ORDER BY id',
    total: 'SELECT count FROM total',
  },
};
