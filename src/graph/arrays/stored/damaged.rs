//! What becomes of a set of which a piece is missing or damaged?
//!
//! It is no longer named, so that nobody tries it again, and upkeep stores the scope anew, with what is whole of it.

use super::load::{self, Loaded};
use crate::error::Result;
use crate::storage::{ReadLimits, ReadTx, Storage};

/// Looks through all sets, and takes the names from those that are damaged.
pub(in crate::graph::arrays) fn drop_damaged(
    storage: &Storage,
    limits: &ReadLimits,
    bytes_max: usize,
) -> Result<()> {
    let damaged = storage.snapshot(limits, |read| damaged(read, bytes_max))?;
    if damaged.is_empty() {
        return Ok(());
    }
    storage.write(limits, move |tx| {
        for set in &damaged {
            let sql = "DELETE FROM graph_snapshot WHERE scope_id = ?1 AND change_seq = ?2";
            tx.prepare(sql)?.execute(*set)?;
        }
        tx.store_graph()
    })
}

/// Scope and change of the sets that are damaged.
fn damaged(read: &ReadTx<'_>, bytes_max: usize) -> Result<Vec<(i64, i64)>> {
    let mut damaged = Vec::new();
    for scope in load::scopes(read)? {
        if let Loaded::Damaged = load::load(read, scope, bytes_max)?
            && let Some(kept) = load::kept(read, scope)?
        {
            damaged.push((scope, kept.change_seq));
        }
    }
    Ok(damaged)
}
