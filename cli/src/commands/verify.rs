//! `verify`: is the file whole?

use std::io::Write;

use clap::Args;
use mindkeep::Verification;
use serde::Serialize;

use crate::error::{Code, Failure, Result};
use crate::output::style::{BAD, DIM, GOOD};
use crate::output::table::{Cell, Side, Table};
use crate::output::{Output, figures};
use crate::session::Session;

/// Check the file for damage
///
/// Quick: pages, references and counters. With --full: every row, and all that is derived from rows. Nothing is
/// repaired. Exit code 5 if anything is wrong.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep verify
  mindkeep verify --full && mindkeep backup copy.db")]
pub struct Verify {
    /// Read every row and compare all that is derived
    #[arg(long)]
    full: bool,
}

#[derive(Serialize)]
struct Document {
    sound: bool,
    full: bool,
    checks: u32,
    findings: Vec<Entry>,
    added_by_hand: u64,
}

#[derive(Serialize)]
struct Entry {
    check: &'static str,
    count: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ids: Vec<String>,
}

/// Says that there is something in the file that the store did not make.
pub fn tell_added(found: &Verification, out: &mut Output) -> Result<()> {
    if found.added_by_hand > 0 && !out.is_json() {
        let added = figures::counted(
            found.added_by_hand,
            "table, view, index or trigger",
            "tables, views, indexes or triggers",
        );
        writeln!(out, "{DIM}{added} added by hand: no damage, and left alone{DIM:#}")?;
    }
    Ok(())
}

impl Verify {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let found = session.open_to_read()?.verify(self.full)?;
        let out = &mut session.out;
        if out.is_json() {
            out.json(&Document {
                sound: found.is_sound(),
                full: self.full,
                checks: found.checks,
                findings: found
                    .findings
                    .iter()
                    .map(|finding| Entry {
                        check: finding.check,
                        count: finding.count,
                        ids: finding.ids.iter().map(ToString::to_string).collect(),
                    })
                    .collect(),
                added_by_hand: found.added_by_hand,
            })?;
        } else if found.is_sound() {
            let checks = figures::counted(found.checks.into(), "check", "checks");
            let more = if self.full { "" } else { "; --full reads every row" };
            writeln!(out, "{GOOD}Sound{GOOD:#}: {checks} found nothing wrong{DIM}{more}{DIM:#}")?;
        } else {
            let mut table = Table::new(&[("wrong", Side::Right), ("what", Side::Left)]);
            for finding in &found.findings {
                table.row(vec![Cell::styled(figures::count(finding.count), BAD), Cell::new(finding.check)]);
            }
            table.print(out)?;
            out.flush()?;
        }
        tell_added(&found, out)?;
        if found.is_sound() {
            return Ok(());
        }
        Err(Failure::new(
            Code::File,
            "Corrupt",
            "the file is damaged",
            "Copy the file and those beside it before anything else; then restore a backup, or run `mindkeep repair`.",
        ))
    }
}
