//! Are stored arrays what the rows say?

use super::load::{self, Loaded};
use crate::error::{Error, Result};
use crate::graph::arrays::{Snapshot, load as rows, reread};
use crate::storage::ReadTx;

/// What came of comparing every set with the rows.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// Sets of which a piece is missing or damaged.
    pub(crate) damaged: u64,
    /// Sets that, with what was touched since, are not what the rows say.
    pub(crate) different: u64,
}

/// Loads every set, brings it up to date, and compares it with arrays that are made of the rows.
pub(crate) fn compare(read: &ReadTx<'_>, bytes_max: usize) -> Result<Compared> {
    let mut compared = Compared::default();
    for scope in load::scopes(read)? {
        // One of another layout is dropped in upkeep, whatever is in it.
        let Some(kept) = load::kept(read, scope)? else { continue };
        // Neither is made, nor loaded, where it would be too large.
        if rows::bytes(read, scope)? > bytes_max {
            continue;
        }
        let base = match load::base(read, scope, &kept, bytes_max)? {
            Loaded::Whole(base) => base,
            Loaded::Nothing => continue,
            Loaded::Damaged => {
                compared.damaged += 1;
                continue;
            }
        };
        let stored = std::sync::Arc::new(Snapshot::new(base, kept.change_seq));
        // Rows that cannot be read are others' to tell of.
        let Some(wanted) = unless_damaged(rows::load(read, scope, kept.change_seq))? else { continue };
        let Some(touched) = reread::touched(read, kept.change_seq)? else { continue };
        let now = unless_damaged(reread::forward(read, stored, &touched, kept.change_seq))?;
        // `None` where all rows would be read.
        let Some(now) = now.flatten() else { continue };
        let now = if touched.is_empty() { now } else { now.folded() };
        compared.different += u64::from(!now.is_same(&wanted));
    }
    Ok(compared)
}

fn unless_damaged<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Err(Error::Corrupt { .. } | Error::Sqlite { .. }) => Ok(None),
        read => read.map(Some),
    }
}

impl Snapshot {
    /// Whether another snapshot says the same, by the same numbers.
    fn is_same(&self, other: &Self) -> bool {
        let entity = |of: &Self, node: u32| {
            let aliases: Vec<String> = of.aliases(node).map(str::to_owned).collect();
            let (name, label) = (of.name(node).to_owned(), of.label(node).map(str::to_owned));
            (of.entity_id(node), name, of.is_own(node), label, aliases)
        };
        let is_found = |node: u32| self.named(self.name(node), self.is_own(node)) == Some(node);
        self.len() == other.len()
            && self.relations() == other.relations()
            && self.nodes().all(|node| entity(self, node) == entity(other, node) && is_found(node))
            && self.each_relation().zip(other.each_relation()).all(|((from, to, a), (source, target, b))| {
                let label = self.relation_label(a.word) == other.relation_label(b.word);
                let own = a.word & crate::graph::arrays::OWN == b.word & crate::graph::arrays::OWN;
                (from, to, a.from, a.to, a.weight) == (source, target, b.from, b.to, b.weight) && label && own
            })
            && self.turned().eq(other.turned())
    }

    /// Every relation as it is found by its end.
    fn turned(&self) -> impl Iterator<Item = (u32, u32, i64, f64)> + '_ {
        self.nodes().flat_map(|node| {
            let edges = self.edges(node, crate::graph::arrays::Way::In).iter();
            edges.map(move |(end, fact)| (node, end, fact.from, fact.weight))
        })
    }
}
