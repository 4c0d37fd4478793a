import type { StoreModule } from '#contracts/store.ts';

/**
 * People, machines and their proofs: one row each. No row holds a secret: passwords as scrypt hashes with a
 * salt of their own, everything that we made up ourselves (tokens, codes) as SHA-256.
 */
export const identityStoreModule: StoreModule = {
  name: 'identity',
  migrations: [
    `CREATE TABLE identity_users (
      name TEXT PRIMARY KEY, role TEXT NOT NULL, hash TEXT, must_set_password INTEGER NOT NULL,
      created_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE identity_sessions (
      token_hash TEXT PRIMARY KEY, user TEXT NOT NULL, created_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE identity_tokens (
      name TEXT PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, role TEXT NOT NULL, created_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE identity_mqtt_clients (
      id TEXT PRIMARY KEY, hash TEXT NOT NULL, created_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE identity_claim (
      one INTEGER PRIMARY KEY CHECK (one = 1), code_hash TEXT NOT NULL, expires_ms INTEGER NOT NULL
    ) STRICT`,
  ],
  writes: {
    'user-add': `INSERT INTO identity_users VALUES (:name, :role, :hash, :mustSetPassword, :nowMs)
      ON CONFLICT (name) DO UPDATE SET role = excluded.role, hash = excluded.hash,
      must_set_password = excluded.must_set_password`,
    'user-remove': 'DELETE FROM identity_users WHERE name = :name',
    'user-password': 'UPDATE identity_users SET hash = :hash, must_set_password = 0 WHERE name = :name',
    'user-role': 'UPDATE identity_users SET role = :role WHERE name = :name',
    'session-add': 'INSERT INTO identity_sessions VALUES (:tokenHash, :user, :nowMs, :nowMs)',
    'session-seen': 'UPDATE identity_sessions SET seen_ms = :nowMs WHERE token_hash = :tokenHash',
    'session-remove': 'DELETE FROM identity_sessions WHERE token_hash = :tokenHash',
    'token-add': 'INSERT INTO identity_tokens VALUES (:name, :tokenHash, :role, :nowMs)',
    'token-remove': 'DELETE FROM identity_tokens WHERE name = :name',
    'mqtt-put': `INSERT INTO identity_mqtt_clients VALUES (:id, :hash, :nowMs)
      ON CONFLICT (id) DO UPDATE SET hash = excluded.hash`,
    'mqtt-remove': 'DELETE FROM identity_mqtt_clients WHERE id = :id',
    'claim-put': `INSERT INTO identity_claim VALUES (1, :codeHash, :expiresMs)
      ON CONFLICT (one) DO UPDATE SET code_hash = excluded.code_hash, expires_ms = excluded.expires_ms`,
    // By its hash: of two visitors with one code, the second changes no row and gets nothing.
    'claim-use': 'DELETE FROM identity_claim WHERE code_hash = :codeHash',
  },
  reads: {
    users: 'SELECT * FROM identity_users ORDER BY name',
    sessions: 'SELECT * FROM identity_sessions ORDER BY created_ms',
    tokens: 'SELECT * FROM identity_tokens ORDER BY name',
    'mqtt-clients': 'SELECT * FROM identity_mqtt_clients ORDER BY id',
    claim: 'SELECT * FROM identity_claim',
  },
};
