//! Does the full text say what the memories say?
//!
//! The index keeps no copy of the text, so it is compared with one made anew: live memories are indexed again, some
//! thousands at a time, in a database in memory, and both sides are folded into sums that do not depend on order.

use rusqlite::Connection;

use super::{add, clear};
use crate::codec;
use crate::error::{Error, Result};
use crate::model::Metadata;

/// What an index says, in three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Digest {
    /// Each word at its place in a column of a memory.
    words: u64,
    /// How many words each column of a memory has.
    lengths: u64,
    rows: u64,
}

/// Memories that are indexed anew at a time.
const ROWS_AT_ONCE: usize = 10_000;
/// Or so many bytes of their content.
const BYTES_AT_ONCE: usize = 8 << 20;

/// The index as it should be.
pub(crate) struct Expected {
    scratch: Connection,
    rows: usize,
    bytes: usize,
    digest: Digest,
}

impl Expected {
    /// `scratch` has the schema of a store and nothing in it.
    pub(crate) fn new(scratch: Connection) -> Self {
        Self { scratch, rows: 0, bytes: 0, digest: Digest::default() }
    }

    /// One more live memory.
    pub(crate) fn add(
        &mut self,
        memory_id: i64,
        persona_id: i64,
        content: &str,
        tags: &[String],
        metadata: &Metadata,
    ) -> Result<()> {
        if self.rows == 0 {
            self.scratch.execute_batch("BEGIN")?;
        }
        add(&self.scratch, memory_id, persona_id, content, tags, metadata)?;
        self.rows += 1;
        self.bytes += content.len();
        if self.rows >= ROWS_AT_ONCE || self.bytes >= BYTES_AT_ONCE { self.fold() } else { Ok(()) }
    }

    fn fold(&mut self) -> Result<()> {
        if self.rows > 0 {
            self.scratch.execute_batch("COMMIT")?;
            let part = digest(&self.scratch)?;
            self.digest.words = self.digest.words.wrapping_add(part.words);
            self.digest.lengths = self.digest.lengths.wrapping_add(part.lengths);
            self.digest.rows += part.rows;
            clear(&self.scratch)?;
        }
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Digest> {
        self.fold()?;
        Ok(self.digest)
    }
}

/// What the index of a connection says.
pub(crate) fn digest(conn: &Connection) -> Result<Digest> {
    // A reader refuses every write, that of a table of its own included.
    let query_only: bool = conn.query_row("PRAGMA query_only", [], |row| row.get(0))?;
    conn.pragma_update(None, "query_only", false)?;
    let digest = conn
        .execute_batch("CREATE VIRTUAL TABLE IF NOT EXISTS temp.memory_word USING fts5vocab(main, memory_text, instance)")
        .map_err(Error::from)
        .and_then(|()| fold(conn));
    let dropped = conn.execute_batch("DROP TABLE IF EXISTS temp.memory_word");
    conn.pragma_update(None, "query_only", query_only)?;
    let digest = digest?;
    dropped?;
    Ok(digest)
}

fn fold(conn: &Connection) -> Result<Digest> {
    let mut digest = Digest::default();
    let mut buffer = Vec::new();
    let mut statement = conn.prepare("SELECT term, doc, col, \"offset\" FROM temp.memory_word")?;
    let mut words = statement.query([])?;
    while let Some(word) = words.next()? {
        buffer.clear();
        buffer.extend_from_slice(bytes(word, 2)?);
        buffer.push(0);
        buffer.extend_from_slice(&word.get::<_, i64>(1)?.to_le_bytes());
        buffer.extend_from_slice(&word.get::<_, i64>(3)?.to_le_bytes());
        buffer.extend_from_slice(bytes(word, 0)?);
        digest.words = digest.words.wrapping_add(codec::hash(&buffer));
    }
    let mut statement = conn.prepare("SELECT id, sz FROM memory_text_docsize")?;
    let mut lengths = statement.query([])?;
    while let Some(row) = lengths.next()? {
        buffer.clear();
        buffer.extend_from_slice(&row.get::<_, i64>(0)?.to_le_bytes());
        buffer.extend_from_slice(bytes(row, 1)?);
        digest.lengths = digest.lengths.wrapping_add(codec::hash(&buffer));
        digest.rows += 1;
    }
    Ok(digest)
}

/// Text or bytes. A word without letters, such as a mark that stands alone, comes as nothing.
fn bytes<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Result<&'r [u8]> {
    let value = row.get_ref(column)?.as_bytes_or_null();
    Ok(value.map_err(|_| Error::Corrupt { what: "the full-text index" })?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::pristine;

    /// FTS5 lists a word without letters, such as a mark that stands alone, as nothing. That was taken for damage.
    #[test]
    fn a_word_without_letters_is_no_damage() {
        let there = pristine().expect("a store");
        let mut expected = Expected::new(pristine().expect("a store"));
        let texts = ["x \u{328} y", "\u{328}", "\u{301}a", "tea", "\u{328} \u{328}"];
        for (i, text) in texts.iter().cycle().take(100).enumerate() {
            let none = Metadata::default();
            add(&there, i as i64, 1, text, &[], &none).expect("adds");
            expected.add(i as i64, 1, text, &[], &none).expect("adds");
        }
        let digest = digest(&there).expect("reads");
        assert_eq!(digest.rows, 100);
        assert_eq!(digest, expected.finish().expect("reads"));
        super::super::remove(&there, 3).expect("removes");
        assert_ne!(super::digest(&there).expect("reads"), digest);
    }
}
