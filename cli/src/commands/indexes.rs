//! `indexes`: what answers questions, and how large is it?

use clap::Args;
use serde::Serialize;

use crate::error::Result;
use crate::output::figures::{bytes, count};
use crate::output::style::DIM;
use crate::output::table::{Cell, Side, Table};
use crate::session::Session;

/// Show every index, what it is for, and its size
///
/// Reads all pages of the file once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep indexes
  mindkeep indexes --format json | jq '.indexes[].bytes'")]
pub struct Indexes {}

#[derive(Serialize)]
struct Document {
    indexes: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    table: String,
    columns: Vec<String>,
    purpose: &'static str,
    entries: u64,
    bytes: u64,
}

impl Indexes {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let indexes = session.open_to_read()?.indexes()?;
        let out = &mut session.out;
        if out.is_json() {
            let entry = |index: mindkeep::Index| Entry {
                name: index.name,
                table: index.table,
                columns: index.columns,
                purpose: index.purpose,
                entries: index.entries,
                bytes: index.bytes,
            };
            return out.json(&Document { indexes: indexes.into_iter().map(entry).collect() });
        }
        let mut table = Table::new(&[
            ("index", Side::Left),
            ("entries", Side::Right),
            ("size", Side::Right),
            ("for", Side::Left),
        ]);
        for index in &indexes {
            table.row(vec![
                Cell::new(&index.name),
                Cell::new(count(index.entries)),
                Cell::new(bytes(index.bytes)),
                Cell::styled(index.purpose, DIM),
            ]);
        }
        table.print(out)
    }
}
