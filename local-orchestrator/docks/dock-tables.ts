import type { StoreModule } from '#contracts/store.ts';
import { DOCK_HANDOFF } from './bookings.ts';

const HOLDS = "state IN ('booked', 'arrived', 'released')";
const CHANGED = 'changed_ms = :nowMs, revision = revision + 1';
/** No other booking holds the dock in that stretch of time: part of every statement that takes one. */
const NOBODY_ELSE = `NOT EXISTS (SELECT 1 FROM dock_bookings AS o
  WHERE o.dock_id = :dockId AND o.${HOLDS} AND o.booking_id <> :bookingId
    AND o.from_ms < :toMs AND o.to_ms > :fromMs)`;
/** No other vehicle stands there, whatever its slot says: part of the statement that sends one there. */
const NOBODY_THERE = `NOT EXISTS (SELECT 1 FROM dock_bookings AS o
  WHERE o.dock_id = :dockId AND o.${HOLDS} AND o.booking_id <> :bookingId AND o.at_dock = 1)`;
const MOVED = `dock_id = :dockId, from_ms = :fromMs, to_ms = :toMs, ${CHANGED}`;

/** Slots at docks. Who takes one says so in the condition of the statement: two never hold the same. */
export const dockTables: StoreModule = {
  name: 'docks',
  migrations: [
    `CREATE TABLE dock_bookings (
       booking_id TEXT PRIMARY KEY,
       dock_id TEXT NOT NULL,
       from_ms INTEGER NOT NULL,
       to_ms INTEGER NOT NULL,
       state TEXT NOT NULL,
       reason TEXT,
       request TEXT NOT NULL,
       booked_by TEXT NOT NULL,
       begun INTEGER NOT NULL DEFAULT 0,
       revision INTEGER NOT NULL DEFAULT 1,
       changed_ms INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX dock_ended ON dock_bookings (to_ms) WHERE NOT (${HOLDS});
     CREATE INDEX dock_holding ON dock_bookings (dock_id, from_ms) WHERE ${HOLDS};
     CREATE TABLE dock_faults (
       dock_id TEXT PRIMARY KEY,
       reason TEXT NOT NULL,
       by_whom TEXT NOT NULL,
       since_ms INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;`,
    // Until then nobody wrote down which of those that had come had got their dock: as if all had.
    `ALTER TABLE dock_bookings ADD COLUMN at_dock INTEGER NOT NULL DEFAULT 0;
     UPDATE dock_bookings SET at_dock = 1 WHERE state IN ('arrived', 'released');`,
  ],
  writes: {
    book: `INSERT INTO dock_bookings (booking_id, dock_id, from_ms, to_ms, state, request, booked_by, changed_ms)
       SELECT :bookingId, :dockId, :fromMs, :toMs, 'booked', :request, :by, :nowMs WHERE ${NOBODY_ELSE}`,
    move: `UPDATE dock_bookings SET ${MOVED}
       WHERE booking_id = :bookingId AND revision = :revision AND ${NOBODY_ELSE}`,
    admit: `UPDATE dock_bookings SET at_dock = 1, ${MOVED}
       WHERE booking_id = :bookingId AND revision = :revision AND ${NOBODY_ELSE} AND ${NOBODY_THERE}`,
    begun: 'UPDATE dock_bookings SET begun = 1 WHERE booking_id = :bookingId',
    // From the one state that may come before it.
    stand: `UPDATE dock_bookings SET state = :state, ${CHANGED}
       WHERE booking_id = :bookingId AND state = :before`,
    end: `UPDATE dock_bookings SET state = :state, to_ms = :toMs, reason = coalesce(:reason, reason), ${CHANGED}
       WHERE booking_id = :bookingId AND ${HOLDS}`,
    why: `UPDATE dock_bookings SET reason = :reason, ${CHANGED} WHERE booking_id = :bookingId`,
    breakDown: `INSERT INTO dock_faults (dock_id, reason, by_whom, since_ms) VALUES (:dockId, :reason, :by, :nowMs)
       ON CONFLICT (dock_id) DO UPDATE SET reason = excluded.reason, by_whom = excluded.by_whom`,
    // By the ids of their sagas, as a JSON list.
    forget: `DELETE FROM dock_bookings WHERE NOT (${HOLDS}) AND booking_id IN (
         SELECT substr(value, length('${DOCK_HANDOFF}:') + 1) FROM json_each(:ids)
         WHERE value LIKE '${DOCK_HANDOFF}:%')`,
    mend: 'DELETE FROM dock_faults WHERE dock_id = :dockId',
  },
  reads: {
    booking: 'SELECT * FROM dock_bookings WHERE booking_id = :bookingId',
    holding: `SELECT * FROM dock_bookings WHERE ${HOLDS} ORDER BY from_ms, booking_id`,
    // What ends within or after the stretch and begins before its end.
    ended: `SELECT * FROM dock_bookings WHERE NOT (${HOLDS}) AND to_ms > :fromMs AND from_ms < :toMs
       ORDER BY to_ms, booking_id LIMIT :countMax`,
    faults: 'SELECT dock_id, reason FROM dock_faults',
  },
};
