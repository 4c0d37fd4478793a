import type { StoreModule } from '#contracts/store.ts';

/** What activities keep about a piece of work: the sub-steps of `code` ones, and the last progress told. */
export const workTables: StoreModule = {
  name: 'work',
  migrations: [
    `CREATE TABLE work_steps (
       saga_id TEXT NOT NULL,
       work TEXT NOT NULL,
       number INTEGER NOT NULL,
       name TEXT NOT NULL,
       state TEXT NOT NULL,
       attempt INTEGER NOT NULL,
       output TEXT NOT NULL,
       PRIMARY KEY (saga_id, work, number)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE work_progress (
       saga_id TEXT NOT NULL,
       work TEXT NOT NULL,
       progress TEXT NOT NULL,
       told_ms INTEGER NOT NULL,
       PRIMARY KEY (saga_id, work)
     ) STRICT, WITHOUT ROWID;`,
  ],
  writes: {
    // What is done stays as it was: an attempt that was given up may still end, late.
    step: `INSERT INTO work_steps (saga_id, work, number, name, state, attempt, output)
       VALUES (:sagaId, :work, :number, :name, :state, :attempt, :output)
       ON CONFLICT DO UPDATE SET state = :state, attempt = :attempt, output = :output
       WHERE state <> 'done' AND attempt <= :attempt`,
    progress: `INSERT INTO work_progress (saga_id, work, progress, told_ms)
       VALUES (:sagaId, :work, :progress, :nowMs)
       ON CONFLICT DO UPDATE SET progress = :progress, told_ms = :nowMs`,
    forgetSteps: 'DELETE FROM work_steps WHERE saga_id IN (SELECT value FROM json_each(:ids))',
    forgetProgress: 'DELETE FROM work_progress WHERE saga_id IN (SELECT value FROM json_each(:ids))',
  },
  reads: {
    steps: `SELECT number, name, state, attempt, output FROM work_steps
       WHERE saga_id = :sagaId AND work = :work ORDER BY number LIMIT :countMax`,
    progress: 'SELECT progress FROM work_progress WHERE saga_id = :sagaId AND work = :work',
  },
};
