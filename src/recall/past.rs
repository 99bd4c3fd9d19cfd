//! What was there to be recalled at a moment?
//!
//! Two clocks: when things happened ([`Recall::as_of`]) and when the store was told of them ([`Recall::recorded_by`]). What is live now is in
//! the index of words. What was superseded since is not: those that held then are read from the histories and searched besides.

use super::{Asked, Recall};
use crate::error::Result;
use crate::graph::Held;
use crate::index::{Besides, Cache};
use crate::memory::{self, Past, Selection};
use crate::model::Timestamp;
use crate::storage::ReadTx;

impl Recall {
    /// As if it were asked at that moment: only what had happened by then, and of facts and preferences with a key what held then,
    /// whatever took its place later. Words such as "yesterday" are read from there, too, and the graph speaks by relations that held then.
    ///
    /// All superseded memories that held are searched, at a cost: each asking looks at every link of the personas' histories (some three
    /// microseconds each) and cuts the texts of those that held into words (tens of microseconds each). What is forgotten or
    /// has expired by now stays hidden.
    ///
    /// ```
    /// use mindkeep::{Kind, NewMemory, Recall, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let address = |text: &str| NewMemory::new(text).kind(Kind::FACT).key("address");
    /// store.remember(address("Lives in Seething Lane.").at("1660-07-17T00:00:00Z".parse()?))?;
    /// store.remember(address("Lives in York Buildings.").at("1679-01-01T00:00:00Z".parse()?))?;
    /// let then = Recall::new("where does he live?").as_of("1666-09-02T00:00:00Z".parse()?);
    /// assert_eq!(store.recall(then)?[0].memory.content, "Lives in Seething Lane.");
    /// assert_eq!(store.recall(Recall::new("where does he live?"))?[0].memory.content, "Lives in York Buildings.");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn as_of(mut self, moment: Timestamp) -> Self {
        self.past.as_of = Some(moment.as_millis());
        self
    }

    /// Only what the store had been told by that moment, whenever it happened; of facts and preferences with a key what it took for
    /// true then. With [`Recall::as_of`] both hold: what was known at one moment of another.
    ///
    /// A memory that was changed since is given as it is now: its earlier content is not kept. What is forgotten by now stays hidden.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Recall, Store, Timestamp};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("A great fire.").at("1666-09-02T00:00:00Z".parse()?))?;
    /// assert_eq!(store.recall(Recall::new("fire").recorded_by(Timestamp::now()))?.len(), 1);
    /// let before = "2020-01-01T00:00:00Z".parse()?; // it had happened, but nobody had told
    /// assert_eq!(store.recall(Recall::new("fire").recorded_by(before))?.len(), 0);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn recorded_by(mut self, moment: Timestamp) -> Self {
        self.past.recorded_by = Some(moment.as_millis());
        self
    }
}

impl Asked<'_> {
    /// Those of some memories that are not live any more, with their texts.
    pub(super) fn held(&self, ids: impl Iterator<Item = i64>) -> Result<Vec<Held>> {
        let ids: Vec<i64> = ids.filter(|&id| self.is_beside(id)).collect();
        let rows = if ids.is_empty() { Vec::new() } else { memory::get_rows(self.read, &ids)? };
        let held = |row: memory::Row| Held {
            persona_id: row.persona_id,
            memory_id: row.memory_id,
            content: row.memory.content,
        };
        Ok(rows.into_iter().map(held).collect())
    }
}

/// What is searched beside the live memories; `lets_through` is asked of each.
pub(super) fn besides(
    read: &ReadTx<'_>,
    cache: &Cache,
    selection: &Selection<'_>,
    mut lets_through: impl FnMut(&memory::Row) -> bool,
) -> Result<Vec<Besides>> {
    let mut all = Vec::new();
    if selection.past == Past::default() {
        return Ok(all);
    }
    for &persona_id in &selection.personas {
        let mut besides = Besides::new(read.conn(), persona_id)?;
        memory::each_held(read, selection, persona_id, |row| {
            if lets_through(&row) { besides.add(cache, row.doc(), row.texts()) } else { Ok(()) }
        })?;
        all.push(besides.finish(cache)?);
    }
    Ok(all)
}
