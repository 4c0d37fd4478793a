import type { StoreModule } from '#contracts/store.ts';

/** Of signals: somebody may still come for it. */
const IS_OPEN = 'taken_ms IS NULL AND dropped_ms IS NULL';

/**
 * Rows of the engine. An instance row holds where a saga is and stays small: inputs, outputs and what happened
 * are rows of their own, written once. Starting reads only what is alive, so it does not slow down with history.
 */
export const sagaTables: StoreModule = {
  name: 'saga',
  migrations: [
    `CREATE TABLE saga_definitions (
       hash TEXT PRIMARY KEY,
       name TEXT NOT NULL,
       version INTEGER NOT NULL,
       body TEXT NOT NULL,
       saved_ms INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE saga_instances (
       n INTEGER PRIMARY KEY,
       saga_id TEXT NOT NULL UNIQUE,
       hash TEXT NOT NULL,
       name TEXT NOT NULL,
       correlation_id TEXT NOT NULL,
       traceparent TEXT,
       parent_id TEXT,
       started_ms INTEGER NOT NULL,
       seq INTEGER NOT NULL,
       status TEXT NOT NULL,
       state TEXT NOT NULL,
       busy INTEGER NOT NULL,
       wake_ms INTEGER,
       ended_ms INTEGER,
       amended INTEGER NOT NULL,
       search TEXT
     ) STRICT;
     CREATE INDEX saga_wake ON saga_instances (wake_ms) WHERE wake_ms IS NOT NULL;
     CREATE INDEX saga_busy ON saga_instances (busy DESC, saga_id) WHERE busy > 0;
     CREATE INDEX saga_alive ON saga_instances (hash) WHERE ended_ms IS NULL;
     CREATE INDEX saga_started ON saga_instances (started_ms);
     CREATE INDEX saga_named ON saga_instances (name, started_ms);
     CREATE INDEX saga_versioned ON saga_instances (hash, started_ms);
     CREATE INDEX saga_correlated ON saga_instances (correlation_id);
     CREATE INDEX saga_amended ON saga_instances (status, started_ms)
       WHERE ended_ms IS NOT NULL AND status <> 'completed';
     CREATE VIRTUAL TABLE saga_words USING fts5(words, content = '', contentless_delete = 1, detail = none);
     CREATE TRIGGER saga_words_come AFTER INSERT ON saga_instances WHEN new.search IS NOT NULL BEGIN
       INSERT INTO saga_words (rowid, words)
         SELECT new.n, group_concat(value || ' x' || hex(lower(key || '=' || value)), ' ') FROM json_each(new.search);
     END;
     CREATE TRIGGER saga_words_go AFTER DELETE ON saga_instances WHEN old.search IS NOT NULL BEGIN
       DELETE FROM saga_words WHERE rowid = old.n;
     END;
     CREATE TABLE saga_inputs (saga_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
     CREATE TABLE saga_history (
       saga_id TEXT NOT NULL,
       seq INTEGER NOT NULL,
       at_ms INTEGER NOT NULL,
       decided_ms INTEGER,
       random REAL NOT NULL,
       event TEXT NOT NULL,
       emitted TEXT NOT NULL,
       journal TEXT
     ) STRICT;
     CREATE UNIQUE INDEX saga_history_seq ON saga_history (saga_id, seq);
     CREATE TABLE saga_signals (
       saga_id TEXT NOT NULL,
       signal_id TEXT NOT NULL,
       name TEXT NOT NULL,
       payload TEXT NOT NULL,
       received_ms INTEGER NOT NULL,
       expires_ms INTEGER NOT NULL,
       -- Its saga had not begun when it came.
       early INTEGER NOT NULL,
       taken_ms INTEGER,
       dropped_ms INTEGER,
       dropped_why TEXT,
       PRIMARY KEY (saga_id, signal_id)
     ) STRICT;
     CREATE INDEX saga_signals_open ON saga_signals (saga_id, name, received_ms) WHERE ${IS_OPEN};
     CREATE INDEX saga_signals_early ON saga_signals (early) WHERE ${IS_OPEN} AND early = 1;
     CREATE INDEX saga_signals_dropped ON saga_signals (dropped_ms) WHERE dropped_ms IS NOT NULL;
     CREATE INDEX saga_signals_expiry ON saga_signals (expires_ms) WHERE ${IS_OPEN};`,
  ],
  writes: {
    saveDefinition: `INSERT INTO saga_definitions (hash, name, version, body, saved_ms)
       VALUES (:hash, :name, :version, :body, :nowMs) ON CONFLICT (hash) DO NOTHING`,
    saveInput: `INSERT INTO saga_inputs (saga_id, body) VALUES (:sagaId, :body)
       ON CONFLICT (saga_id) DO NOTHING`,
    insert: `INSERT INTO saga_instances
       (saga_id, hash, name, correlation_id, traceparent, parent_id, started_ms, seq, status, state, busy, wake_ms, ended_ms,
        amended, search)
       VALUES (:sagaId, :hash, :name, :correlationId, :traceparent, :parentId, :startedMs, :seq, :status, :state, :busy,
         :wakeMs, :endedMs, :amended, :search)`,
    // The sequence must be the one that was decided on: a second writer would be noticed here.
    update: `UPDATE saga_instances
       SET seq = :seq, status = :status, state = :state, busy = :busy, wake_ms = :wakeMs
       WHERE saga_id = :sagaId AND seq = :seq - 1`,
    // Only the last transition names these columns: the others then leave the indexes over them alone.
    finish: `UPDATE saga_instances
       SET seq = :seq, status = :status, state = :state, busy = :busy, wake_ms = :wakeMs, ended_ms = :endedMs,
         amended = :amended
       WHERE saga_id = :sagaId AND seq = :seq - 1`,
    history: `INSERT INTO saga_history (saga_id, seq, at_ms, decided_ms, random, event, emitted, journal)
       VALUES (:sagaId, :seq, :atMs, :decidedMs, :random, :event, :emitted, :journal)`,
    receiveSignal: `INSERT INTO saga_signals (saga_id, signal_id, name, payload, received_ms, expires_ms, early)
       VALUES (:sagaId, :signalId, :name, :payload, :nowMs, :expiresMs, :early) ON CONFLICT DO NOTHING`,
    takeSignal: `UPDATE saga_signals SET taken_ms = :nowMs
       WHERE saga_id = :sagaId AND signal_id = :signalId AND ${IS_OPEN}`,
    dropSignal: `UPDATE saga_signals SET dropped_ms = :nowMs, dropped_why = :why
       WHERE saga_id = :sagaId AND signal_id = :signalId AND ${IS_OPEN}`,
    // For whoever deletes what is old: by ids, as a JSON list.
    forgetHistory: 'DELETE FROM saga_history WHERE saga_id IN (SELECT value FROM json_each(:ids))',
    forgetHistoryThrough: 'DELETE FROM saga_history WHERE saga_id = :sagaId AND seq <= :throughSeq',
    forgetSignals: 'DELETE FROM saga_signals WHERE saga_id IN (SELECT value FROM json_each(:ids))',
    forgetInputs: 'DELETE FROM saga_inputs WHERE saga_id IN (SELECT value FROM json_each(:ids))',
    forgetInstances: `DELETE FROM saga_instances
       WHERE saga_id IN (SELECT value FROM json_each(:ids)) AND ended_ms IS NOT NULL`,
    forgetDropped: `DELETE FROM saga_signals
       WHERE rowid IN (SELECT rowid FROM saga_signals WHERE dropped_ms < :beforeMs LIMIT :countMax)`,
  },
  reads: {
    // By their begin, since an index over it is there; who ended before then began before then. A child stays as long as
    // its parent: one that was not told of its end before a crash asks for it, and would begin it once more.
    endedBefore: `SELECT i.saga_id, i.seq,
         (SELECT min(h.seq) FROM saga_history AS h WHERE h.saga_id = i.saga_id) AS first_seq
       FROM saga_instances AS i WHERE i.started_ms < :beforeMs AND i.ended_ms < :beforeMs
         AND NOT EXISTS (SELECT 1 FROM saga_instances AS p WHERE p.saga_id = i.parent_id AND p.ended_ms IS NULL)
       ORDER BY i.started_ms LIMIT :countMax`,
    droppedBefore: 'SELECT 1 AS found FROM saga_signals WHERE dropped_ms < :beforeMs LIMIT 1',
    definition: 'SELECT body FROM saga_definitions WHERE hash = :hash',
    alive: `SELECT i.hash AS hash, d.name AS name, d.body AS body, i.running AS running
       FROM (SELECT hash, count(*) AS running FROM saga_instances WHERE ended_ms IS NULL GROUP BY hash) AS i
       LEFT JOIN saga_definitions AS d ON d.hash = i.hash`,
    load: `SELECT i.saga_id, i.hash, i.correlation_id, i.traceparent, i.parent_id, i.started_ms, i.seq, i.status, i.state,
              n.body AS input
       FROM saga_instances AS i JOIN saga_inputs AS n ON n.saga_id = i.saga_id
       WHERE i.saga_id IN (SELECT value FROM json_each(:ids)) AND i.ended_ms IS NULL`,
    journal: `SELECT saga_id, event, journal FROM saga_history
       WHERE saga_id IN (SELECT value FROM json_each(:ids)) AND journal IS NOT NULL
       ORDER BY saga_id, seq`,
    // Amends come before everything else.
    busy: 'SELECT saga_id FROM saga_instances WHERE busy > 0 ORDER BY busy DESC, saga_id LIMIT :countMax',
    aliveCount: 'SELECT count(*) AS count FROM saga_instances WHERE ended_ms IS NULL',
    due: `SELECT saga_id AS id FROM saga_instances WHERE wake_ms <= :nowMs ORDER BY wake_ms LIMIT :countMax`,
    nextWake: 'SELECT min(wake_ms) AS wake_ms FROM saga_instances WHERE wake_ms IS NOT NULL',
    historyOf: `SELECT seq, at_ms, event, emitted FROM saga_history WHERE saga_id = :sagaId
       ORDER BY seq LIMIT :countMax`,
    // By rowid, which is the order in which they were written: no index over time is kept for this.
    turnsSince: `SELECT count(*) AS looked, min(at_ms) AS oldest_ms,
         json_group_array(at_ms) FILTER (WHERE at_ms > :sinceMs AND event LIKE '{"type":"granted"%') AS begun
       FROM (SELECT at_ms, event FROM saga_history ORDER BY rowid DESC LIMIT :countMax)`,
    state:
      'SELECT saga_id, hash, name, status, seq, state, ended_ms FROM saga_instances WHERE saga_id = :sagaId',
    signalsOpen: `SELECT signal_id, payload FROM saga_signals
       WHERE saga_id = :sagaId AND name = :name AND ${IS_OPEN}
       ORDER BY received_ms, signal_id LIMIT 1`,
    signalRoom: `SELECT
         (SELECT count(*) FROM saga_signals WHERE saga_id = :sagaId AND signal_id = :signalId) AS known,
         (SELECT count(*) FROM saga_signals WHERE saga_id = :sagaId AND ${IS_OPEN}) AS open,
         (SELECT name FROM saga_instances WHERE saga_id = :sagaId) AS saga,
         (SELECT status FROM saga_instances WHERE saga_id = :sagaId AND ended_ms IS NOT NULL) AS ended`,
    signalsEarly: `SELECT count(*) AS count
       FROM (SELECT 1 FROM saga_signals WHERE ${IS_OPEN} AND early = 1 LIMIT :countMax)`,
    // Both for the timer of their expiry.
    signalsDue: `SELECT json_array(saga_id, signal_id, name) AS id FROM saga_signals
       WHERE ${IS_OPEN} AND expires_ms <= :nowMs ORDER BY expires_ms LIMIT :countMax`,
    nextExpiry: `SELECT min(expires_ms) AS wake_ms FROM saga_signals WHERE ${IS_OPEN}`,
    signal: `SELECT name, received_ms, taken_ms FROM saga_signals
       WHERE saga_id = :sagaId AND signal_id = :signalId`,
    // Of sagas that wait for some signal, page by page.
    signalsAwaited: `SELECT DISTINCT s.saga_id AS saga_id, s.name AS name FROM saga_signals AS s
       JOIN saga_instances AS i ON i.saga_id = s.saga_id AND i.ended_ms IS NULL
       WHERE s.taken_ms IS NULL AND s.dropped_ms IS NULL AND (s.saga_id, s.name) > (:afterId, :afterName)
         AND EXISTS (SELECT 1 FROM json_each(i.state, '$.positions') WHERE value ->> 'at' = 'signal')
       ORDER BY s.saga_id, s.name LIMIT :countMax`,
  },
};
