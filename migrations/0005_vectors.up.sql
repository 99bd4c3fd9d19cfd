-- Vectors that are searched: two-bit codes of the vectors that are kept, in chunks. Existing ones are taken up in upkeep.

-- Derived from memory_vector, as are the next three: the vectors of a persona by a model.
CREATE TABLE vector_set (
  set_id       INTEGER PRIMARY KEY AUTOINCREMENT,
  persona_id   INTEGER NOT NULL,
  model_id     INTEGER NOT NULL,
  seq          INTEGER NOT NULL,             -- moves on with every change of its vectors, in whichever of these tables
  epoch        INTEGER NOT NULL,             -- moves on where chunks go
  tail         INTEGER NOT NULL,             -- rows of vector_tail, or somewhat more
  UNIQUE (persona_id, model_id)
) STRICT;

-- Vectors that are in no chunk yet.
CREATE TABLE vector_tail (
  set_id       INTEGER NOT NULL,
  vector_id    INTEGER NOT NULL,
  memory_id    INTEGER NOT NULL,
  at           INTEGER NOT NULL,             -- ms since 1970 UTC
  kind_id      INTEGER NOT NULL,
  state        INTEGER NOT NULL,             -- 1 its memory is live, + 2 it expires
  code         BLOB    NOT NULL,             -- signs, sizes and two factors; the last 8 bytes are the XXH3-64 of those before
  PRIMARY KEY (set_id, vector_id)
) STRICT, WITHOUT ROWID;

-- Chunks of up to 1,024 vectors, whose ranges of numbers do not overlap within a set. docs/vector-index.md draws their bytes.
CREATE TABLE vector_chunk (
  chunk_id     INTEGER PRIMARY KEY AUTOINCREMENT,
  set_id       INTEGER NOT NULL,
  first_id     INTEGER NOT NULL,             -- vector_id of its first vector
  last_id      INTEGER NOT NULL,             -- and of its last
  seq          INTEGER NOT NULL,             -- vector_set.seq when it was last changed
  code_seq     INTEGER NOT NULL,             -- the same for its row of vector_code
  slots        BLOB    NOT NULL,             -- 32 bytes a vector; the last 8 are the XXH3-64 of those before
  UNIQUE (set_id, first_id)
) STRICT;
CREATE INDEX vector_chunk_seq ON vector_chunk (set_id, seq);
CREATE INDEX vector_chunk_last ON vector_chunk (last_id);

-- Their codes.
CREATE TABLE vector_code (
  chunk_id     INTEGER PRIMARY KEY,
  codes        BLOB    NOT NULL              -- signs, sizes and factors; the last 8 bytes are the XXH3-64 of those before
) STRICT;

-- How far vectors by this model have come: no live memory up to this number is without one.
ALTER TABLE embedding_model ADD COLUMN done_to INTEGER NOT NULL DEFAULT 0;

-- Derived from memory: who speaks in a persona's memories, by the metadata. It may name some who do no more.
CREATE TABLE speaker (
  persona_id   INTEGER NOT NULL,
  name         TEXT    NOT NULL,
  PRIMARY KEY (persona_id, name)
) STRICT, WITHOUT ROWID;

-- How often a memory was a hit or was read by its id. Kept by the store for this device alone; it lags behind until the next write or upkeep.
CREATE TABLE memory_access (
  memory_id    INTEGER PRIMARY KEY REFERENCES memory ON DELETE CASCADE,
  count        INTEGER NOT NULL,
  last_at      INTEGER NOT NULL              -- ms since 1970 UTC: the last time
) STRICT;

INSERT INTO derived (name, layout) VALUES ('vector_chunk', 1), ('speaker', 1);
INSERT INTO upkeep (task, done_to, target)
  SELECT 'vectors:fill', 0, max(vector_id) FROM memory_vector HAVING max(vector_id) > 0
  UNION ALL SELECT 'rebuild:speaker', 0, max(memory_id) FROM memory HAVING max(memory_id) > 0;
