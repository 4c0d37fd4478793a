import type { StoreModule } from '#contracts/store.ts';

/** Which version new sagas get, who tries a new one, and what a shadow would have done. */
export const rolloutTables: StoreModule = {
  name: 'rollout',
  migrations: [
    `CREATE TABLE rollout_pins (
       name TEXT PRIMARY KEY,
       hash TEXT NOT NULL,
       by TEXT NOT NULL,
       reason TEXT NOT NULL,
       at_ms INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE rollouts (
       rollout_id TEXT PRIMARY KEY,
       name TEXT NOT NULL,
       from_hash TEXT NOT NULL,
       to_hash TEXT NOT NULL,
       key TEXT NOT NULL,
       take TEXT NOT NULL,
       guard TEXT NOT NULL,
       state TEXT NOT NULL,
       started_ms INTEGER NOT NULL,
       started_by TEXT NOT NULL,
       reason TEXT NOT NULL,
       ended_ms INTEGER,
       ended_by TEXT,
       end_reason TEXT,
       old TEXT,
       new TEXT
     ) STRICT;
     CREATE UNIQUE INDEX rollouts_running ON rollouts (name) WHERE state = 'running';
     CREATE INDEX rollouts_started ON rollouts (started_ms);
     CREATE TABLE shadows (
       shadow_id TEXT PRIMARY KEY,
       name TEXT NOT NULL,
       hash TEXT NOT NULL,
       state TEXT NOT NULL,
       started_ms INTEGER NOT NULL,
       started_by TEXT NOT NULL,
       reason TEXT NOT NULL,
       ended_ms INTEGER,
       same INTEGER NOT NULL DEFAULT 0,
       different INTEGER NOT NULL DEFAULT 0
     ) STRICT;
     CREATE UNIQUE INDEX shadows_running ON shadows (name, hash) WHERE state = 'running';
     CREATE TABLE shadow_reports (
       n INTEGER PRIMARY KEY,
       shadow_id TEXT NOT NULL,
       saga_id TEXT NOT NULL,
       at_ms INTEGER NOT NULL,
       verdict TEXT NOT NULL,
       body TEXT NOT NULL,
       UNIQUE (shadow_id, saga_id)
     ) STRICT;`,
  ],
  writes: {
    pin: `INSERT INTO rollout_pins (name, hash, by, reason, at_ms) VALUES (:name, :hash, :by, :reason, :nowMs)
       ON CONFLICT (name) DO UPDATE
       SET hash = excluded.hash, by = excluded.by, reason = excluded.reason, at_ms = excluded.at_ms`,
    unpin: 'DELETE FROM rollout_pins WHERE name = :name',
    begin: `INSERT INTO rollouts
       (rollout_id, name, from_hash, to_hash, key, take, guard, state, started_ms, started_by, reason)
       SELECT :rolloutId, :name, :from, :to, :key, :take, :guard, 'running', :nowMs, :by, :reason
       WHERE coalesce((SELECT hash FROM rollout_pins WHERE name = :name), :shipped) = :from`,
    // Changes nothing and counts those under way: none is what a choice demands.
    underWay: `UPDATE rollouts SET state = state WHERE name = :name AND state = 'running'`,
    end: `UPDATE rollouts
       SET state = :state, ended_ms = :nowMs, ended_by = :by, end_reason = :reason, old = :old, new = :new
       WHERE rollout_id = :rolloutId AND state = 'running'`,
    forgetEnded: `DELETE FROM rollouts WHERE state <> 'running' AND rollout_id NOT IN
       (SELECT rollout_id FROM rollouts ORDER BY started_ms DESC LIMIT :keepCount)`,
    shadowBegin: `INSERT INTO shadows (shadow_id, name, hash, state, started_ms, started_by, reason)
       VALUES (:shadowId, :name, :hash, 'running', :nowMs, :by, :reason)`,
    shadowEnd: `UPDATE shadows SET state = 'stopped', ended_ms = :nowMs
       WHERE shadow_id = :shadowId AND state = 'running'`,
    shadowCount: `UPDATE shadows SET same = same + :same, different = different + :different
       WHERE shadow_id = :shadowId`,
    report: `INSERT INTO shadow_reports (shadow_id, saga_id, at_ms, verdict, body)
       VALUES (:shadowId, :sagaId, :nowMs, :verdict, :body) ON CONFLICT DO NOTHING`,
    forgetShadows: `DELETE FROM shadows WHERE state <> 'running' AND shadow_id NOT IN
       (SELECT shadow_id FROM shadows ORDER BY started_ms DESC LIMIT :keepCount)`,
    forgetTheirReports: `DELETE FROM shadow_reports WHERE shadow_id NOT IN (SELECT shadow_id FROM shadows)`,
    forgetReports: `DELETE FROM shadow_reports WHERE shadow_id = :shadowId AND n <= (
       SELECT n FROM shadow_reports WHERE shadow_id = :shadowId ORDER BY n DESC LIMIT 1 OFFSET :keepCount)`,
  },
  reads: {
    pins: 'SELECT name, hash FROM rollout_pins',
    versions: `SELECT d.name, d.hash, d.version, json_extract(d.body, '$.title') AS title, d.saved_ms,
         (SELECT count(*) FROM saga_instances AS i WHERE i.hash = d.hash AND i.ended_ms IS NULL) AS running,
         EXISTS (SELECT 1 FROM rollout_pins AS p WHERE p.name = d.name AND p.hash = d.hash) AS pinned
       FROM saga_definitions AS d WHERE (:name IS NULL OR d.name = :name)
       ORDER BY d.name, d.saved_ms DESC, d.hash LIMIT :countMax`,
    versionsLike: `SELECT hash FROM saga_definitions
       WHERE name = :name AND hash >= :prefix AND hash < :prefix || 'g' LIMIT 2`,
    list: 'SELECT * FROM rollouts ORDER BY started_ms DESC, rollout_id DESC LIMIT :countMax',
    running: `SELECT * FROM rollouts WHERE state = 'running' ORDER BY name`,
    one: 'SELECT * FROM rollouts WHERE rollout_id = :rolloutId',
    // The newest by their begin, and of those the ones that count: never more rows than the limit are looked at.
    samples: `SELECT status, amended, started_ms, ended_ms, parked FROM (
         SELECT i.status, i.amended, i.started_ms, i.ended_ms,
           EXISTS (SELECT 1 FROM dead_letter_letters AS d WHERE d.saga_id = i.saga_id) AS parked
         FROM saga_instances AS i INDEXED BY saga_versioned
         WHERE i.hash = :hash AND i.started_ms >= :begunFromMs
         ORDER BY i.started_ms DESC LIMIT :countMax)
       WHERE ended_ms IS NULL OR ended_ms >= :endedFromMs`,
    shadows: 'SELECT * FROM shadows ORDER BY started_ms DESC, shadow_id DESC LIMIT :countMax',
    shadowsRunning: `SELECT * FROM shadows WHERE state = 'running' ORDER BY name`,
    reports: `SELECT n, saga_id, at_ms, verdict, body FROM shadow_reports
       WHERE shadow_id = :shadowId AND n < :before AND (:verdict IS NULL OR verdict = :verdict)
       ORDER BY n DESC LIMIT :countMax`,
  },
};
