import type { StoreModule } from '#contracts/store.ts';

/** Human tasks. Claimed and decided by compare-and-set: of two people, one gets it and the other is told. */
export const taskTables: StoreModule = {
  name: 'task',
  migrations: [
    `CREATE TABLE task_tasks (
       task_id TEXT PRIMARY KEY,
       saga_id TEXT NOT NULL,
       correlation_id TEXT NOT NULL,
       node TEXT NOT NULL,
       kind TEXT NOT NULL,
       title TEXT NOT NULL,
       text TEXT NOT NULL,
       state TEXT NOT NULL,
       decisions TEXT NOT NULL,
       context TEXT NOT NULL,
       created_ms INTEGER NOT NULL,
       due_ms INTEGER,
       claimed_by TEXT,
       decided_by TEXT,
       decision TEXT,
       note TEXT,
       changed_ms INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX task_open ON task_tasks (created_ms) WHERE state IN ('offered', 'claimed', 'started');
     CREATE INDEX task_saga ON task_tasks (saga_id);`,
  ],
  writes: {
    open: `INSERT INTO task_tasks
       (task_id, saga_id, correlation_id, node, kind, title, text, state, decisions, context, created_ms,
        due_ms, changed_ms)
       VALUES (:taskId, :sagaId, :correlationId, :node, :kind, :title, :text, 'offered', :decisions, :context,
               :nowMs, :dueMs, :nowMs)`,
    claim: `UPDATE task_tasks SET state = 'claimed', claimed_by = :by, changed_ms = :nowMs
       WHERE task_id = :taskId AND state = 'offered'`,
    decide: `UPDATE task_tasks
       SET state = 'completed', decided_by = :by, decision = :decision, note = :note, changed_ms = :nowMs
       WHERE task_id = :taskId AND state IN ('offered', 'claimed', 'started')
         AND (claimed_by IS NULL OR claimed_by = :by)`,
    close: `UPDATE task_tasks SET state = :state, changed_ms = :nowMs
       WHERE task_id = :taskId AND state IN ('offered', 'claimed', 'started')`,
  },
  reads: {
    open: `SELECT * FROM task_tasks WHERE state IN ('offered', 'claimed', 'started')
       ORDER BY created_ms, task_id LIMIT :countMax`,
    one: 'SELECT * FROM task_tasks WHERE task_id = :taskId',
    ofSaga: 'SELECT * FROM task_tasks WHERE saga_id = :sagaId ORDER BY created_ms, task_id',
  },
};
