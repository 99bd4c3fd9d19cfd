//! What is in the store, and how large is it?

use std::path::Path;

use crate::error::Result;
use crate::graph::{self, CacheCounts, Snapshots};
use crate::storage::{ReadLimits, Storage, beside, names_left_out};

/// What a store holds.
///
/// ```
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// store.remember(mindkeep::NewMemory::new("One."))?;
/// let stats = store.stats()?;
/// assert_eq!((stats.personas, stats.memories.hot, stats.content.raw_bytes), (1, 1, 4));
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Personas that were ever named.
    pub personas: u64,
    /// Memories by state.
    pub memories: MemoryCounts,
    /// Entities.
    pub entities: u64,
    /// Relations.
    pub relations: u64,
    /// Mentions that were told.
    pub mentions: u64,
    /// Mentions that were found in texts, told ones included.
    pub mentions_found: u64,
    /// Names and aliases that are not looked for in texts: all of a persona, or all shared ones, where they are more than
    /// 1,048,576.
    pub names_left_out: u64,
    /// Bytes of the file; 0 in memory.
    pub file_bytes: u64,
    /// Bytes of the write-ahead log beside it.
    pub wal_bytes: u64,
    /// Bytes of the contents.
    pub content: ContentBytes,
    /// Bytes of memory that the graph takes in arrays now; 0 until it is asked.
    pub graph_bytes: u64,
    /// Questions to the graph that were answered from rows since the store was opened, as its arrays would have taken more
    /// memory than [`Config::graph_kib`](crate::Config::graph_kib) allows.
    pub graph_from_rows: u64,
    /// Answers of the graph that are kept in memory.
    pub graph_cache: CacheCounts,
}

/// Memories by state. The states are disjoint, but hot and cold say nothing about forgotten: those are apart.
///
/// ```
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// assert_eq!(store.stats()?.memories.cold, 0);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryCounts {
    /// With full text in the row.
    pub hot: u64,
    /// Compressed in the row.
    pub cold: u64,
    /// Moved to the archive.
    pub archived: u64,
    /// Of the hot and cold ones, those that a later one took the place of.
    pub superseded: u64,
    /// Forgotten, and waiting for undo or purge; in none of the other counts.
    pub forgotten: u64,
}

/// Bytes of the contents, forgotten ones aside.
///
/// ```
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// let content = store.stats()?.content;
/// assert_eq!(content.raw_bytes, content.stored_bytes); // nothing is compressed yet
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ContentBytes {
    /// As they were given.
    pub raw_bytes: u64,
    /// As they lie in the file.
    pub stored_bytes: u64,
}

/// Counts by one pass over the rows' headers: contents are not read.
pub(crate) fn stats(storage: &Storage, graphs: &Snapshots, limits: &ReadLimits) -> Result<Stats> {
    let mut stats = storage.snapshot(limits, |read| {
        let (entities, relations, mentions) = graph::counts(read)?;
        let mentions_found = graph::found_mentions(read)?;
        let names_left_out = names_left_out(read.conn())?;
        let sql = "SELECT (SELECT count(*) FROM persona),
                          count(*) FILTER (WHERE forgotten_at IS NULL),
                          count(*) FILTER (WHERE forgotten_at IS NULL AND superseded_at IS NOT NULL),
                          count(*) FILTER (WHERE forgotten_at IS NOT NULL),
                          coalesce(sum(octet_length(content)) FILTER (WHERE forgotten_at IS NULL), 0)
                     FROM memory";
        read.conn()
            .query_row(sql, [], |row| {
                let bytes = row.get(4)?;
                Ok(Stats {
                    personas: row.get(0)?,
                    memories: MemoryCounts {
                        hot: row.get(1)?,
                        cold: 0,
                        archived: 0,
                        superseded: row.get(2)?,
                        forgotten: row.get(3)?,
                    },
                    entities,
                    relations,
                    mentions,
                    mentions_found,
                    names_left_out,
                    content: ContentBytes { raw_bytes: bytes, stored_bytes: bytes },
                    ..Stats::default()
                })
            })
            .map_err(Into::into)
    })?;
    (stats.graph_bytes, stats.graph_from_rows) = graphs.figures();
    if let Some(path) = storage.path() {
        stats.file_bytes = size(path);
        stats.wal_bytes = size(&beside(path, "-wal"));
    }
    Ok(stats)
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |about| about.len())
}
