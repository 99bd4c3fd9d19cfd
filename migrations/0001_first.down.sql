-- Back to an empty file.
DROP VIEW memory_readable;
DROP TABLE change;
DROP TABLE mention;
DROP TABLE relation;
DROP TABLE relation_label;
DROP TABLE entity;
DROP TABLE memory_vector;
DROP TABLE embedding_model;
DROP TABLE memory_text;
DROP TABLE memory_tag;
DROP TABLE memory;
DROP TABLE kind;
DROP TABLE persona;
DROP TABLE store_state;
DROP TABLE replica;
