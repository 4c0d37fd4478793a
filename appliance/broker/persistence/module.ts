import type { StoreModule } from '#contracts/store.ts';

const BY_CLIENT = 'WHERE client_id = :client';
const BY_ROW = `${BY_CLIENT} AND seq = :seq`;

/**
 * Tables of the broker: one row per session, subscription, retained message, owed message, QoS 2 id and will.
 *
 * `broker_outgoing` is a queue per session. `seq` grows by one per message of that session, and the packet
 * identifier follows from it, so that a message goes out under its first identifier again even after the
 * process was killed [MQTT-4.4.0-1]; `message_id` is set only by those who choose one themselves.
 */
export const brokerStoreModule: StoreModule = {
  name: 'broker',
  migrations: [
    `CREATE TABLE broker_sessions (
      client_id TEXT PRIMARY KEY, user TEXT NOT NULL, created_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
    `CREATE TABLE broker_subscriptions (
      client_id TEXT NOT NULL, filter TEXT NOT NULL, qos INTEGER NOT NULL,
      rh INTEGER, rap INTEGER, nl INTEGER, identifier INTEGER,
      PRIMARY KEY (client_id, filter)
    ) WITHOUT ROWID`,
    `CREATE TABLE broker_retained (
      topic TEXT PRIMARY KEY, payload BLOB NOT NULL, qos INTEGER NOT NULL
    ) WITHOUT ROWID`,
    `CREATE TABLE broker_outgoing (
      client_id TEXT NOT NULL, seq INTEGER NOT NULL, topic TEXT NOT NULL, payload NOT NULL,
      qos INTEGER NOT NULL, retain INTEGER NOT NULL, bytes INTEGER NOT NULL,
      released INTEGER NOT NULL DEFAULT 0, broker_id TEXT, broker_counter INTEGER, message_id INTEGER,
      PRIMARY KEY (client_id, seq)
    ) WITHOUT ROWID`,
    `CREATE TABLE broker_incoming (
      client_id TEXT NOT NULL, message_id INTEGER NOT NULL,
      topic TEXT, payload, qos INTEGER, retain INTEGER,
      PRIMARY KEY (client_id, message_id)
    ) WITHOUT ROWID`,
    `CREATE TABLE broker_wills (
      client_id TEXT PRIMARY KEY, broker_id TEXT NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL,
      qos INTEGER NOT NULL, retain INTEGER NOT NULL
    ) WITHOUT ROWID`,
    // Null while a connection holds the session, and for what is older than this column.
    'ALTER TABLE broker_sessions ADD COLUMN left_ms INTEGER',
  ],
  writes: {
    'session-put': `INSERT INTO broker_sessions (client_id, user, created_ms) VALUES (:client, :user, :nowMs)
      ON CONFLICT (client_id) DO UPDATE SET user = excluded.user, left_ms = NULL`,
    'session-left': `UPDATE broker_sessions SET left_ms = :leftMs ${BY_CLIENT}`,
    'sessions-left': 'UPDATE broker_sessions SET left_ms = :leftMs WHERE left_ms IS NULL',
    'session-delete': `DELETE FROM broker_sessions ${BY_CLIENT}`,
    'subscription-put': `INSERT INTO broker_subscriptions VALUES
      (:client, :filter, :qos, :rh, :rap, :nl, :identifier)
      ON CONFLICT (client_id, filter) DO UPDATE SET qos = excluded.qos, rh = excluded.rh, rap = excluded.rap,
      nl = excluded.nl, identifier = excluded.identifier`,
    'subscription-delete': `DELETE FROM broker_subscriptions ${BY_CLIENT} AND filter = :filter`,
    'subscriptions-delete': `DELETE FROM broker_subscriptions ${BY_CLIENT}`,
    'retained-put': `INSERT INTO broker_retained VALUES (:topic, :payload, :qos)
      ON CONFLICT (topic) DO UPDATE SET payload = excluded.payload, qos = excluded.qos`,
    'retained-delete': 'DELETE FROM broker_retained WHERE topic = :topic',
    'outgoing-put': `INSERT INTO broker_outgoing
      (client_id, seq, topic, payload, qos, retain, bytes, broker_id, broker_counter)
      VALUES (:client, :seq, :topic, :payload, :qos, :retain, :bytes, :brokerId, :brokerCounter)`,
    'outgoing-release': `UPDATE broker_outgoing SET released = 1 ${BY_ROW}`,
    'outgoing-number': `UPDATE broker_outgoing SET message_id = :messageId ${BY_ROW}`,
    'outgoing-delete': `DELETE FROM broker_outgoing ${BY_ROW}`,
    'outgoing-clear': `DELETE FROM broker_outgoing ${BY_CLIENT}`,
    'incoming-put': `INSERT INTO broker_incoming VALUES (:client, :messageId, :topic, :payload, :qos, :retain)
      ON CONFLICT (client_id, message_id) DO NOTHING`,
    'incoming-delete': `DELETE FROM broker_incoming ${BY_CLIENT} AND message_id = :messageId`,
    'incoming-clear': `DELETE FROM broker_incoming ${BY_CLIENT}`,
    'will-put': `INSERT INTO broker_wills VALUES (:client, :brokerId, :topic, :payload, :qos, :retain)
      ON CONFLICT (client_id) DO UPDATE SET broker_id = excluded.broker_id, topic = excluded.topic,
      payload = excluded.payload, qos = excluded.qos, retain = excluded.retain`,
    'will-delete': `DELETE FROM broker_wills ${BY_CLIENT}`,
  },
  reads: {
    sessions: 'SELECT client_id, user, left_ms FROM broker_sessions',
    subscriptions: 'SELECT * FROM broker_subscriptions',
    retained: 'SELECT topic, payload, qos FROM broker_retained',
    'outgoing-sizes': 'SELECT client_id, seq, bytes FROM broker_outgoing ORDER BY client_id, seq',
    'outgoing-after': `SELECT * FROM broker_outgoing ${BY_CLIENT} AND seq > :after ORDER BY seq LIMIT :countMax`,
    'outgoing-by-counter': `SELECT * FROM broker_outgoing ${BY_CLIENT}
      AND broker_id = :brokerId AND broker_counter = :brokerCounter ORDER BY seq LIMIT 1`,
    'outgoing-by-id': `SELECT * FROM broker_outgoing ${BY_CLIENT} AND message_id = :messageId ORDER BY seq LIMIT 1`,
    'incoming-ids': 'SELECT client_id, message_id FROM broker_incoming',
    incoming: `SELECT * FROM broker_incoming ${BY_CLIENT} AND message_id = :messageId`,
    wills: 'SELECT * FROM broker_wills',
  },
};
