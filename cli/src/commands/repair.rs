//! `repair`: what can be saved of a damaged store?

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use mindkeep::{Budget, Error, MemoryId, Repaired, Saved, Store};
use serde::Serialize;

use crate::commands::backup;
use crate::error::{Code, Failure, Result};
use crate::interrupt::Interrupt;
use crate::output::figures;
use crate::output::style::{BAD, DIM, GOOD};
use crate::output::table::{Cell, Side, Table};
use crate::session::Session;

/// Mend what can be mended, or save what is whole into a new file
///
/// Without --into: checks every row, and if all are whole, makes tags, full text and attributes anew. With --into: reads
/// the damaged file, which stays as it is, and writes every row that is whole into a new store. Exit code 5 unless every
/// row is known to be there as it was written; the new store is there all the same, and sound. Close every program that
/// uses the file first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mindkeep repair
  mindkeep --db damaged.db repair --into new.db")]
pub struct Repair {
    /// A new file for what can be saved; an existing one is never overwritten
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document {
    file: String,
    complete: bool,
    memories: Rows,
    vectors: Rows,
    entities: Rows,
    relations: Rows,
    mentions: Rows,
    changes: Rows,
    names_lost: u64,
    dropped: BTreeMap<&'static str, u64>,
    tables_left_out: u64,
    pages_cut_off: u64,
    suspect_ids: Vec<String>,
    lost_ids: Vec<String>,
}

#[derive(Serialize)]
struct Rows {
    saved: u64,
    suspect: u64,
    unchecked: u64,
    lost: u64,
}

#[derive(Serialize)]
struct InPlace {
    sound: bool,
    rebuilt: bool,
    steps: u64,
}

impl From<Saved> for Rows {
    fn from(Saved { saved, suspect, unchecked, lost, .. }: Saved) -> Self {
        Self { saved, suspect, unchecked, lost }
    }
}

impl Repair {
    /// Does it.
    pub fn run(self, session: &mut Session) -> Result<()> {
        match &self.into {
            Some(new) => save(new, session),
            None => mend(session),
        }
    }
}

/// Makes anew what is derived, if everything else is whole.
fn mend(session: &mut Session) -> Result<()> {
    // Read first: a file with damaged rows is not written to.
    let found = session.open_to_read()?.verify(true)?;
    if !found.is_base_sound() {
        return Err(Failure::new(
            Code::File,
            "Corrupt",
            "rows or pages are damaged, which cannot be mended in place",
            "Restore a backup, or save what is whole into a new file: mindkeep repair --into NEW.db",
        ));
    }
    let rebuilt = !found.is_sound();
    let mut steps = 0;
    if rebuilt {
        let store = session.open_to_change()?;
        store.rebuild()?;
        let mut progress = session.progress("Repairing");
        let done = store.maintain_with(Budget::all(), |task| {
            let place = u64::try_from(task.done_to).unwrap_or(0);
            progress.show(place, u64::try_from(task.target).ok(), Some((place, "rows")));
        })?;
        drop(progress);
        steps = done.steps;
        if !store.verify(true)?.is_sound() {
            return Err(Failure::new(
                Code::File,
                "Corrupt",
                "what is derived was made anew, and the file is still damaged",
                "Restore a backup, or save what is whole into a new file: mindkeep repair --into NEW.db",
            ));
        }
    }
    let out = &mut session.out;
    if out.is_json() {
        return out.json(&InPlace { sound: true, rebuilt, steps });
    }
    if rebuilt {
        writeln!(
            out,
            "{GOOD}Repaired{GOOD:#}: what is derived (tags, full text, codes of vectors, attributes) was made anew"
        )?;
    } else {
        writeln!(out, "{GOOD}Sound{GOOD:#}: there is nothing to repair")?;
    }
    Ok(())
}

/// Saves what is whole into a new file.
fn save(new: &Path, session: &mut Session) -> Result<()> {
    let damaged = session.path()?;
    let (interrupt, mut progress) = (Interrupt::listen(), session.progress("Saving"));
    let mut options = mindkeep::Repair::new();
    options.on_progress(|saved| {
        progress.show(saved.done, saved.total, None);
        interrupt.flow()
    });
    let repaired = Store::repair(&damaged, new, options).map_err(|error| match error {
        Error::NotFound { what: "file" } => Failure::not_found(
            format!("there is no file at {}", damaged.display()),
            "Name the damaged file with --db.",
        ),
        error @ Error::NotAStore { .. } => {
            Failure::from(error).reworded(str::to_owned, |_| "Name another file with --db.".to_owned())
        }
        error => backup::explain(error, new),
    })?;
    drop(progress);
    tell(new, &repaired, session)?;
    if repaired.is_complete() {
        return Ok(());
    }
    session.out.flush()?;
    let message = match is_all_there(&repaired) {
        true => "everything was saved, but not every row could be checked: its checksum is not there",
        false => "not everything could be saved as it was written",
    };
    Err(Failure::new(
        Code::File,
        "Incomplete",
        message,
        "Keep the damaged file. Look at the suspect memories with `mindkeep show`; a backup may have what is lost.",
    ))
}

/// Whether nothing is lost or known to be another than it was.
fn is_all_there(repaired: &Repaired) -> bool {
    let Repaired { memories, vectors, entities, relations, mentions, changes, .. } = repaired;
    let all = [memories, vectors, entities, relations, mentions, changes];
    repaired.names_lost + repaired.pages_cut_off == 0
        && repaired.dropped.is_empty()
        && all.iter().all(|saved| saved.suspect == 0 && saved.lost == 0)
}

fn tell(new: &Path, repaired: &Repaired, session: &mut Session) -> Result<()> {
    let all = [
        ("memories", repaired.memories),
        ("vectors", repaired.vectors),
        ("entities", repaired.entities),
        ("relations", repaired.relations),
        ("mentions", repaired.mentions),
        ("changes", repaired.changes),
    ];
    let out = &mut session.out;
    if out.is_json() {
        let [memories, vectors, entities, relations, mentions, changes] =
            all.map(|(_, saved)| Rows::from(saved));
        return out.json(&Document {
            file: new.display().to_string(),
            complete: repaired.is_complete(),
            memories,
            vectors,
            entities,
            relations,
            mentions,
            changes,
            names_lost: repaired.names_lost,
            dropped: repaired.dropped.clone(),
            tables_left_out: repaired.tables_left_out,
            pages_cut_off: repaired.pages_cut_off,
            suspect_ids: repaired.suspect_ids.iter().map(MemoryId::to_string).collect(),
            lost_ids: repaired.lost_ids.iter().map(MemoryId::to_string).collect(),
        });
    }
    writeln!(out, "{GOOD}Saved to{GOOD:#} {}", new.display())?;
    let columns = ["", "saved", "suspect", "unchecked", "lost"];
    let columns = columns.map(|name| (name, if name.is_empty() { Side::Left } else { Side::Right }));
    let mut table = Table::new(&columns);
    for (name, saved) in all {
        let bad = |number| match number {
            0 => Cell::new("0"),
            number => Cell::styled(figures::count(number), BAD),
        };
        let numbers = [saved.suspect, saved.unchecked, saved.lost].map(bad);
        let mut row = vec![Cell::new(name), Cell::new(figures::count(saved.saved))];
        row.extend(numbers);
        table.row(row);
    }
    table.print(out)?;
    if repaired.names_lost > 0 {
        let names = figures::counted(repaired.names_lost, "name was lost", "names were lost");
        writeln!(out, "{names}: see `recovered-…`")?;
    }
    for (field, &rows) in &repaired.dropped {
        let rows = figures::counted(rows, "row", "rows");
        writeln!(
            out,
            "{BAD}dropped{BAD:#} {field} of {rows}: it could not be read, or is out of the limits"
        )?;
    }
    if repaired.pages_cut_off > 0 {
        let pages = figures::counted(repaired.pages_cut_off, "page is", "pages are");
        writeln!(out, "{BAD}{pages} cut off{BAD:#}: what lay there may be more than is counted as lost")?;
    }
    if repaired.tables_left_out > 0 {
        let tables = figures::counted(repaired.tables_left_out, "table that was", "tables that were");
        writeln!(out, "{DIM}{tables} added by hand: left in the damaged file{DIM:#}")?;
    }
    for (what, ids) in [("suspect", &repaired.suspect_ids), ("lost", &repaired.lost_ids)] {
        for id in ids.iter().take(IDS_SHOWN_MAX) {
            writeln!(out, "{BAD}{what}{BAD:#} {id}")?;
        }
        if ids.len() > IDS_SHOWN_MAX {
            let more = figures::count((ids.len() - IDS_SHOWN_MAX) as u64);
            writeln!(out, "{DIM}and {more} more; --format json lists them{DIM:#}")?;
        }
    }
    Ok(())
}

/// Ids that people are shown of each sort.
const IDS_SHOWN_MAX: usize = 20;
