import type { StoreModule } from '#contracts/store.ts';

const IS_OPEN = `state IN ('created', 'offered', 'claimed', 'started', 'declined')`;

/**
 * Human tasks. Every change is a compare-and-set: by its revision when a person or the desk makes it, by its state
 * when its saga does. Each leaves one row in the audit, in the same transaction.
 */
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
       decisions TEXT NOT NULL,
       context TEXT NOT NULL,
       people TEXT NOT NULL,
       suggestion TEXT,
       created_ms INTEGER NOT NULL,
       due_ms INTEGER,
       state TEXT NOT NULL,
       revision INTEGER NOT NULL,
       -- Collected when it was offered, and never again.
       collected TEXT,
       role TEXT,
       assignee TEXT,
       claimed_by TEXT,
       offered_ms INTEGER,
       answer_ms INTEGER,
       level INTEGER NOT NULL,
       overdue INTEGER NOT NULL,
       next_ms INTEGER,
       decided_by TEXT,
       decision TEXT,
       note TEXT,
       answers TEXT,
       changed_ms INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX task_open ON task_tasks (created_ms) WHERE ${IS_OPEN};
     CREATE INDEX task_next ON task_tasks (next_ms) WHERE next_ms IS NOT NULL;
     CREATE INDEX task_state ON task_tasks (state, changed_ms);
     CREATE INDEX task_saga ON task_tasks (saga_id);
     CREATE TABLE task_audit (
       id INTEGER PRIMARY KEY,
       task_id TEXT NOT NULL,
       at_ms INTEGER NOT NULL,
       change TEXT NOT NULL,
       state TEXT NOT NULL,
       by TEXT,
       user TEXT,
       role TEXT,
       note TEXT
     ) STRICT;
     CREATE INDEX task_audit_task ON task_audit (task_id, id);
     CREATE TRIGGER task_audit_stays BEFORE UPDATE ON task_audit
       BEGIN SELECT RAISE(ABORT, 'the audit of tasks is append-only'); END;
     -- A row that is put in the place of another one goes without a delete that a trigger would see.
     CREATE TRIGGER task_audit_adds BEFORE INSERT ON task_audit
       WHEN EXISTS (SELECT 1 FROM task_audit WHERE id = new.id)
       BEGIN SELECT RAISE(ABORT, 'the audit of tasks is append-only'); END;
     -- It goes with its task, when that has ended and is old.
     CREATE TRIGGER task_audit_lasts BEFORE DELETE ON task_audit
       WHEN NOT EXISTS (SELECT 1 FROM task_tasks WHERE task_id = old.task_id AND NOT (${IS_OPEN}))
       BEGIN SELECT RAISE(ABORT, 'the audit of an open task is append-only'); END;
     -- Whose turn it was last, by group of people.
     CREATE TABLE task_turns (key TEXT PRIMARY KEY, user TEXT NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE task_absences (
       absence_id TEXT PRIMARY KEY,
       user TEXT NOT NULL,
       from_ms INTEGER NOT NULL,
       to_ms INTEGER NOT NULL,
       covered_by TEXT,
       note TEXT,
       entered_by TEXT NOT NULL
     ) STRICT;
     CREATE INDEX task_absences_to ON task_absences (to_ms);`,
  ],
  writes: {
    open: `INSERT INTO task_tasks
       (task_id, saga_id, correlation_id, node, kind, title, text, decisions, context, people, suggestion,
        created_ms, due_ms, state, revision, role, level, overdue, next_ms, changed_ms)
       VALUES (:taskId, :sagaId, :correlationId, :node, :kind, :title, :text, :decisions, :context, :people,
               :suggestion, :nowMs, :dueMs, 'created', 1, :role, 0, 0, :nextMs, :nowMs)`,
    change: `UPDATE task_tasks
       SET state = :state, revision = :revision + 1, collected = coalesce(collected, :collected), role = :role,
         assignee = :assignee, claimed_by = :claimedBy, offered_ms = :offeredMs, answer_ms = :answerMs,
         level = :level, overdue = :overdue, next_ms = :nextMs, changed_ms = :nowMs
       WHERE task_id = :taskId AND revision = :revision AND ${IS_OPEN}`,
    decide: `UPDATE task_tasks
       SET state = 'completed', revision = revision + 1, decided_by = :by, decision = :decision, note = :note,
         answers = :answers, next_ms = NULL, changed_ms = :nowMs
       WHERE task_id = :taskId AND ${IS_OPEN}
         AND (claimed_by = :by OR (claimed_by IS NULL AND (assignee IS NULL OR assignee = :by)))`,
    close: `UPDATE task_tasks SET state = :state, revision = revision + 1, next_ms = NULL, changed_ms = :nowMs
       WHERE task_id = :taskId AND ${IS_OPEN}`,
    audit: `INSERT INTO task_audit (task_id, at_ms, change, state, by, user, role, note)
       VALUES (:taskId, :nowMs, :change, :state, :by, :user, :role, :note)`,
    turn: `INSERT INTO task_turns (key, user) VALUES (:key, :user)
       ON CONFLICT (key) DO UPDATE SET user = excluded.user`,
    enterAbsence: `INSERT INTO task_absences (absence_id, user, from_ms, to_ms, covered_by, note, entered_by)
       VALUES (:absenceId, :user, :fromMs, :toMs, :coveredBy, :note, :by)`,
    changeAbsence: `UPDATE task_absences
       SET user = :user, from_ms = :fromMs, to_ms = :toMs, covered_by = :coveredBy, note = :note, entered_by = :by
       WHERE absence_id = :absenceId`,
    removeAbsence: 'DELETE FROM task_absences WHERE absence_id = :absenceId',
    forget: `DELETE FROM task_tasks
       WHERE saga_id IN (SELECT value FROM json_each(:ids)) AND NOT (${IS_OPEN})`,
    forgetAudit: `DELETE FROM task_audit WHERE task_id IN (
         SELECT task_id FROM task_tasks WHERE saga_id IN (SELECT value FROM json_each(:ids)) AND NOT (${IS_OPEN}))`,
    forgetAbsences: 'DELETE FROM task_absences WHERE to_ms < :beforeMs',
  },
  reads: {
    open: `SELECT * FROM task_tasks WHERE ${IS_OPEN} ORDER BY created_ms, task_id LIMIT :countMax`,
    one: 'SELECT * FROM task_tasks WHERE task_id = :taskId',
    ofState: `SELECT * FROM task_tasks WHERE state = :state ORDER BY changed_ms DESC, task_id LIMIT :countMax`,
    ofSaga: 'SELECT * FROM task_tasks WHERE saga_id = :sagaId ORDER BY created_ms, task_id',
    due: 'SELECT task_id AS id FROM task_tasks WHERE next_ms <= :nowMs ORDER BY next_ms LIMIT :countMax',
    nextDue: 'SELECT min(next_ms) AS wake_ms FROM task_tasks WHERE next_ms IS NOT NULL',
    auditOf: 'SELECT * FROM task_audit WHERE task_id = :taskId ORDER BY id LIMIT :countMax',
    passed: `SELECT DISTINCT a.task_id AS task_id, a.user AS user FROM task_audit AS a
       JOIN task_tasks AS t ON t.task_id = a.task_id
       WHERE t.${IS_OPEN} AND a.user IS NOT NULL AND a.change IN ('declined', 'released', 'unanswered')`,
    passedOf: `SELECT DISTINCT user FROM task_audit
       WHERE task_id = :taskId AND user IS NOT NULL AND change IN ('declined', 'released', 'unanswered')`,
    turns: 'SELECT key, user FROM task_turns',
    absences:
      'SELECT * FROM task_absences WHERE to_ms >= :sinceMs ORDER BY from_ms, absence_id LIMIT :countMax',
  },
};
