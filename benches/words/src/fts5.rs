//! FTS5, as most would use it, and with the persona in every word.

use std::path::Path;

use rusqlite::Connection;

use crate::{Engine, Text};

fn open(folder: &Path) -> Connection {
    let conn = Connection::open(folder.join("texts.db")).expect("opens");
    conn.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;
         CREATE TABLE text (text_id INTEGER PRIMARY KEY, persona INTEGER NOT NULL, at INTEGER NOT NULL, content TEXT NOT NULL);
         CREATE VIRTUAL TABLE word USING fts5 (content, content = '', contentless_delete = 1,
            tokenize = \"unicode61 remove_diacritics 2\");",
    )
    .expect("the schema");
    conn
}

fn fill(conn: &mut Connection, texts: impl Iterator<Item = Text>, words: impl Fn(&Text) -> String) {
    let mut texts = texts.zip(1_i64..).peekable();
    while texts.peek().is_some() {
        let tx = conn.transaction().expect("begins");
        {
            let mut text = tx.prepare_cached("INSERT INTO text VALUES (?1, ?2, ?3, ?4)").expect("valid");
            let mut word = tx.prepare_cached("INSERT INTO word (rowid, content) VALUES (?1, ?2)").expect("valid");
            for (one, id) in texts.by_ref().take(1_000) {
                text.execute((id, one.persona as i64, one.at, &one.content)).expect("writes");
                word.execute((id, words(&one))).expect("writes");
            }
        }
        tx.commit().expect("commits");
    }
    conn.execute("INSERT INTO word (word) VALUES ('optimize')", []).expect("optimizes");
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("checkpoints");
}

fn bytes(conn: &Connection) -> u64 {
    let sql = "SELECT coalesce(sum(length(block)), 0) FROM word_data";
    conn.query_row(sql, [], |row| row.get(0)).expect("measures")
}

fn ask(conn: &Connection, sql: &str, question: &str, persona: usize) -> usize {
    let mut statement = conn.prepare_cached(sql).expect("valid");
    let texts = statement.query_map((question, persona as i64), |row| row.get::<_, String>(0)).expect("asks");
    texts.map(|text| text.expect("reads").len()).sum()
}

/// `ORDER BY rank`, joined with the texts of the persona.
pub struct Joined(Connection);

impl Joined {
    pub fn new(folder: &Path, texts: impl Iterator<Item = Text>) -> Self {
        let mut conn = open(folder);
        fill(&mut conn, texts, |text| text.content.clone());
        Self(conn)
    }
}

impl Engine for Joined {
    fn name(&self) -> &'static str {
        "FTS5, join"
    }

    fn ask(&mut self, persona: usize, words: &[String]) -> usize {
        let sql = "SELECT content FROM (SELECT text.content, rank FROM word JOIN text ON text_id = word.rowid
                     WHERE word MATCH ?1 AND persona = ?2 ORDER BY rank LIMIT 10)";
        ask(&self.0, sql, &words.join(" OR "), persona)
    }

    fn bytes(&self) -> u64 {
        bytes(&self.0)
    }
}

/// Every word has its persona before it, so that only the persona's are gone through.
pub struct Prefixed(Connection);

fn prefixed(persona: usize, word: &str) -> String {
    format!("p{persona}x{word}")
}

impl Prefixed {
    pub fn new(folder: &Path, texts: impl Iterator<Item = Text>) -> Self {
        let mut conn = open(folder);
        fill(&mut conn, texts, |text| {
            let words = text.content.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
            words.map(|word| prefixed(text.persona, word)).collect::<Vec<_>>().join(" ")
        });
        Self(conn)
    }
}

impl Engine for Prefixed {
    fn name(&self) -> &'static str {
        "FTS5, persona in the words"
    }

    fn ask(&mut self, persona: usize, words: &[String]) -> usize {
        let sql = "SELECT (SELECT content FROM text WHERE text_id = word.rowid) FROM word
                    WHERE word MATCH ?1 AND ?2 >= 0 ORDER BY rank LIMIT 10";
        let words: Vec<String> = words.iter().map(|word| prefixed(persona, word)).collect();
        ask(&self.0, sql, &words.join(" OR "), persona)
    }

    fn bytes(&self) -> u64 {
        bytes(&self.0)
    }
}
