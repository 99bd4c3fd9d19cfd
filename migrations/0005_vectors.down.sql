-- How often memories were read goes. Vectors stay as they were given; only what they are searched by goes.
DROP TABLE memory_access;
DROP TABLE vector_code;
DROP TABLE vector_chunk;
DROP TABLE vector_tail;
DROP TABLE vector_set;
DROP TABLE speaker;
ALTER TABLE embedding_model DROP COLUMN done_to;
DELETE FROM derived WHERE name IN ('vector_chunk', 'speaker');
DELETE FROM upkeep WHERE task LIKE 'vectors:%' OR task = 'rebuild:speaker';
