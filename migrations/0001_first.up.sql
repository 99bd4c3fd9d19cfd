-- The first schema: memories with their indexes and full text, the tables of the knowledge graph,
-- the change log and the clock. Times are milliseconds since 1970-01-01T00:00:00Z and may be negative.
-- Row ids (…_id) never leave the file; uuid does.

-- Installations that have written here. A copied or restored file gets a new one at its first opening.
CREATE TABLE replica (
  replica_id   INTEGER PRIMARY KEY,          -- small number that rows refer to
  uuid         BLOB    NOT NULL UNIQUE,      -- UUIDv7, 16 bytes
  since        INTEGER NOT NULL              -- ms since 1970 UTC: first write
) STRICT;

-- The one row of counters that advance inside every write.
CREATE TABLE store_state (
  one            INTEGER PRIMARY KEY CHECK (one = 1),
  store_uuid     BLOB    NOT NULL,           -- UUIDv7, 16 bytes: made with the file, kept by its copies
  schema_version INTEGER NOT NULL,           -- equal to PRAGMA user_version; checked inside every write
  replica_id     INTEGER NOT NULL REFERENCES replica,  -- who writes now
  installation   TEXT,                       -- where the file lay when that replica last wrote; empty in a backup, NULL in a new file
  commit_seq     INTEGER NOT NULL,           -- number of the last commit that changed anything
  change_seq     INTEGER NOT NULL,           -- last change.seq given out
  memory_seq     INTEGER NOT NULL,           -- last memory.memory_id given out; never given twice
  stamp          INTEGER NOT NULL            -- hybrid logical clock: ms since 1970 UTC * 65536 + counter
) STRICT;

-- Whose memories these are. A name may be a path such as acme/alice/planner.
CREATE TABLE persona (
  persona_id   INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice, so that caches by id stay true
  name         TEXT    NOT NULL UNIQUE,
  recorded_at  INTEGER NOT NULL              -- ms since 1970 UTC: first use
) STRICT;

-- Sorts of memories: short_term, conversation, important, event, preference, fact, or any other name.
CREATE TABLE kind (
  kind_id      INTEGER PRIMARY KEY AUTOINCREMENT,
  name         TEXT    NOT NULL UNIQUE
) STRICT;

-- One row a memory.
CREATE TABLE memory (
  memory_id     INTEGER PRIMARY KEY,         -- from store_state.memory_seq
  uuid          BLOB    NOT NULL,            -- UUIDv7, 16 bytes: its identity on every device
  persona_id    INTEGER NOT NULL REFERENCES persona,
  kind_id       INTEGER NOT NULL REFERENCES kind,
  at            INTEGER NOT NULL,            -- ms since 1970 UTC: when it happened
  recorded_at   INTEGER NOT NULL,            -- ms since 1970 UTC: when the store learned it
  importance    REAL    NOT NULL,            -- 0 to 1
  expires_at    INTEGER,                     -- ms since 1970 UTC: hidden from then on
  superseded_at INTEGER,                     -- ms since 1970 UTC: until when it held; a later one took its place
  forgotten_at  INTEGER,                     -- ms since 1970 UTC: hidden since; can be undone until purge
  thread        TEXT,                        -- conversation or session
  key           TEXT,                        -- the app's name for it, unique per persona and kind
  source        TEXT,                        -- where it came from
  tags          TEXT,                        -- JSON array of strings, sorted; NULL is none
  metadata      TEXT,                        -- JSON object as given; NULL is {}
  import_hash   INTEGER,                     -- XXH3-64 of an imported line that had neither key nor id
  stamp         INTEGER NOT NULL,            -- clock of the last change (see store_state.stamp)
  replica_id    INTEGER NOT NULL,            -- who made the last change
  content       ANY     NOT NULL             -- TEXT: as given; BLOB: codec byte, then compressed text
) STRICT;

CREATE UNIQUE INDEX memory_uuid ON memory (uuid);
CREATE INDEX memory_timeline ON memory (persona_id, at)
  WHERE forgotten_at IS NULL AND superseded_at IS NULL;
CREATE INDEX memory_kind ON memory (persona_id, kind_id, at)
  WHERE forgotten_at IS NULL AND superseded_at IS NULL;
-- From here on only the rows that have the thing pay.
CREATE INDEX memory_importance ON memory (persona_id, CAST(importance * 10 AS INTEGER), at)
  WHERE importance > 0.5 AND forgotten_at IS NULL AND superseded_at IS NULL;
CREATE INDEX memory_thread ON memory (persona_id, thread, at)
  WHERE thread IS NOT NULL AND forgotten_at IS NULL AND superseded_at IS NULL;
CREATE INDEX memory_source ON memory (persona_id, source, at)
  WHERE source IS NOT NULL AND forgotten_at IS NULL AND superseded_at IS NULL;
CREATE UNIQUE INDEX memory_key ON memory (persona_id, key, kind_id)
  WHERE key IS NOT NULL AND forgotten_at IS NULL AND superseded_at IS NULL;
CREATE INDEX memory_history ON memory (persona_id, key, kind_id, at)
  WHERE superseded_at IS NOT NULL AND forgotten_at IS NULL;
CREATE INDEX memory_expiry ON memory (persona_id, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX memory_forgotten ON memory (forgotten_at) WHERE forgotten_at IS NOT NULL;
CREATE INDEX memory_import ON memory (import_hash) WHERE import_hash IS NOT NULL;

-- Derived from memory.tags, for the memories that are neither forgotten nor superseded.
CREATE TABLE memory_tag (
  persona_id   INTEGER NOT NULL,
  tag          TEXT    NOT NULL,
  at           INTEGER NOT NULL,             -- ms since 1970 UTC, as in memory
  memory_id    INTEGER NOT NULL,
  PRIMARY KEY (persona_id, tag, at, memory_id)
) STRICT, WITHOUT ROWID;

-- Derived full text of the same memories; holds no copy of the text. rowid is memory_id.
-- scope is one word, p<persona_id>; fields are speaker, role, title and caption of the metadata.
CREATE VIRTUAL TABLE memory_text USING fts5 (
  scope, content, tags, fields,
  content = '', contentless_delete = 1,
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);

-- Embedding models whose vectors are kept here.
CREATE TABLE embedding_model (
  model_id     INTEGER PRIMARY KEY AUTOINCREMENT,
  name         TEXT    NOT NULL UNIQUE,      -- id, revision and pooling
  dimensions   INTEGER NOT NULL              -- numbers of one vector
) STRICT;

-- Vectors as they were given, one row a passage.
CREATE TABLE memory_vector (
  vector_id    INTEGER PRIMARY KEY,
  memory_id    INTEGER NOT NULL REFERENCES memory ON DELETE CASCADE,
  model_id     INTEGER NOT NULL REFERENCES embedding_model,
  passage      INTEGER NOT NULL,             -- its place in the list, from 0
  from_byte    INTEGER,                      -- first byte of the content that it covers; NULL is the whole
  to_byte      INTEGER,                      -- the byte after its last
  format       TEXT    NOT NULL CHECK (format IN ('f32', 'f16')),
  numbers      BLOB    NOT NULL,             -- little-endian
  UNIQUE (memory_id, model_id, passage)
) STRICT;

-- Nodes of the knowledge graph. Its identity is its name within its scope.
CREATE TABLE entity (
  entity_id    INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid         BLOB    NOT NULL UNIQUE,      -- UUIDv7, 16 bytes
  scope_id     INTEGER NOT NULL,             -- persona_id; 0 is shared by all personas
  name         TEXT    NOT NULL,
  label        TEXT,                         -- what it is, such as person
  aliases      TEXT,                         -- JSON array of strings, sorted; NULL is none
  properties   TEXT,                         -- JSON object as given; NULL is {}
  stamp        INTEGER NOT NULL,
  replica_id   INTEGER NOT NULL,
  UNIQUE (scope_id, name)
) STRICT;

-- Types of relations.
CREATE TABLE relation_label (
  label_id     INTEGER PRIMARY KEY AUTOINCREMENT,
  name         TEXT    NOT NULL UNIQUE
) STRICT;

-- Edges of the knowledge graph, from source to target.
CREATE TABLE relation (
  source_id    INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  scope_id     INTEGER NOT NULL,             -- persona_id; 0 is shared by all personas
  label_id     INTEGER NOT NULL REFERENCES relation_label,
  target_id    INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  valid_from   INTEGER NOT NULL,             -- ms since 1970 UTC; -9223372036854775808 is always
  valid_to     INTEGER,                      -- ms since 1970 UTC; NULL is still
  weight       REAL    NOT NULL,
  properties   TEXT,                         -- JSON object as given; NULL is {}
  uuid         BLOB    NOT NULL,             -- UUIDv7, 16 bytes
  stamp        INTEGER NOT NULL,
  replica_id   INTEGER NOT NULL,
  PRIMARY KEY (source_id, scope_id, label_id, target_id, valid_from)
) STRICT, WITHOUT ROWID;

CREATE INDEX relation_target ON relation (target_id, scope_id, label_id, source_id, valid_from, valid_to, weight);

-- Memories that speak of entities.
CREATE TABLE mention (
  memory_id    INTEGER NOT NULL REFERENCES memory ON DELETE CASCADE,
  entity_id    INTEGER NOT NULL REFERENCES entity ON DELETE CASCADE,
  PRIMARY KEY (memory_id, entity_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX mention_entity ON mention (entity_id, memory_id);

-- What was changed, in order. Holds identities and names of fields, never values.
CREATE TABLE change (
  seq          INTEGER PRIMARY KEY,          -- from store_state.change_seq
  stamp        INTEGER NOT NULL,             -- hybrid logical clock
  replica_id   INTEGER NOT NULL,             -- who made it
  persona_id   INTEGER NOT NULL,             -- whose; 0 is shared
  thing        INTEGER NOT NULL,             -- 1 memory, 2 entity, 3 relation, 4 mention, 5 vector
  op           INTEGER NOT NULL,             -- 1 add, 2 update, 3 supersede, 4 forget, 5 undo
  uuid         BLOB    NOT NULL,             -- the thing's; of a mention and a vector, its memory's
  fields       TEXT                          -- names of the changed columns, comma between; NULL is all
) STRICT;

-- For people: memories with names and readable times, newest first.
CREATE VIEW memory_readable AS
  SELECT persona.name AS persona, kind.name AS kind,
         strftime('%Y-%m-%dT%H:%M:%SZ', memory.at / 1000.0, 'unixepoch') AS at,
         memory.importance, memory.thread, memory.key, memory.source, memory.tags, memory.metadata, memory.content
    FROM memory JOIN persona USING (persona_id) JOIN kind USING (kind_id)
   WHERE memory.forgotten_at IS NULL AND memory.superseded_at IS NULL
     AND (memory.expires_at IS NULL OR memory.expires_at > unixepoch('now') * 1000)
   ORDER BY memory.at DESC, memory.memory_id DESC;
