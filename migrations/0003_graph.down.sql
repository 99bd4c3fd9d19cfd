-- Every memory, entity and relation stays; rules go, and whether a persona's memories are looked through for names.
DROP TABLE relation_rule;
DELETE FROM upkeep WHERE task LIKE 'mention:%';
DROP TABLE mention_due;
ALTER TABLE store_state DROP COLUMN name_seq;
DROP TABLE mention_off;
DROP TABLE mention_found;
DROP TABLE graph_touched;
DROP TABLE graph_chunk;
DROP TABLE graph_snapshot;
DELETE FROM derived WHERE name IN ('graph_chunk', 'mention_found');
DELETE FROM upkeep WHERE task = 'store:graph';
