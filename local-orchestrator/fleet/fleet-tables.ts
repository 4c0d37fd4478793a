import type { StoreModule } from '#contracts/store.ts';

/** Who has which robot. The epoch grows with every lease, so that a command of an older one can be told apart. */
export const fleetTables: StoreModule = {
  name: 'fleet',
  migrations: [
    `CREATE TABLE fleet_leases (
       robot_id TEXT PRIMARY KEY,
       epoch INTEGER NOT NULL,
       holder TEXT,
       taken_from TEXT,
       since_ms INTEGER NOT NULL
     ) STRICT;
     CREATE UNIQUE INDEX fleet_holder ON fleet_leases (holder) WHERE holder IS NOT NULL;`,
  ],
  writes: {
    known: `INSERT INTO fleet_leases (robot_id, epoch, holder, since_ms) VALUES (:robotId, 0, NULL, :nowMs)
       ON CONFLICT DO NOTHING`,
    grant: `UPDATE fleet_leases SET holder = :holder, taken_from = NULL, epoch = :epoch, since_ms = :nowMs
       WHERE robot_id = :robotId AND holder IS NULL AND epoch = :epoch - 1`,
    fence: `UPDATE fleet_leases SET holder = :holder, taken_from = holder, epoch = :epoch, since_ms = :nowMs
       WHERE robot_id = :robotId AND epoch = :epoch - 1`,
    release: `UPDATE fleet_leases SET holder = NULL, since_ms = :nowMs
       WHERE robot_id = :robotId AND holder = :holder AND epoch = :epoch`,
  },
  reads: { leases: 'SELECT robot_id, epoch, holder, taken_from FROM fleet_leases' },
};
