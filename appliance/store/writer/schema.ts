import type { StoreModule } from '#contracts/store.ts';

/** Tables that the store needs before it can keep account of migrations. */
export const bootstrapSql = `
  CREATE TABLE IF NOT EXISTS store_migrations (
    module TEXT NOT NULL,
    position INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    applied_at TEXT NOT NULL,
    PRIMARY KEY (module, position)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS store_tables (
    name TEXT PRIMARY KEY,
    module TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS store_state (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/**
 * The log and the marks. One row per event; the envelope stands last, so that counting and filtering do not
 * read through it. What few events differ in (type, lane, classification) is a number with an index: it finds
 * the three safety events in a million telemetry rows, for the price of one small page per kind and commit.
 */
export const coreModule: StoreModule = {
  name: 'store',
  migrations: [
    `
    CREATE TABLE log_kind (
      kind INTEGER PRIMARY KEY,
      type TEXT NOT NULL,
      lane TEXT NOT NULL,
      classification TEXT NOT NULL,
      UNIQUE (type, lane, classification)
    ) STRICT;
    CREATE TABLE log (
      offset INTEGER PRIMARY KEY,
      event_id TEXT NOT NULL UNIQUE,
      kind INTEGER NOT NULL,
      time TEXT NOT NULL,
      subject TEXT NOT NULL,
      correlation TEXT NOT NULL,
      hash BLOB NOT NULL CHECK (length(hash) = 32),
      envelope TEXT NOT NULL
    ) STRICT;
    CREATE INDEX log_by_kind ON log (kind);
    CREATE TRIGGER log_keeps_rows BEFORE UPDATE ON log
      BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
    CREATE TRIGGER log_loses_no_rows BEFORE DELETE ON log
      BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
    CREATE VIEW log_events AS
      SELECT offset, event_id, time, type, lane, classification, subject, correlation, envelope
      FROM log JOIN log_kind USING (kind);
    CREATE TABLE marks (
      consumer TEXT PRIMARY KEY,
      offset INTEGER NOT NULL CHECK (offset >= 0)
    ) STRICT, WITHOUT ROWID;
    `,
  ],
  writes: {},
  reads: {},
};
