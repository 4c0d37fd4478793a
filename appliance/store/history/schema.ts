/**
 * The ring: rows in the order in which they came, oldest deleted first, so that the file stops growing and
 * its pages are used again. Samples of one tag are found by the index.
 */
export const historySql = `
  CREATE TABLE IF NOT EXISTS tag (
    tag INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sample (
    sequence INTEGER PRIMARY KEY,
    tag INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    stored_ms INTEGER NOT NULL,
    value ANY,
    is_boolean INTEGER NOT NULL,
    quality TEXT NOT NULL,
    reason TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS sample_by_tag ON sample (tag, at_ms);
`;
