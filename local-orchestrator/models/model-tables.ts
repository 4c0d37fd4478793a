import type { StoreModule } from '#contracts/store.ts';

/** Decisions of models with what became of them, and how each model stands. */
export const modelTables: StoreModule = {
  name: 'models',
  migrations: [
    `CREATE TABLE models_decisions (
       id INTEGER PRIMARY KEY,
       key TEXT NOT NULL,
       model TEXT NOT NULL,
       version TEXT NOT NULL,
       input TEXT NOT NULL,
       answer TEXT NOT NULL,
       score REAL NOT NULL,
       top TEXT NOT NULL,
       aside INTEGER NOT NULL,
       followed INTEGER NOT NULL DEFAULT 0,
       at_ms INTEGER NOT NULL,
       actual TEXT,
       judged_by TEXT,
       judged_ms INTEGER,
       UNIQUE (key, model)
     ) STRICT;
     CREATE INDEX models_decisions_model ON models_decisions (model, id);
     CREATE TABLE models_standing (
       model TEXT PRIMARY KEY,
       state TEXT NOT NULL,
       why TEXT NOT NULL,
       since_ms INTEGER NOT NULL,
       since_id INTEGER NOT NULL,
       version TEXT NOT NULL,
       baseline TEXT
     ) STRICT;
     CREATE TABLE models_risk_samples (
       id INTEGER PRIMARY KEY,
       order_id TEXT NOT NULL UNIQUE,
       features TEXT NOT NULL,
       skus TEXT NOT NULL,
       exception INTEGER,
       accepted_ms INTEGER NOT NULL,
       ended_ms INTEGER
     ) STRICT;`,
  ],
  writes: {
    decided: `INSERT INTO models_decisions (key, model, version, input, answer, score, top, aside, at_ms)
       VALUES (:key, :model, :version, :input, :answer, :score, :top, :aside, :nowMs) ON CONFLICT DO NOTHING`,
    followed: 'UPDATE models_decisions SET followed = 1 WHERE key = :key AND aside = 0',
    judged: `UPDATE models_decisions SET actual = :actual, judged_by = :by, judged_ms = :nowMs
       WHERE key = :key AND actual IS NULL`,
    stand: `INSERT INTO models_standing (model, state, why, since_ms, since_id, version, baseline)
       VALUES (:model, :state, :why, :nowMs,
         (SELECT coalesce(max(id), 0) FROM models_decisions WHERE model = :model), :version, :baseline)
       ON CONFLICT (model) DO UPDATE SET state = excluded.state, why = excluded.why,
         since_ms = excluded.since_ms, since_id = excluded.since_id, version = excluded.version,
         baseline = excluded.baseline`,
    forget: `DELETE FROM models_decisions WHERE model = :model AND id <=
       (SELECT max(id) FROM models_decisions WHERE model = :model) - :keepCount`,
    riskAccepted: `INSERT INTO models_risk_samples (order_id, features, skus, accepted_ms)
       VALUES (:orderId, :features, :skus, :nowMs) ON CONFLICT DO NOTHING`,
    // Whether a person was needed on the way is known to the order's row.
    riskEnded: `UPDATE models_risk_samples SET ended_ms = :nowMs, exception = :failed OR
         coalesce((SELECT needed_person FROM orders_orders WHERE order_id = :orderId), 0)
       WHERE order_id = :orderId AND exception IS NULL`,
    riskForget: `DELETE FROM models_risk_samples WHERE id <=
       (SELECT max(id) FROM models_risk_samples) - :keepCount`,
  },
  reads: {
    answered: `SELECT model, version, answer, score, top FROM models_decisions
       WHERE key = :key AND aside = 0 LIMIT 1`,
    window: `SELECT key, input, answer, score, actual FROM models_decisions
       WHERE model = :model AND version = :version AND id > :sinceId ORDER BY id DESC LIMIT :countMax`,
    standing: 'SELECT * FROM models_standing',
    counts: `SELECT model, count(*) AS asked, sum(followed) AS followed FROM models_decisions
       WHERE aside = 0 GROUP BY model`,
    riskSamples: `SELECT features, skus, exception FROM models_risk_samples WHERE exception IS NOT NULL
       ORDER BY id DESC LIMIT :countMax`,
  },
};
