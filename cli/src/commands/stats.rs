//! `stats`: what is in the store, and how large is it?

use std::io::Write;

use clap::Args;
use serde::Serialize;

use crate::error::Result;
use crate::output::figures::{bytes, count};
use crate::output::style::{BOLD, DIM};
use crate::output::table::{Cell, Side, Table};
use crate::session::Session;

/// Count what is in the store, and its bytes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep stats
  mindkeep stats --format json | jq .memories.hot")]
pub struct Stats {}

/// The counts, for scripts.
#[derive(Serialize)]
pub struct Document {
    personas: u64,
    memories: Memories,
    entities: u64,
    relations: u64,
    mentions: u64,
    mentions_found: u64,
    names_left_out: u64,
    file_bytes: u64,
    wal_bytes: u64,
    content: Content,
    graph_cache: GraphCache,
}

/// Answers of the graph in the memory of this process.
#[derive(Serialize)]
struct GraphCache {
    entries: u64,
    bytes: u64,
    bytes_max: u64,
    hits: u64,
    misses: u64,
    evictions: u64,
}

impl From<mindkeep::graph::CacheCounts> for GraphCache {
    fn from(counts: mindkeep::graph::CacheCounts) -> Self {
        Self {
            entries: counts.entries,
            bytes: counts.bytes,
            bytes_max: counts.bytes_max,
            hits: counts.hits,
            misses: counts.misses,
            evictions: counts.evictions,
        }
    }
}

#[derive(Serialize)]
struct Memories {
    hot: u64,
    cold: u64,
    archived: u64,
    superseded: u64,
    forgotten: u64,
}

#[derive(Serialize)]
struct Content {
    raw_bytes: u64,
    stored_bytes: u64,
}

impl From<mindkeep::Stats> for Document {
    fn from(stats: mindkeep::Stats) -> Self {
        Self {
            personas: stats.personas,
            memories: Memories {
                hot: stats.memories.hot,
                cold: stats.memories.cold,
                archived: stats.memories.archived,
                superseded: stats.memories.superseded,
                forgotten: stats.memories.forgotten,
            },
            entities: stats.entities,
            relations: stats.relations,
            mentions: stats.mentions,
            mentions_found: stats.mentions_found,
            names_left_out: stats.names_left_out,
            file_bytes: stats.file_bytes,
            wal_bytes: stats.wal_bytes,
            content: Content { raw_bytes: stats.content.raw_bytes, stored_bytes: stats.content.stored_bytes },
            graph_cache: stats.graph_cache.into(),
        }
    }
}

impl Stats {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let store = session.open_to_read()?;
        let stats = store.stats()?;
        if session.out.is_json() {
            return session.out.json(&Document::from(stats));
        }
        let path = session.path()?;
        let memories = stats.memories;
        let mut table = Table::new(&[("", Side::Left), ("", Side::Right), ("", Side::Left)]).indented(2);
        let mut row = |name: &str, figure: String, about: &str| {
            table.row(vec![Cell::styled(name, DIM), Cell::new(figure), Cell::styled(about, DIM)]);
        };
        row("personas", count(stats.personas), "");
        row("memories", count(memories.hot + memories.cold + memories.archived), "");
        row("– hot", count(memories.hot), "full text in the row");
        row("– cold", count(memories.cold), "compressed in the row");
        row("– archived", count(memories.archived), "moved to the archive");
        row("superseded", count(memories.superseded), "of these, kept as history");
        row("forgotten", count(memories.forgotten), "besides, until they are purged");
        row("entities", count(stats.entities), "");
        row("relations", count(stats.relations), "");
        row("mentions", count(stats.mentions), "that were told");
        row("– found", count(stats.mentions_found), "by names in texts, told or not");
        if stats.names_left_out > 0 {
            row("left out", count(stats.names_left_out), "names, too many to look for");
        }
        row("file", bytes(stats.file_bytes), "");
        row("log", bytes(stats.wal_bytes), "the write-ahead log beside it");
        row("contents", bytes(stats.content.raw_bytes), "as they were given");
        row("stored as", bytes(stats.content.stored_bytes), "");
        let cache = stats.graph_cache;
        let about = format!("of {}, this process's answers of the graph", bytes(cache.bytes_max));
        row("graph cache", bytes(cache.bytes), &about);
        row("– answers", count(cache.entries), "that are kept");
        row("– hits", count(cache.hits), "questions answered by them");
        row("– misses", count(cache.misses), "answered anew");
        row("– evictions", count(cache.evictions), "answers that made room for others");
        writeln!(session.out, "{BOLD}{}{BOLD:#}", path.display())?;
        table.print(&mut session.out)
    }
}
