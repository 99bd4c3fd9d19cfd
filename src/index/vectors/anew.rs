//! How is the index of vectors made anew, or of vectors that were there before it?

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::file::{self, SetRow};
use super::settle::{Come, put, settle};
use crate::error::Result;
use crate::storage::{FILL_VECTORS, WriteTx};

/// The task of upkeep that has the index made anew.
pub(crate) const REBUILD_TASK: &str = "vectors:rebuild";

/// Leaves it to upkeep to make the index anew.
pub(super) fn ask_for_rebuild(tx: &WriteTx<'_>) -> Result<()> {
    tx.prepare("INSERT OR IGNORE INTO upkeep (task, done_to, target) VALUES (?1, 0, 1)")?
        .execute([REBUILD_TASK])?;
    Ok(())
}

/// The step of upkeep that does.
pub(crate) fn rebuild(tx: &mut WriteTx<'_>, _: &str, _: i64, _: i64) -> Result<()> {
    start_anew(tx)
}

/// Empties the index, and leaves it to upkeep to take all vectors up again.
pub(crate) fn start_anew(tx: &mut WriteTx<'_>) -> Result<()> {
    settle(tx)?;
    file::clear(tx, None)?;
    tx.prepare(
        "INSERT OR REPLACE INTO upkeep (task, done_to, target)
         SELECT ?1, 0, max(vector_id) FROM memory_vector HAVING max(vector_id) > 0",
    )?
    .execute([FILL_VECTORS])?;
    Ok(())
}

/// Takes the index of a model out of the file. Its vectors are the caller's to take.
pub(crate) fn drop_model(tx: &mut WriteTx<'_>, model_id: i64) -> Result<()> {
    settle(tx)?;
    file::clear(tx, Some(model_id))
}

/// Whether some are still to be taken up.
pub(crate) fn is_filling(conn: &Connection) -> Result<bool> {
    Ok(conn.prepare_cached("SELECT 1 FROM upkeep WHERE task = ?1")?.exists([FILL_VECTORS])?)
}

/// Takes up the vectors after a number and up to another.
pub(crate) fn fill(tx: &mut WriteTx<'_>, _: &str, after: i64, to: i64) -> Result<()> {
    settle(tx)?;
    let mut sets: BTreeMap<(i64, i64), Come> = BTreeMap::new();
    file::each_kept(tx.conn(), (after, to), |kept| {
        sets.entry(kept.set).or_default().insert(kept.slot.vector_id, (kept.slot, kept.code));
        Ok(())
    })?;
    for (whose, come) in sets {
        let set = SetRow::to_change(tx, whose)?;
        put(tx, &set, file::dimensions(tx.conn(), whose.1)?, come, true)?;
        set.save(tx)?;
    }
    Ok(())
}
