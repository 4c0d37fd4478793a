import type { StoreModule } from '#contracts/store.ts';

/**
 * One row per notice and channel. `phase`: `send` has to be told; `end` was told and still calls, such as a light;
 * `done` and `lost` are kept for a while.
 */
export const notifyStoreModule: StoreModule = {
  name: 'notify',
  migrations: [
    `CREATE TABLE notify_deliveries (
       notice_id TEXT NOT NULL,
       channel TEXT NOT NULL,
       body TEXT NOT NULL,
       made_ms INTEGER NOT NULL,
       phase TEXT NOT NULL,
       attempts INTEGER NOT NULL,
       next_ms INTEGER,
       reason TEXT,
       ended_ms INTEGER,
       PRIMARY KEY (notice_id, channel)
     ) STRICT;
     CREATE INDEX notify_next ON notify_deliveries (channel, next_ms) WHERE next_ms IS NOT NULL;
     CREATE INDEX notify_ended ON notify_deliveries (ended_ms) WHERE ended_ms IS NOT NULL;
     CREATE INDEX notify_told ON notify_deliveries (channel, made_ms) WHERE phase = 'done';`,
  ],
  writes: {
    enqueue: `INSERT INTO notify_deliveries (notice_id, channel, body, made_ms, phase, attempts, next_ms)
       VALUES (:noticeId, :channel, :body, :nowMs, 'send', 0, :nowMs) ON CONFLICT DO NOTHING`,
    told: `UPDATE notify_deliveries
       SET phase = :phase, attempts = attempts + 1, next_ms = :nextMs, reason = NULL, ended_ms = :endedMs
       WHERE notice_id = :noticeId AND channel = :channel`,
    failed: `UPDATE notify_deliveries SET attempts = attempts + 1, next_ms = :nextMs, reason = :reason
       WHERE notice_id = :noticeId AND channel = :channel`,
    lost: `UPDATE notify_deliveries SET phase = 'lost', next_ms = NULL, reason = :reason, ended_ms = :nowMs
       WHERE notice_id = :noticeId AND channel = :channel`,
    forget: 'DELETE FROM notify_deliveries WHERE ended_ms < :beforeMs',
  },
  reads: {
    due: `SELECT notice_id, body, made_ms, phase, attempts FROM notify_deliveries
       WHERE channel = :channel AND next_ms <= :nowMs ORDER BY next_ms, notice_id LIMIT :countMax`,
    next: `SELECT min(next_ms) AS next_ms, count(*) AS waiting FROM notify_deliveries
       WHERE channel = :channel AND next_ms IS NOT NULL`,
    calling: `SELECT max(next_ms) AS until_ms FROM notify_deliveries WHERE channel = :channel AND phase = 'end'`,
    told: `SELECT body FROM notify_deliveries WHERE channel = :channel AND phase = 'done'
       ORDER BY made_ms DESC LIMIT :countMax`,
  },
};
