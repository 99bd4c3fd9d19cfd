-- What a store is trusted for: attributes that apps declare, checksums of rows, upkeep that can be resumed, and a
-- record of the schema's own steps. Nothing that is there is rewritten: each row gets its checksum in upkeep.

-- Steps of the schema that the file has, as they were applied.
CREATE TABLE migration (
  version      INTEGER PRIMARY KEY,
  name         TEXT    NOT NULL,
  checksum     INTEGER NOT NULL,             -- XXH3-64 of the up file, a zero byte, and the down file
  applied_at   INTEGER,                      -- ms since 1970 UTC; NULL is before this was recorded
  took_us      INTEGER                       -- microseconds of its transaction, commit aside; NULL as above
) STRICT;

-- Work that upkeep still has to do; a row goes when it is done.
CREATE TABLE upkeep (
  task         TEXT    PRIMARY KEY,          -- such as checksum:memory or attribute:7
  done_to      INTEGER NOT NULL,             -- row id up to which it is done
  target       INTEGER NOT NULL              -- last row id that needs it
) STRICT, WITHOUT ROWID;

-- Layouts of what is derived; upkeep drops and rebuilds what has another than the program's.
CREATE TABLE derived (
  name         TEXT    PRIMARY KEY,          -- of its table
  layout       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO derived (name, layout) VALUES ('memory_attribute', 1), ('memory_tag', 1), ('memory_text', 1);

-- Checksums of base rows, 64 to a row, so that a changed bit is noticed. Row id r lies in chunk r / 64, slot r % 64.
-- The chunk comes first in the key, so that what is written together mostly lies together: a memory and its change.
CREATE TABLE row_checksum (
  chunk        INTEGER NOT NULL,
  thing        INTEGER NOT NULL,             -- 1 memory, 2 entity, 3 relations from an entity, 5 vector, 6 change
  sums         BLOB    NOT NULL,             -- 64 little-endian 32-bit numbers; 0 is not known, or no such row
  PRIMARY KEY (chunk, thing)
) STRICT, WITHOUT ROWID;

INSERT INTO upkeep (task, done_to, target)
  SELECT 'checksum:memory', 0, memory_seq FROM store_state WHERE memory_seq > 0
  UNION ALL SELECT 'checksum:entity', 0, max(entity_id) FROM entity HAVING max(entity_id) > 0
  UNION ALL SELECT 'checksum:relation', 0, max(entity_id) FROM entity HAVING max(entity_id) > 0
  UNION ALL SELECT 'checksum:vector', 0, max(vector_id) FROM memory_vector HAVING max(vector_id) > 0
  UNION ALL SELECT 'checksum:change', 0, change_seq FROM store_state WHERE change_seq > 0;

-- Paths of metadata that the app has declared, by kind.
CREATE TABLE attribute (
  attribute_id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind_id      INTEGER NOT NULL REFERENCES kind,
  path         TEXT    NOT NULL,             -- names with dots between, such as address.city
  type         TEXT    NOT NULL CHECK (type IN ('text', 'integer', 'number', 'boolean', 'time')),
  within       TEXT,                         -- path of the same kind by whose values the index is grouped; NULL is none
  within_type  TEXT    CHECK (within_type IN ('text', 'integer', 'number', 'boolean', 'time')),
  is_unique    INTEGER NOT NULL CHECK (is_unique IN (0, 1)),
  unlike       INTEGER NOT NULL,             -- live memories in upkeep's reach that have a value of another type there
  UNIQUE (kind_id, path),
  CHECK ((within IS NULL) = (within_type IS NULL))
) STRICT;

-- Derived from memory.metadata, for the memories of the kind that are neither forgotten nor superseded and have values
-- of the declared types there. One of another type, which only a memory older than the declaration can have, is left out.
CREATE TABLE memory_attribute (
  attribute_id INTEGER NOT NULL,
  persona_id   INTEGER NOT NULL,
  grouped      ANY     NOT NULL,             -- the value at attribute.within, as below; an empty blob is none
  value        ANY     NOT NULL,             -- TEXT; INTEGER; INTEGER or REAL as given; INTEGER 0 or 1; INTEGER ms since 1970 UTC
  at           INTEGER NOT NULL,             -- ms since 1970 UTC, as in memory
  memory_id    INTEGER NOT NULL,
  PRIMARY KEY (attribute_id, persona_id, grouped, value, at, memory_id)
) STRICT, WITHOUT ROWID;

-- Moves on with every change of attribute and of its upkeep, so that writers know when to look at it again.
ALTER TABLE store_state ADD COLUMN attribute_seq INTEGER NOT NULL DEFAULT 0;
