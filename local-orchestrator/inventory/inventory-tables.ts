import type { StoreModule } from '#contracts/store.ts';

/**
 * Stock by article and place, and what is set aside of it. Statements that change stock carry their condition
 * with them: a second hand on the same shelf makes the first or the second one try again, never both succeed.
 */
export const inventoryTables: StoreModule = {
  name: 'inventory',
  migrations: [
    `CREATE TABLE inventory_stock (
       sku TEXT NOT NULL,
       place TEXT NOT NULL,
       quantity INTEGER NOT NULL CHECK (quantity >= reserved),
       reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
       pickable INTEGER NOT NULL DEFAULT 1,
       PRIMARY KEY (sku, place)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX inventory_stock_place ON inventory_stock (place);
     CREATE TABLE inventory_room (
       holder TEXT PRIMARY KEY,
       place TEXT NOT NULL,
       sku TEXT NOT NULL,
       quantity INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX inventory_room_place ON inventory_room (place);
     CREATE TABLE inventory_claims (
       place TEXT PRIMARY KEY,
       purpose TEXT NOT NULL,
       holder TEXT NOT NULL,
       since_ms INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE inventory_loaded (sku TEXT NOT NULL, place TEXT NOT NULL, PRIMARY KEY (sku, place))
       STRICT, WITHOUT ROWID;
     CREATE TABLE inventory_reservations (
       reservation_id TEXT PRIMARY KEY,
       order_id TEXT NOT NULL,
       state TEXT NOT NULL,
       lines TEXT NOT NULL,
       reserved_ms INTEGER NOT NULL,
       changed_ms INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE inventory_acts (act_key TEXT PRIMARY KEY, result TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;`,
  ],
  writes: {
    load: `INSERT INTO inventory_stock (sku, place, quantity, pickable)
       SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>3 FROM json_each(:rows) AS j
       WHERE NOT EXISTS (SELECT 1 FROM inventory_loaded AS l
                         WHERE l.sku = j.value->>0 AND l.place = j.value->>1)
       ON CONFLICT (sku, place) DO UPDATE SET quantity = quantity + excluded.quantity`,
    loaded: `INSERT INTO inventory_loaded (sku, place)
       SELECT j.value->>0, j.value->>1 FROM json_each(:rows) AS j WHERE true ON CONFLICT DO NOTHING`,
    setAside: `UPDATE inventory_stock AS s SET reserved = s.reserved + (j.value->>2)
       FROM json_each(:rows) AS j
       WHERE s.sku = j.value->>0 AND s.place = j.value->>1
         AND s.quantity - s.reserved >= j.value->>2
         AND NOT EXISTS (SELECT 1 FROM inventory_claims AS c WHERE c.place = s.place AND c.purpose = 'count')`,
    giveBack: `UPDATE inventory_stock AS s SET reserved = s.reserved - (j.value->>2)
       FROM json_each(:rows) AS j
       WHERE s.sku = j.value->>0 AND s.place = j.value->>1 AND s.reserved >= j.value->>2`,
    take: `UPDATE inventory_stock AS s
       SET reserved = s.reserved - (j.value->>2), quantity = s.quantity - (j.value->>3)
       FROM json_each(:rows) AS j
       WHERE s.sku = j.value->>0 AND s.place = j.value->>1 AND s.reserved >= j.value->>2
         AND s.quantity - (j.value->>3) >= s.reserved - (j.value->>2)`,
    put: `INSERT INTO inventory_stock (sku, place, quantity, pickable)
       SELECT j.value->>0, j.value->>1, j.value->>2, :pickable FROM json_each(:rows) AS j WHERE true
       ON CONFLICT (sku, place) DO UPDATE SET quantity = quantity + excluded.quantity`,
    receive: `INSERT INTO inventory_stock (sku, place, quantity, reserved, pickable)
       SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>2, 0 FROM json_each(:rows) AS j WHERE true
       ON CONFLICT (sku, place) DO UPDATE SET
         quantity = quantity + excluded.quantity, reserved = reserved + excluded.reserved`,
    found: `INSERT INTO inventory_stock (sku, place, quantity, pickable)
       SELECT j.value->>0, j.value->>1, 0, j.value->>4 FROM json_each(:rows) AS j WHERE true ON CONFLICT DO NOTHING`,
    adjust: `UPDATE inventory_stock AS s SET quantity = j.value->>3 FROM json_each(:rows) AS j
       WHERE s.sku = j.value->>0 AND s.place = j.value->>1 AND s.quantity = j.value->>2
         AND s.reserved <= j.value->>3`,
    holdRoom: `INSERT INTO inventory_room (holder, place, sku, quantity)
       SELECT :holder, :place, :sku, :quantity
       WHERE (:capacity IS NULL OR :capacity >= :quantity
           + (SELECT coalesce(sum(quantity), 0) FROM inventory_stock WHERE place = :place)
           + (SELECT coalesce(sum(quantity), 0) FROM inventory_room WHERE place = :place AND holder <> :holder))
         AND NOT EXISTS (SELECT 1 FROM inventory_claims WHERE place = :place AND purpose = 'count')
       ON CONFLICT (holder) DO UPDATE SET
         place = excluded.place, sku = excluded.sku, quantity = excluded.quantity`,
    leaveRoom: 'DELETE FROM inventory_room WHERE holder = :holder',
    claim: `INSERT INTO inventory_claims (place, purpose, holder, since_ms)
       VALUES (:place, :purpose, :holder, :nowMs)
       ON CONFLICT (place) DO UPDATE SET purpose = excluded.purpose WHERE holder = excluded.holder`,
    unclaim: 'DELETE FROM inventory_claims WHERE place = :place AND holder = :holder',
    reserve: `INSERT INTO inventory_reservations (reservation_id, order_id, state, lines, reserved_ms, changed_ms)
       VALUES (:reservationId, :orderId, 'reserved', :lines, :nowMs, :nowMs)`,
    trim: `UPDATE inventory_reservations SET lines = :left, changed_ms = :nowMs
       WHERE reservation_id = :reservationId AND state = 'reserved' AND lines = :before`,
    close: `UPDATE inventory_reservations SET state = :state, changed_ms = :nowMs
       WHERE reservation_id = :reservationId AND state = 'reserved'`,
    // Keys of acts begin with the id of their saga, which may come back to them for as long as it lives.
    forgetActs: `DELETE FROM inventory_acts WHERE rowid IN (
         SELECT a.rowid FROM json_each(:ids) AS i
         JOIN inventory_acts AS a ON a.act_key >= i.value || ':' AND a.act_key < i.value || ';')`,
    forgetReservations: `DELETE FROM inventory_reservations WHERE state <> 'reserved' AND rowid IN (
         SELECT r.rowid FROM json_each(:ids) AS i JOIN inventory_reservations AS r
           ON r.reservation_id >= i.value || ':' AND r.reservation_id < i.value || ';')`,
    act: 'INSERT INTO inventory_acts (act_key, result, at_ms) VALUES (:key, :result, :nowMs)',
  },
  reads: {
    skus: 'SELECT DISTINCT sku FROM inventory_stock',
    free: `SELECT sku, place, quantity - reserved AS free FROM inventory_stock AS s
       WHERE sku IN (SELECT value FROM json_each(:skus)) AND quantity > reserved
         AND CASE WHEN :places IS NULL THEN pickable = 1
                  ELSE place IN (SELECT value FROM json_each(:places)) END
         AND NOT EXISTS (SELECT 1 FROM inventory_claims AS c WHERE c.place = s.place AND c.purpose = 'count')
       ORDER BY sku, free DESC, place`,
    stock: 'SELECT sku, place, quantity, reserved FROM inventory_stock WHERE sku = :sku ORDER BY place',
    contents: `SELECT sku, quantity, reserved FROM inventory_stock
       WHERE place = :place AND quantity > 0 ORDER BY sku`,
    loads: `SELECT j.value AS place,
         (SELECT coalesce(sum(quantity), 0) FROM inventory_stock WHERE place = j.value)
           + (SELECT coalesce(sum(quantity), 0) FROM inventory_room
              WHERE place = j.value AND holder <> :holder) AS filled,
         (SELECT coalesce(sum(quantity), 0) FROM inventory_stock WHERE place = j.value AND sku = :sku) AS same,
         EXISTS (SELECT 1 FROM inventory_claims WHERE place = j.value AND purpose = 'count') AS closed
       FROM json_each(:places) AS j`,
    claimOf: 'SELECT purpose, holder FROM inventory_claims WHERE place = :place',
    claims: 'SELECT place, purpose, holder FROM inventory_claims ORDER BY place',
    reservation: 'SELECT * FROM inventory_reservations WHERE reservation_id = :reservationId',
    act: 'SELECT result FROM inventory_acts WHERE act_key = :key',
  },
};
