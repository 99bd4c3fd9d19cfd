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

-- Derived from memory.content and the names and aliases of entities: mentions that nobody told of.
CREATE TABLE mention_found (
  memory_id    INTEGER NOT NULL,
  entity_id    INTEGER NOT NULL,
  PRIMARY KEY (memory_id, entity_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX mention_found_entity ON mention_found (entity_id, memory_id);

INSERT INTO derived (name, layout) VALUES ('graph_chunk', 1), ('mention_found', 1);

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
