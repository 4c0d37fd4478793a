import type { StoreModule } from '#contracts/store.ts';

const FITS = `(:cause IS NULL OR cause = :cause) AND (:definition IS NULL OR definition = :definition)
       AND (:step IS NULL OR node = :step) AND (:device IS NULL OR device = :device)
       AND opened_ms >= :fromMs AND opened_ms < :toMs`;

/**
 * Work that could not go on by itself, and re-drives of many. A letter is written with the transition that parks
 * the work, and closed with the one that lets it go on; with it the row of the re-drive that asked for it.
 */
export const deadLetterTables: StoreModule = {
  name: 'dead-letter',
  migrations: [
    `CREATE TABLE dead_letter_letters (
       task_id TEXT PRIMARY KEY,
       saga_id TEXT NOT NULL,
       correlation_id TEXT NOT NULL,
       definition TEXT NOT NULL,
       node TEXT NOT NULL,
       title TEXT NOT NULL,
       visit INTEGER NOT NULL,
       role TEXT NOT NULL,
       cause TEXT NOT NULL,
       reason TEXT NOT NULL,
       activity TEXT NOT NULL,
       via TEXT NOT NULL,
       device TEXT,
       attempts INTEGER NOT NULL,
       input TEXT NOT NULL,
       opened_ms INTEGER NOT NULL,
       closed_ms INTEGER,
       closed_by TEXT,
       decision TEXT,
       note TEXT,
       input_after TEXT,
       redrive_id TEXT
     ) STRICT;
     CREATE INDEX dead_letter_open ON dead_letter_letters (opened_ms, task_id) WHERE closed_ms IS NULL;
     CREATE INDEX dead_letter_opened ON dead_letter_letters (opened_ms, task_id);
     CREATE INDEX dead_letter_saga ON dead_letter_letters (saga_id);
     CREATE TABLE dead_letter_redrives (
       redrive_id TEXT PRIMARY KEY,
       by TEXT NOT NULL,
       reason TEXT NOT NULL,
       filter TEXT NOT NULL,
       patch TEXT,
       state TEXT NOT NULL,
       started_ms INTEGER NOT NULL,
       ended_ms INTEGER
     ) STRICT;
     CREATE INDEX dead_letter_redrives_state ON dead_letter_redrives (state, started_ms);
     CREATE TABLE dead_letter_items (
       redrive_id TEXT NOT NULL,
       place INTEGER NOT NULL,
       task_id TEXT NOT NULL,
       state TEXT NOT NULL,
       detail TEXT,
       PRIMARY KEY (redrive_id, place)
     ) STRICT, WITHOUT ROWID;`,
  ],
  writes: {
    open: `INSERT INTO dead_letter_letters (task_id, saga_id, correlation_id, definition, node, title, visit, role,
         cause, reason, activity, via, device, attempts, input, opened_ms)
       VALUES (:taskId, :sagaId, :correlationId, :definition, :node, :title, :visit, :role, :cause, :reason,
         :activity, :via, :device, :attempts, :input, :nowMs)`,
    close: `UPDATE dead_letter_letters
       SET closed_ms = :nowMs, closed_by = :by, decision = :decision, note = :note, input_after = :inputAfter,
         redrive_id = :redriveId
       WHERE task_id = :taskId AND closed_ms IS NULL`,
    begin: `INSERT INTO dead_letter_redrives (redrive_id, by, reason, filter, patch, state, started_ms)
       VALUES (:redriveId, :by, :reason, :filter, :patch, 'running', :nowMs)`,
    item: `INSERT INTO dead_letter_items (redrive_id, place, task_id, state, detail)
       VALUES (:redriveId, :place, :taskId, :state, :detail)`,
    settle: `UPDATE dead_letter_items SET state = :state, detail = :detail
       WHERE redrive_id = :redriveId AND place = :place AND state = 'pending'`,
    end: `UPDATE dead_letter_redrives SET state = :state, ended_ms = :nowMs
       WHERE redrive_id = :redriveId AND state = 'running'`,
    leaveRest: `UPDATE dead_letter_items SET state = 'left', detail = :detail
       WHERE redrive_id = :redriveId AND state = 'pending'`,
    forget: 'DELETE FROM dead_letter_letters WHERE saga_id IN (SELECT value FROM json_each(:ids))',
    forgetRedrives: `DELETE FROM dead_letter_redrives WHERE redrive_id IN (SELECT value FROM json_each(:ids))`,
    forgetItems: `DELETE FROM dead_letter_items WHERE redrive_id IN (SELECT value FROM json_each(:ids))`,
  },
  reads: {
    one: 'SELECT * FROM dead_letter_letters WHERE task_id = :taskId',
    open: `SELECT * FROM dead_letter_letters
       WHERE closed_ms IS NULL AND (opened_ms, task_id) > (:afterMs, :afterId) AND ${FITS}
       ORDER BY opened_ms, task_id LIMIT :countMax`,
    closed: `SELECT * FROM dead_letter_letters
       WHERE closed_ms IS NOT NULL AND (opened_ms, task_id) < (:afterMs, :afterId) AND ${FITS}
       ORDER BY opened_ms DESC, task_id DESC LIMIT :countMax`,
    redrives: `SELECT r.*,
         (SELECT count(*) FROM dead_letter_items AS i WHERE i.redrive_id = r.redrive_id) AS total,
         (SELECT count(*) FROM dead_letter_items AS i WHERE i.redrive_id = r.redrive_id AND i.state = 'pending') AS pending,
         (SELECT count(*) FROM dead_letter_items AS i WHERE i.redrive_id = r.redrive_id AND i.state = 'done') AS done
       FROM dead_letter_redrives AS r WHERE :redriveId IS NULL OR r.redrive_id = :redriveId
       ORDER BY r.started_ms DESC, r.redrive_id DESC LIMIT :countMax`,
    running: `SELECT * FROM dead_letter_redrives WHERE state = 'running' ORDER BY started_ms, redrive_id LIMIT :countMax`,
    items: 'SELECT * FROM dead_letter_items WHERE redrive_id = :redriveId ORDER BY place',
    pending: `SELECT place, task_id FROM dead_letter_items
       WHERE redrive_id = :redriveId AND state = 'pending' ORDER BY place LIMIT :countMax`,
    endedBefore: `SELECT redrive_id FROM dead_letter_redrives
       WHERE state IN ('done', 'stopped') AND started_ms < :beforeMs ORDER BY started_ms LIMIT :countMax`,
  },
};
