//! How are memories searched that the index does not have?
//!
//! It has the live ones. Others are cut and put into segments in memory at the asking, as what was noted since the last segment is: they are
//! counted with the rest, and compared with it word by word.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::Connection;

use super::cache::{Cache, Kept, Small};
use super::fields::{Terms, Texts};
use super::rules::Rules;
use super::words::{Builder, Doc};
use crate::error::Result;
use crate::storage::check;

/// Memories of one segment.
const SEGMENT_MEMORIES: usize = 1_024;

/// Memories of one persona that are searched as if they were live.
pub(crate) struct Besides {
    persona_id: i64,
    rules: Rules,
    ids: HashSet<i64>,
    builder: Builder,
    /// How many memories the builder has.
    waiting: usize,
    last: i64,
    small: Vec<Small>,
}

impl Besides {
    /// None yet.
    pub(crate) fn new(conn: &Connection, persona_id: i64) -> Result<Self> {
        let rules = Rules::read(conn, persona_id)?;
        let (ids, builder, small) = (HashSet::new(), Builder::default(), Vec::new());
        Ok(Self { persona_id, rules, ids, builder, waiting: 0, last: 0, small })
    }

    /// One more, which is not newer than the one before.
    pub(crate) fn add(&mut self, cache: &Cache, doc: Doc, texts: Texts<'_>) -> Result<()> {
        Terms::lent(|terms| {
            let (language, words) =
                texts.terms(&self.rules, terms, |term, position| self.builder.token(term, position));
            self.builder.doc(Doc { language: language.number(), ..doc }, words as usize);
        });
        self.ids.insert(doc.memory_id);
        (self.waiting, self.last) = (self.waiting + 1, doc.memory_id);
        if self.waiting >= SEGMENT_MEMORIES { self.seal(cache) } else { Ok(()) }
    }

    fn seal(&mut self, cache: &Cache) -> Result<()> {
        check()?;
        let written = std::mem::take(&mut self.builder).finish();
        self.small.push(cache.keep_small(written, self.last, self.waiting)?);
        self.waiting = 0;
        Ok(())
    }

    /// No more come.
    pub(crate) fn finish(mut self, cache: &Cache) -> Result<Self> {
        if self.waiting > 0 {
            self.seal(cache)?;
        }
        Ok(self)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = i64> {
        self.ids.iter().copied()
    }
}

/// The words of a persona, and of those of its memories that are searched besides.
pub(super) fn with(kept: Arc<Kept>, persona_id: i64, besides: &[Besides]) -> Arc<Kept> {
    let mut more = besides.iter().filter(|there| there.persona_id == persona_id).peekable();
    if more.peek().is_none() {
        return kept;
    }
    Arc::new(kept.and(more.flat_map(|there| &there.small)))
}
