import type { StoreModule } from '#contracts/store.ts';

/** Orders as the board shows them. What an order says is the input of its saga, written once when it is accepted. */
export const orderTables: StoreModule = {
  name: 'orders',
  migrations: [
    `CREATE TABLE orders_orders (
       order_id TEXT PRIMARY KEY,
       saga_id TEXT NOT NULL,
       state TEXT NOT NULL,
       priority INTEGER NOT NULL,
       turn INTEGER NOT NULL,
       risk TEXT,
       needed_person INTEGER NOT NULL DEFAULT 0,
       line_count INTEGER NOT NULL,
       piece_count INTEGER NOT NULL,
       destination TEXT NOT NULL,
       customer TEXT,
       step TEXT,
       robot TEXT,
       task_id TEXT,
       traceparent TEXT,
       accepted_ms INTEGER NOT NULL,
       accepted_offset INTEGER NOT NULL,
       changed_ms INTEGER NOT NULL,
       -- It cannot begin here; the others go past it.
       held INTEGER NOT NULL DEFAULT 0
     ) STRICT;
     CREATE INDEX orders_waiting ON orders_orders (turn, accepted_offset) WHERE state = 'accepted' AND held = 0;
     CREATE INDEX orders_held ON orders_orders (accepted_offset) WHERE state = 'accepted' AND held = 1;
     CREATE INDEX orders_changed ON orders_orders (changed_ms, order_id);
     CREATE INDEX orders_state ON orders_orders (state, changed_ms, order_id);`,
  ],
  writes: {
    accept: `INSERT INTO orders_orders (order_id, saga_id, state, priority, turn, risk, line_count, piece_count, destination,
         customer, traceparent, accepted_ms, accepted_offset, changed_ms)
       VALUES (:orderId, :sagaId, 'accepted', :priority, :turn, :risk, :lineCount, :pieceCount, :destination, :customer,
         :traceparent, :acceptedMs, :offset, :acceptedMs)
       ON CONFLICT (order_id) DO NOTHING`,
    begin: `UPDATE orders_orders SET state = :state, step = :step, robot = :robot, task_id = :taskId,
         needed_person = needed_person OR :state = 'waiting-for-person', changed_ms = :nowMs
       WHERE order_id = :orderId AND state = 'accepted'`,
    update: `UPDATE orders_orders SET state = :state, step = :step, robot = :robot, task_id = :taskId,
         needed_person = needed_person OR :state = 'waiting-for-person', changed_ms = :nowMs
       WHERE order_id = :orderId`,
    drop: `UPDATE orders_orders SET state = 'cancelled', changed_ms = :nowMs
       WHERE order_id = :orderId AND state = 'accepted'`,
    hold: `UPDATE orders_orders SET held = 1
       WHERE order_id IN (SELECT value FROM json_each(:ids)) AND state = 'accepted'`,
    release: `UPDATE orders_orders SET held = 0 WHERE state = 'accepted' AND held = 1`,
    forget: 'DELETE FROM orders_orders WHERE order_id IN (SELECT value FROM json_each(:ids))',
  },
  reads: {
    endedBefore: `SELECT order_id, saga_id FROM orders_orders
       WHERE state IN ('completed', 'failed', 'cancelled') AND changed_ms < :beforeMs LIMIT :countMax`,
    // Named: without it, each look would read and sort all that wait.
    waiting: `SELECT o.order_id, o.saga_id, o.traceparent, n.body AS input
       FROM orders_orders AS o INDEXED BY orders_waiting JOIN saga_inputs AS n ON n.saga_id = o.saga_id
       WHERE o.state = 'accepted' AND o.held = 0 ORDER BY o.turn, o.accepted_offset LIMIT :countMax`,
    held: `SELECT o.order_id, o.saga_id, o.traceparent, n.body AS input
       FROM orders_orders AS o INDEXED BY orders_held JOIN saga_inputs AS n ON n.saga_id = o.saga_id
       WHERE o.state = 'accepted' AND o.held = 1 ORDER BY o.accepted_offset LIMIT :countMax`,
    one: 'SELECT * FROM orders_orders WHERE order_id = :orderId',
    input: 'SELECT body FROM saga_inputs WHERE saga_id = :sagaId',
    list: `SELECT * FROM orders_orders WHERE (changed_ms, order_id) < (:beforeMs, :beforeId)
       ORDER BY changed_ms DESC, order_id DESC LIMIT :countMax`,
    listOfState: `SELECT * FROM orders_orders
       WHERE state = :state AND (changed_ms, order_id) < (:beforeMs, :beforeId)
       ORDER BY changed_ms DESC, order_id DESC LIMIT :countMax`,
    running: `SELECT count(*) AS count FROM orders_orders WHERE state IN ('running', 'waiting-for-person')`,
    countSince: `SELECT state, count(*) AS count FROM orders_orders
       WHERE state IN ('completed', 'failed', 'cancelled') AND changed_ms >= :sinceMs GROUP BY state`,
    countWaiting: `SELECT count(*) AS count FROM orders_orders WHERE state = 'accepted'`,
    unread: 'SELECT offset FROM log_events WHERE type = :type AND offset > :read',
  },
};
