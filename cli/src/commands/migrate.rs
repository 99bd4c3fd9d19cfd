//! `migrate`: which schema does the file have, and how does it get another?

use std::io::Write;
use std::time::Duration;

use clap::{Args, Subcommand};
use mindkeep::{MigrationState, Schema, Snapshot, Upgrade};
use serde::Serialize;

use crate::commands::verify::tell_added;
use crate::error::{Code, Failure, Result};
use crate::output::figures;
use crate::output::style::{BAD, DIM, GOOD};
use crate::output::table::{Cell, Side, Table};
use crate::session::Session;

/// Look at the steps of the file's schema, go up, or go back
///
/// Commands that write upgrade an older file by themselves.
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  mindkeep migrate status
  mindkeep migrate check && mindkeep migrate up
  mindkeep migrate down --to 1"
)]
pub struct Migrate {
    #[command(subcommand)]
    command: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Show which steps the file has, when they were taken and how long they took
    ///
    /// Nothing is changed. A file from a newer version is refused (exit code 5).
    #[command(after_help = "Example:\n  mindkeep --db memories.db migrate status")]
    Status,
    /// Bring the file to the newest schema
    ///
    /// A copy is made before, the result is checked, and the copy is taken away; if anything is wrong the file becomes
    /// what it was. Where there is no room for the copy, nothing is changed.
    #[command(after_help = "Examples:\n  mindkeep migrate up\n  mindkeep migrate up --without-snapshot")]
    Up {
        /// Go on without a copy to fall back on
        #[arg(long)]
        without_snapshot: bool,
    },
    /// Take the file back to an older schema, for an older version of mindkeep
    ///
    /// Every memory stays, and so do entities and relations, also those written since the upgrade. What the older schema
    /// has no place for goes. Schema 2 has none for rules by which relations follow, nor for personas in whose memories no
    /// names are looked for; schema 1 none for declared attributes either. A newer version upgrades the file again when it
    /// writes.
    #[command(after_help = "Example:\n  mindkeep migrate down --to 1")]
    Down {
        /// The schema to go back to, at least 1
        #[arg(long, value_name = "SCHEMA")]
        to: u32,
        /// Go on without a copy to fall back on
        #[arg(long)]
        without_snapshot: bool,
    },
    /// Check that the schema is what its steps make
    ///
    /// Compares the steps that the file records, its tables, indexes and views, and its counters. Nothing is changed.
    /// Exit code 5 if anything is wrong.
    #[command(after_help = "Example:\n  mindkeep migrate check")]
    Check,
}

impl Migrate {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        let path = session.path()?;
        let schema = Schema::of(&path);
        match self.command {
            Step::Status => status(&schema, session),
            Step::Check => check(&schema, session),
            Step::Up { without_snapshot } => change(schema, without_snapshot, session, |schema| schema.up()),
            Step::Down { to, without_snapshot } => {
                change(schema, without_snapshot, session, |schema| schema.down(to))
            }
        }
    }
}

#[derive(Serialize)]
struct Status {
    schema: u32,
    newest: u32,
    migrations: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    version: u32,
    name: &'static str,
    applied: bool,
    applied_at: Option<String>,
    took_ms: Option<f64>,
}

fn status(schema: &Schema, session: &mut Session) -> Result<()> {
    let steps = schema.status().map_err(|error| session.explain(error))?;
    let newest = steps.last().map_or(0, |step| step.version);
    let is_applied = |state| state == MigrationState::Applied;
    let at = steps.iter().rev().find(|step| is_applied(step.state)).map_or(0, |step| step.version);
    let clock = &session.clock;
    let entries = steps.iter().map(|step| Entry {
        version: step.version,
        name: step.name,
        applied: is_applied(step.state),
        applied_at: step.applied_at.map(|time| clock.rfc3339(time)),
        took_ms: step.took.map(figures::ms),
    });
    let document = Status { schema: at, newest, migrations: entries.collect() };
    if session.out.is_json() {
        return session.out.json(&document);
    }
    let columns = [
        ("step", Side::Right),
        ("name", Side::Left),
        ("state", Side::Left),
        ("applied", Side::Left),
        ("took", Side::Right),
    ];
    let mut table = Table::new(&columns);
    for step in &steps {
        let (state, style) = if is_applied(step.state) { ("applied", GOOD) } else { ("pending", BAD) };
        table.row(vec![
            Cell::new(step.version.to_string()),
            Cell::new(step.name),
            Cell::styled(state, style),
            Cell::new(step.applied_at.map_or_else(String::new, |time| clock.minute(time))),
            Cell::new(step.took.map_or_else(String::new, figures::duration)),
        ]);
    }
    table.print(&mut session.out)?;
    let more = if at < newest { ": mindkeep migrate up" } else { "" };
    writeln!(session.out, "{DIM}Schema {at} of {newest}{more}.{DIM:#}")?;
    Ok(())
}

#[derive(Serialize)]
struct Checked {
    sound: bool,
    checks: u32,
    findings: Vec<Found>,
    added_by_hand: u64,
}

#[derive(Serialize)]
struct Found {
    check: &'static str,
    count: u64,
}

fn check(schema: &Schema, session: &mut Session) -> Result<()> {
    let found = schema.check().map_err(|error| session.explain(error))?;
    let out = &mut session.out;
    if out.is_json() {
        let findings =
            found.findings.iter().map(|finding| Found { check: finding.check, count: finding.count });
        out.json(&Checked {
            sound: found.is_sound(),
            checks: found.checks,
            findings: findings.collect(),
            added_by_hand: found.added_by_hand,
        })?;
    } else if found.is_sound() {
        let checks = figures::counted(found.checks.into(), "check", "checks");
        writeln!(out, "{GOOD}Sound{GOOD:#}: {checks} of the schema found nothing wrong")?;
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
        "SchemaDiffers",
        "the schema is not what its steps make",
        "Undo what was altered by hand, or export and import into a new store.",
    ))
}

#[derive(Serialize)]
struct Changed {
    from: u32,
    to: u32,
    took_ms: Option<f64>,
    snapshot: Option<&'static str>,
}

fn change(
    schema: Schema,
    without_snapshot: bool,
    session: &mut Session,
    work: impl FnOnce(&Schema) -> mindkeep::Result<Option<Upgrade>> + Send,
) -> Result<()> {
    let schema = if without_snapshot { schema.without_snapshot() } else { schema };
    let mut progress = session.progress("Migrating");
    let upgrade = std::thread::scope(|scope| {
        let working = scope.spawn(|| work(&schema));
        let mut tick = 0;
        while !working.is_finished() {
            tick += 1;
            progress.show(tick, None, None);
            std::thread::sleep(Duration::from_millis(if tick < 50 { 1 } else { 50 }));
        }
        working.join()
    });
    drop(progress);
    let upgrade = match upgrade {
        Ok(result) => result.map_err(|error| session.explain(error))?,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    let Some(upgrade) = upgrade else {
        let steps = schema.status()?;
        let at = steps.iter().filter(|step| step.state == MigrationState::Applied).count() as u32;
        if session.out.is_json() {
            return session.out.json(&Changed { from: at, to: at, took_ms: None, snapshot: None });
        }
        writeln!(session.out, "Nothing to do: the file has schema {at}")?;
        return Ok(());
    };
    let (name, copy) = match upgrade.snapshot {
        Snapshot::Cloned => ("cloned", "a clone of the file was kept meanwhile"),
        Snapshot::Copied => ("copied", "a copy of the file was kept meanwhile"),
        Snapshot::None => ("none", "without a copy to fall back on"),
    };
    if session.out.is_json() {
        let (from, to, took_ms) = (upgrade.from, upgrade.to, Some(figures::ms(upgrade.took)));
        return session.out.json(&Changed { from, to, took_ms, snapshot: Some(name) });
    }
    let what = if upgrade.to > upgrade.from { "Upgraded" } else { "Went back" };
    let took = figures::duration(upgrade.took);
    writeln!(session.out, "{GOOD}{what}{GOOD:#} from schema {} to {}", upgrade.from, upgrade.to)?;
    writeln!(session.out, "{DIM}  in {took}, {copy}{DIM:#}")?;
    Ok(())
}
