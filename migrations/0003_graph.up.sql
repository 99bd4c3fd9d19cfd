-- The graph at memory speed: its arrays, kept in the file, with what tells whether they are stale; mentions that are found in
-- text; and rules by which relations follow from others.

-- Derived from entity and relation: the arrays of a scope as they were at one place of the change log.
CREATE TABLE graph_snapshot (
  scope_id     INTEGER PRIMARY KEY,          -- persona_id, with what is shared; 0 is what is shared alone
  change_seq   INTEGER NOT NULL,             -- the last change of the graph that the arrays hold
  entities     INTEGER NOT NULL,             -- how many they hold
  relations    INTEGER NOT NULL
) STRICT;

-- Derived: the arrays in pieces, so that none of them holds the writer for long. Pieces that graph_snapshot does not name
-- are not all there yet, or no longer wanted.
CREATE TABLE graph_chunk (
  chunk_id     INTEGER PRIMARY KEY,
  scope_id     INTEGER NOT NULL,
  change_seq   INTEGER NOT NULL,             -- as in graph_snapshot
  part         INTEGER NOT NULL,             -- which array: 0 and on, as src/graph/arrays/stored numbers them
  piece        INTEGER NOT NULL,             -- 0, 1, ... within the array
  data         BLOB    NOT NULL,             -- a codec byte, XXH3-64 of the rest, the rest
  UNIQUE (scope_id, change_seq, part, piece)
) STRICT;

-- Derived: entities whose names or relations were changed, and by which commit, so that arrays can be brought up to date
-- without reading every row. Entity 0 stands for all that was changed until then. What every kept set has seen is deleted.
CREATE TABLE graph_touched (
  change_seq   INTEGER NOT NULL,             -- the last change of the commit
  entity_id    INTEGER NOT NULL,             -- of one that is gone, too
  PRIMARY KEY (change_seq, entity_id)
) STRICT, WITHOUT ROWID;

-- What the file has was written before anything was noted.
INSERT INTO graph_touched (change_seq, entity_id) SELECT change_seq, 0 FROM store_state;

INSERT INTO upkeep (task, done_to, target) SELECT 'store:graph', 0, 1 WHERE EXISTS (SELECT 1 FROM relation);

-- Derived from memory.content and the names and aliases of entities: mentions that nobody told of. Entity 0 stands for any:
-- a text that has to be looked at for every new name, since the full text may cut its words in another way.
CREATE TABLE mention_found (
  memory_id    INTEGER NOT NULL,
  entity_id    INTEGER NOT NULL,
  PRIMARY KEY (memory_id, entity_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX mention_found_entity ON mention_found (entity_id, memory_id);

INSERT INTO derived (name, layout) VALUES ('graph_chunk', 1), ('mention_found', 1);

-- Moves on with every name that comes or goes, so that what is known of names in memory is told from what is out of date; 0 is
-- a file without any yet. It begins with the time in microseconds: a file that went back to schema 2 and came up again has a
-- greater one than any process may have seen before.
ALTER TABLE store_state ADD COLUMN name_seq INTEGER NOT NULL DEFAULT 0;

UPDATE store_state SET name_seq = CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) WHERE change_seq > 0;

-- Names that came or went, until upkeep has looked for them in the memories that were there. None is noted while the task
-- mention:all goes through all of them anyway.
CREATE TABLE mention_due (
  name_seq     INTEGER PRIMARY KEY,          -- store_state.name_seq of the change
  scope_id     INTEGER NOT NULL,             -- of the entity
  entity_id    INTEGER NOT NULL,
  name         TEXT    NOT NULL,             -- a name or an alias
  is_alias     INTEGER NOT NULL CHECK (is_alias IN (0, 1)),
  is_gone      INTEGER NOT NULL CHECK (is_gone IN (0, 1)),
  is_begun     INTEGER NOT NULL DEFAULT 0 CHECK (is_begun IN (0, 1)) -- of those that upkeep looks for now
) STRICT;

INSERT INTO upkeep (task, done_to, target)
  SELECT 'mention:all', 0, memory_seq FROM store_state WHERE memory_seq > 0 AND EXISTS (SELECT 1 FROM entity);

-- Personas in whose memories no names are looked for.
CREATE TABLE mention_off (
  persona_id   INTEGER PRIMARY KEY REFERENCES persona
) STRICT;

-- Rules by which relations follow from others. What follows is computed when it is asked for, and never kept.
CREATE TABLE relation_rule (
  rule_id      INTEGER PRIMARY KEY AUTOINCREMENT,
  scope_id     INTEGER NOT NULL,             -- persona_id; 0 is shared by all personas
  sort         TEXT    NOT NULL CHECK (sort IN ('transitive', 'symmetric', 'inverse', 'composition')),
  first_id     INTEGER NOT NULL REFERENCES relation_label, -- of the relation it follows from, or of the first of two
  second_id    INTEGER REFERENCES relation_label, -- of a composition, of the second
  label_id     INTEGER NOT NULL REFERENCES relation_label, -- of the relation that follows
  CHECK ((second_id IS NULL) = (sort <> 'composition')),
  CHECK (sort NOT IN ('transitive', 'symmetric') OR label_id = first_id)
) STRICT;

CREATE UNIQUE INDEX relation_rule_once ON relation_rule (scope_id, sort, first_id, ifnull(second_id, 0), label_id);
