-- Every memory, entity and relation stays; rules go, and whether a persona's memories are looked through for names.
DROP TABLE relation_rule;
DROP TABLE mention_off;
DROP TABLE mention_found;
DROP TABLE graph_touched;
DROP TABLE graph_chunk;
DROP TABLE graph_snapshot;
DELETE FROM derived WHERE name IN ('graph_chunk', 'mention_found');
DELETE FROM upkeep WHERE task = 'store:graph';
