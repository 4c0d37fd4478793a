import type { StoreModule } from '#contracts/store.ts';

/** Orders by id with the digest of their content, and the latest refusals. */
export const intakeStoreModule: StoreModule = {
  name: 'intake',
  migrations: [
    `CREATE TABLE intake_order (
       order_id TEXT PRIMARY KEY,
       digest   TEXT NOT NULL,
       at_ms    INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE intake_refusal (
       refusal_id INTEGER PRIMARY KEY,
       at_ms   INTEGER NOT NULL,
       intake  TEXT NOT NULL,
       key     TEXT NOT NULL,
       code    TEXT NOT NULL,
       reason  TEXT NOT NULL,
       hint    TEXT NOT NULL
     ) STRICT;`,
  ],
  writes: {
    claimOrder:
      'INSERT INTO intake_order (order_id, digest, at_ms) VALUES (:orderId, :digest, :atMs) ON CONFLICT DO NOTHING',
    // With their orders: whoever counts anew after so long means another order.
    forgetOrders: 'DELETE FROM intake_order WHERE order_id IN (SELECT value FROM json_each(:ids))',
    refuse:
      'INSERT INTO intake_refusal (at_ms, intake, key, code, reason, hint) VALUES (:atMs, :intake, :key, :code, :reason, :hint)',
    // The event in the log is for ever; this table is the page a person looks at.
    trimRefusals:
      'DELETE FROM intake_refusal WHERE refusal_id <= (SELECT MAX(refusal_id) FROM intake_refusal) - :keepCount',
  },
  reads: {
    digest: 'SELECT digest FROM intake_order WHERE order_id = :orderId',
    refusals: 'SELECT * FROM intake_refusal ORDER BY refusal_id DESC LIMIT :limit',
  },
};
