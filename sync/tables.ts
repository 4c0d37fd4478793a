import type { StoreModule } from '#contracts/store.ts';

/**
 * What sync remembers. `sync_lanes` is one row per (uplink, epoch, lane), rewritten in place; `sync_runs` is the
 * numbering (see ledger.ts), one row per up to 20,000 records.
 */
export const syncStoreModule: StoreModule = {
  name: 'sync',
  migrations: [
    `CREATE TABLE sync_lanes (
       uplink TEXT NOT NULL,
       epoch TEXT NOT NULL,
       lane TEXT NOT NULL,
       sealed_sequence INTEGER NOT NULL,
       sealed_offset INTEGER NOT NULL,
       acked_sequence INTEGER NOT NULL,
       acked_offset INTEGER NOT NULL,
       counted_offset INTEGER NOT NULL,
       backlog_count INTEGER NOT NULL,
       backlog_bytes INTEGER NOT NULL,
       dropped_count INTEGER NOT NULL,
       classification_max TEXT NOT NULL,
       changed_ms INTEGER NOT NULL,
       PRIMARY KEY (uplink, epoch, lane)
     ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE sync_runs (
       uplink TEXT NOT NULL,
       epoch TEXT NOT NULL,
       lane TEXT NOT NULL,
       first_sequence INTEGER NOT NULL,
       last_sequence INTEGER NOT NULL,
       after_offset INTEGER NOT NULL,
       last_offset INTEGER NOT NULL,
       classification_max TEXT NOT NULL,
       PRIMARY KEY (uplink, epoch, lane, first_sequence)
     ) STRICT, WITHOUT ROWID`,
  ],
  writes: {
    addLane: `INSERT INTO sync_lanes VALUES (:uplink, :epoch, :lane, :sealedSequence, :sealedOffset,
        :ackedSequence, :ackedOffset, :countedOffset, 0, 0, 0, :classificationMax, :changedMs)`,
    // Sealing and acknowledging write different columns: neither can carry an old value of the other to disk.
    setSealed: `UPDATE sync_lanes SET sealed_sequence = :sequence, sealed_offset = :offset
      WHERE uplink = :uplink AND epoch = :epoch AND lane = :lane`,
    setDropped: `UPDATE sync_lanes SET dropped_count = :count
      WHERE uplink = :uplink AND epoch = :epoch AND lane = :lane`,
    setAcked: `UPDATE sync_lanes SET acked_sequence = :ackedSequence, acked_offset = :ackedOffset,
        counted_offset = :countedOffset, backlog_count = :backlogCount, backlog_bytes = :backlogBytes,
        classification_max = :classificationMax, changed_ms = :changedMs
      WHERE uplink = :uplink AND epoch = :epoch AND lane = :lane`,
    putRun: `INSERT INTO sync_runs VALUES (:uplink, :epoch, :lane, :firstSequence, :lastSequence,
        :afterOffset, :lastOffset, :classificationMax)
      ON CONFLICT (uplink, epoch, lane, first_sequence) DO UPDATE SET
        last_sequence = excluded.last_sequence, last_offset = excluded.last_offset`,
  },
  reads: {
    lanes: `SELECT * FROM sync_lanes WHERE uplink = :uplink ORDER BY changed_ms DESC`,
    newestRun: `SELECT * FROM sync_runs WHERE uplink = :uplink AND epoch = :epoch AND lane = :lane
      ORDER BY first_sequence DESC LIMIT 1`,
    lastAlarm: `SELECT type FROM log_events
      WHERE type IN ('holdfast.alarm.raised.v1', 'holdfast.alarm.cleared.v1') AND subject = :alarmId
      ORDER BY offset DESC LIMIT 1`,
    // The run that holds a number, or the next one when the number lies in a hole between two.
    runFrom: `SELECT * FROM sync_runs WHERE uplink = :uplink AND epoch = :epoch AND lane = :lane
      AND first_sequence >= coalesce((SELECT max(first_sequence) FROM sync_runs WHERE uplink = :uplink
        AND epoch = :epoch AND lane = :lane AND first_sequence <= :sequence), 0)
      AND last_sequence >= :sequence
      ORDER BY first_sequence LIMIT 1`,
  },
};
