import type { StoreModule } from '#contracts/store.ts';

/**
 * Sums by kind of saga and hour, added to in the transaction of the transition that they are about: nothing is lost
 * by a crash and nothing counted twice. A closed day is folded into one row per figure and outlives its hours.
 */
export const kpiTables: StoreModule = {
  name: 'kpi',
  migrations: [
    `CREATE TABLE kpi_hours (
       hour_ms INTEGER NOT NULL,
       saga TEXT NOT NULL,
       figure TEXT NOT NULL,
       value INTEGER NOT NULL,
       PRIMARY KEY (hour_ms, saga, figure)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE kpi_days (
       day_ms INTEGER NOT NULL,
       saga TEXT NOT NULL,
       figure TEXT NOT NULL,
       value INTEGER NOT NULL,
       PRIMARY KEY (day_ms, saga, figure)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE kpi_marks (mark TEXT PRIMARY KEY, through_ms INTEGER NOT NULL) STRICT;
     CREATE TABLE kpi_alerts (
       saga TEXT NOT NULL,
       speed TEXT NOT NULL,
       since_ms INTEGER NOT NULL,
       PRIMARY KEY (saga, speed)
     ) STRICT;`,
  ],
  writes: {
    // All of a commit at once, as a JSON list of [hour, saga, figure, value].
    add: `INSERT INTO kpi_hours (hour_ms, saga, figure, value)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:sums) WHERE true
       ON CONFLICT DO UPDATE SET value = value + excluded.value`,
    // How long a person took; the task knows since when it has been open.
    addManual: `INSERT INTO kpi_hours (hour_ms, saga, figure, value)
       SELECT :hourMs, :saga, 'manualMs', max(0, :nowMs - created_ms) FROM task_tasks WHERE task_id = :taskId
       ON CONFLICT DO UPDATE SET value = value + excluded.value`,
    // Work that ended well after it had been parked, once or more often.
    addRecovery: `INSERT INTO kpi_hours (hour_ms, saga, figure, value)
       SELECT :hourMs, :saga, f.value, iif(f.value = 'recoveries', 1, max(0, :nowMs - l.opened_ms))
       FROM (SELECT min(opened_ms) AS opened_ms FROM dead_letter_letters
             WHERE saga_id = :sagaId AND node = :node AND visit = :visit AND role = :role) AS l,
            json_each('["recoveries", "recoverMs"]') AS f
       WHERE l.opened_ms IS NOT NULL
       ON CONFLICT DO UPDATE SET value = value + excluded.value`,
    fold: `INSERT INTO kpi_days (day_ms, saga, figure, value)
       SELECT :fromMs, saga, figure, sum(value) FROM kpi_hours WHERE hour_ms >= :fromMs AND hour_ms < :toMs
       GROUP BY saga, figure ON CONFLICT DO NOTHING`,
    mark: `INSERT INTO kpi_marks (mark, through_ms) VALUES (:mark, :throughMs)
       ON CONFLICT DO UPDATE SET through_ms = excluded.through_ms WHERE excluded.through_ms > through_ms`,
    forgetHours: 'DELETE FROM kpi_hours WHERE hour_ms < :beforeMs',
    forgetDays: 'DELETE FROM kpi_days WHERE day_ms < :beforeMs',
    alert: 'INSERT INTO kpi_alerts (saga, speed, since_ms) VALUES (:saga, :speed, :nowMs)',
    unalert: 'DELETE FROM kpi_alerts WHERE saga = :saga AND speed = :speed',
  },
  reads: {
    hours: `SELECT hour_ms AS from_ms, saga, figure, value FROM kpi_hours
       WHERE hour_ms >= :fromMs AND hour_ms < :toMs AND (:saga IS NULL OR saga = :saga)
       ORDER BY hour_ms, saga`,
    days: `SELECT day_ms AS from_ms, saga, figure, value FROM kpi_days
       WHERE day_ms >= :fromMs AND day_ms < :toMs AND (:saga IS NULL OR saga = :saga)
       ORDER BY day_ms, saga`,
    firstHour: 'SELECT min(hour_ms) AS hour_ms FROM kpi_hours WHERE hour_ms >= :fromMs AND hour_ms < :toMs',
    sloHours: `SELECT figure, sum(value) AS value FROM kpi_hours
       WHERE hour_ms >= :fromMs AND saga = :saga AND figure IN ('sloGood', 'sloBad') GROUP BY figure`,
    sloDays: `SELECT figure, sum(value) AS value FROM kpi_days
       WHERE day_ms >= :fromMs AND saga = :saga AND figure IN ('sloGood', 'sloBad') GROUP BY figure`,
    marks: 'SELECT mark, through_ms FROM kpi_marks',
    alerts: 'SELECT saga, speed FROM kpi_alerts',
  },
};
