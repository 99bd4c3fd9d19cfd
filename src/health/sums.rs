//! Does each row still have the checksum that it was written with?

use crate::error::Result;
use crate::model::MemoryId;
use crate::storage::{self, ReadTx, Summed};

/// What came of comparing one table with its checksums.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// Rows that differ from their checksum.
    pub(super) changed: u64,
    /// Checksums whose rows are gone.
    pub(super) lost: u64,
    /// Rows that have no checksum.
    pub(super) unknown: u64,
    /// Of the changed memories, the first.
    pub(super) changed_ids: Vec<MemoryId>,
    /// Of the lost ones.
    pub(super) lost_ids: Vec<MemoryId>,
}

/// Ids that are listed with a finding, at most.
pub(super) const IDS_LISTED_MAX: usize = 100;

/// Reads every row of a table.
pub(super) fn compare(read: &ReadTx<'_>, thing: Summed) -> Result<Compared> {
    let mut chunks = storage::checksums(read.conn(), thing)?;
    let mut compared = Compared::default();
    thing.each(read.conn(), i64::MIN, i64::MAX, |id, sum, columns| {
        let (chunk, slot) = storage::checksum_place(id);
        let known = chunks.get_mut(&chunk).map_or(0, |sums| std::mem::take(&mut sums[slot]));
        if known == 0 {
            compared.unknown += 1;
        } else if known != sum {
            compared.changed += 1;
            if thing == Summed::Memory
                && compared.changed_ids.len() < IDS_LISTED_MAX
                && let Ok(uuid) = columns[1].as_blob()
                && let Ok(uuid) = <[u8; 16]>::try_from(uuid)
            {
                compared.changed_ids.push(MemoryId::from_bytes(uuid));
            }
        }
        Ok(())
    })?;
    let left = chunks.iter().flat_map(|(chunk, sums)| {
        let slots = sums.iter().enumerate().filter(|&(_, &sum)| sum != 0);
        slots.map(move |(slot, _)| chunk.saturating_mul(sums.len() as i64).saturating_add(slot as i64))
    });
    let lost: std::collections::BTreeSet<i64> = left.collect();
    compared.lost = lost.len() as u64;
    if thing == Summed::Memory && !lost.is_empty() {
        // The index of ids may still know what the table has lost.
        let sql = "SELECT memory_id, uuid FROM memory INDEXED BY memory_uuid";
        let mut statement = read.conn().prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Ok(Some(row)) = rows.next() {
            if compared.lost_ids.len() < IDS_LISTED_MAX && lost.contains(&row.get(0)?) {
                compared.lost_ids.extend(row.get(1).map(MemoryId::from_bytes));
            }
        }
    }
    Ok(compared)
}
