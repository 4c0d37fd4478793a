import type { StoreModule } from '#contracts/store.ts';

/**
 * One row per notice and channel. `phase`: `send` has to be told; `end` was told and still calls, such as a light;
 * `done` and `lost` are kept for a while. `answered`: somebody has its task, so that nothing needs to call any more.
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
       task_id TEXT,
       answered INTEGER NOT NULL DEFAULT 0,
       PRIMARY KEY (notice_id, channel)
     ) STRICT;
     CREATE INDEX notify_next ON notify_deliveries (channel, next_ms) WHERE next_ms IS NOT NULL;
     CREATE INDEX notify_ended ON notify_deliveries (ended_ms) WHERE ended_ms IS NOT NULL;
     CREATE INDEX notify_of_task ON notify_deliveries (task_id) WHERE next_ms IS NOT NULL;
     CREATE INDEX notify_told ON notify_deliveries (channel, made_ms) WHERE phase = 'done';`,
  ],
  writes: {
    enqueue: `INSERT INTO notify_deliveries (notice_id, channel, body, made_ms, phase, attempts, next_ms, task_id)
       VALUES (:noticeId, :channel, :body, :nowMs, 'send', 0, :nowMs, :taskId) ON CONFLICT DO NOTHING`,
    calls: `INSERT INTO notify_deliveries (notice_id, channel, body, made_ms, phase, attempts, next_ms)
       VALUES (:noticeId, :channel, :body, :nowMs, 'end', 0, :nextMs)`,
    // It may have been answered while it was being told.
    told: `UPDATE notify_deliveries
       SET phase = :phase, attempts = attempts + 1, next_ms = iif(answered = 1, min(:nextMs, :nowMs), :nextMs),
         reason = NULL, ended_ms = :endedMs
       WHERE notice_id = :noticeId AND channel = :channel`,
    answered: `UPDATE notify_deliveries SET answered = 1, next_ms = iif(phase = 'end', min(next_ms, :nowMs), next_ms)
       WHERE task_id = :taskId AND next_ms IS NOT NULL`,
    failed: `UPDATE notify_deliveries SET attempts = attempts + 1, next_ms = :nextMs, reason = :reason
       WHERE notice_id = :noticeId AND channel = :channel`,
    lost: `UPDATE notify_deliveries SET phase = 'lost', next_ms = NULL, reason = :reason, ended_ms = :nowMs
       WHERE notice_id = :noticeId AND channel = :channel`,
    forget: 'DELETE FROM notify_deliveries WHERE ended_ms < :beforeMs',
  },
  reads: {
    due: `SELECT notice_id, body, made_ms, phase, attempts, answered FROM notify_deliveries
       WHERE channel = :channel AND next_ms <= :nowMs ORDER BY next_ms, notice_id LIMIT :countMax`,
    next: `SELECT min(next_ms) AS next_ms, count(*) FILTER (WHERE phase = 'send') AS waiting FROM notify_deliveries
       WHERE channel = :channel AND next_ms IS NOT NULL`,
    calling: `SELECT max(next_ms) AS until_ms FROM notify_deliveries WHERE channel = :channel AND phase = 'end'`,
    told: `SELECT body FROM notify_deliveries WHERE channel = :channel AND phase = 'done'
       ORDER BY made_ms DESC LIMIT :countMax`,
  },
};
