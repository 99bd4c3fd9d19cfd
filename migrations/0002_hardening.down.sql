-- Every memory, entity and relation stays; declarations, checksums and unfinished upkeep go.
ALTER TABLE store_state DROP COLUMN attribute_seq;
DROP TABLE memory_attribute;
DROP TABLE attribute;
DROP TABLE row_checksum;
DROP TABLE derived;
DROP TABLE upkeep;
DROP TABLE migration;
