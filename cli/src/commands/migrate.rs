//! `migrate`: which schema does the file have?

use std::io::Write;

use clap::{Args, Subcommand};
use mindkeep::MigrationState;
use serde::Serialize;

use crate::error::Result;
use crate::output::style::{BAD, DIM, GOOD};
use crate::output::table::{Cell, Side, Table};
use crate::session::Session;

/// Look at the steps of the file's schema
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  mindkeep migrate status
  mindkeep migrate status --format json"
)]
pub struct Migrate {
    #[command(subcommand)]
    command: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Show which steps the file has
    ///
    /// Nothing is changed. A file from a newer version is refused (exit code 5).
    #[command(after_help = "Example:\n  mindkeep --db memories.db migrate status")]
    Status,
}

#[derive(Serialize)]
struct Document {
    schema: u32,
    newest: u32,
    migrations: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    version: u32,
    name: &'static str,
    applied: bool,
}

impl Migrate {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let Step::Status = self.command;
        let migrations = session.open_to_read()?.migrations()?;
        let entries: Vec<_> = migrations
            .iter()
            .map(|step| Entry {
                version: step.version,
                name: step.name,
                applied: step.state == MigrationState::Applied,
            })
            .collect();
        let newest = entries.last().map_or(0, |step| step.version);
        let schema = entries.iter().rev().find(|step| step.applied).map_or(0, |step| step.version);
        let out = &mut session.out;
        if out.is_json() {
            return out.json(&Document { schema, newest, migrations: entries });
        }
        let mut table = Table::new(&[("step", Side::Right), ("name", Side::Left), ("state", Side::Left)]);
        for step in &entries {
            let (state, style) = if step.applied { ("applied", GOOD) } else { ("pending", BAD) };
            table.row(vec![
                Cell::new(step.version.to_string()),
                Cell::new(step.name),
                Cell::styled(state, style),
            ]);
        }
        table.print(out)?;
        writeln!(out, "{DIM}Schema {schema} of {newest}.{DIM:#}")?;
        Ok(())
    }
}
