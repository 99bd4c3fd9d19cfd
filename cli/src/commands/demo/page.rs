//! How does each chapter of the demo look?

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use mindkeep::Stats;

use super::circle::Step;
use super::{Answer, Changed, Circle, Months, Page};
use crate::commands::history;
use crate::commands::import::Summary;
use crate::error::Result;
use crate::output::Output;
use crate::output::figures::{self, bytes, count, duration};
use crate::output::memory;
use crate::output::style::{BAR, BOLD, DIM, GOOD, KIND, TIME};
use crate::output::table::{Cell, Side, Table};
use crate::output::text::{self, Text};
use crate::session::Session;

/// A demo wider than this is hard to read.
const COLUMNS_MAX: usize = 110;

fn columns(out: &Output) -> usize {
    out.width_to_wrap().min(COLUMNS_MAX)
}

/// A heading with what it took at the right.
fn heading(title: &str, about: &str, took: Option<Duration>, out: &mut Output) -> Result<()> {
    let took = took.map(duration).unwrap_or_default();
    let about = if about.is_empty() { String::new() } else { format!("  {}", text::one_line(about)) };
    let used = text::width(title) + text::width(&about) + text::width(&took) + 2;
    let rule = "─".repeat(columns(out).saturating_sub(used).max(2));
    writeln!(out)?;
    writeln!(
        out,
        "{BOLD}{title}{BOLD:#}{DIM}{about}{DIM:#} {BAR}{DIM}{rule}{DIM:#}{BAR:#} {DIM}{took}{DIM:#}"
    )?;
    Ok(())
}

pub(super) fn import(summary: &Summary, sample: bool, session: &mut Session) -> Result<()> {
    let out = &mut session.out;
    if out.is_json() {
        return Ok(());
    }
    writeln!(out)?;
    let what = if sample {
        "a household's year and a half, as three assistants remember it"
    } else {
        "on your own files"
    };
    writeln!(out, "{BOLD}mindkeep{BOLD:#}  {DIM}{what}{DIM:#}")?;
    heading("Import", "", Some(summary.took), out)?;
    let lines = summary.kept() + summary.rejected_count;
    writeln!(
        out,
        "  {GOOD}{}{GOOD:#} lines into one new SQLite file, {GOOD}{}{GOOD:#} a second",
        count(lines),
        count(summary.rate())
    )?;
    let parts = [
        figures::memories(summary.memories),
        figures::counted(summary.entities, "entity", "entities"),
        figures::counted(summary.relations, "relation", "relations"),
        figures::counted(summary.mentions, "mention", "mentions"),
    ];
    writeln!(out, "  {}", parts.join(&format!(" {DIM}·{DIM:#} ")))?;
    if summary.rejected_count > 0 {
        let refused = figures::counted(summary.rejected_count, "line was", "lines were");
        writeln!(out, "  {DIM}{refused} refused; `mindkeep import` says why{DIM:#}")?;
    }
    out.flush()?;
    Ok(())
}

pub(super) fn timeline(page: &Page, session: &mut Session) -> Result<()> {
    let (clock, out) = (&session.clock, &mut session.out);
    if out.is_json() {
        return Ok(());
    }
    heading("Timeline", &format!("{}, newest first", page.persona), Some(page.took), out)?;
    let mut table = Table::new(&[("", Side::Left), ("", Side::Left), ("", Side::Left)]).indented(2);
    for memory in &page.memories {
        table.row(vec![
            Cell::styled(clock.minute(memory.at), TIME),
            Cell::styled(memory.kind.as_str(), KIND),
            Cell::new(&memory.content),
        ]);
    }
    let room = columns(out);
    table.print_within(out, Some(room))
}

pub(super) fn answers(answers: &[Answer], session: &mut Session) -> Result<()> {
    let (clock, out) = (&session.clock, &mut session.out);
    if out.is_json() {
        return Ok(());
    }
    let took: Duration = answers.iter().map(|answer| answer.took).sum();
    heading(
        "Recall",
        "by words, conversations, the graph, time and importance; best first",
        Some(took),
        out,
    )?;
    for (place, answer) in answers.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        let (question, persona) = (text::one_line(&answer.question), text::one_line(&answer.persona));
        let took = duration(answer.took);
        writeln!(out, "  {BOLD}“{question}”{BOLD:#}  {DIM}{persona}, {took}{DIM:#}")?;
        if answer.hits.is_empty() {
            writeln!(out, "  {DIM}nothing that answers this{DIM:#}")?;
        }
        for hit in &answer.hits {
            let label = format!("  {}  ", clock.day(hit.memory.at));
            let room = columns(out).saturating_sub(label.len());
            let content = memory::excerpt(hit, room, 2);
            memory::print_hanging(&label, TIME, content, out)?;
            let blanks = " ".repeat(label.len());
            for line in Text::block(&hit.reasons().join("; "), room) {
                writeln!(out, "{blanks}{DIM}{}{DIM:#}", line.plain())?;
            }
        }
    }
    Ok(())
}

pub(super) fn changed(changed: Option<&Changed>, session: &mut Session) -> Result<()> {
    let (clock, out) = (&session.clock, &mut session.out);
    let Some(changed) = changed.filter(|_| !out.is_json()) else {
        return Ok(());
    };
    let about = format!("{} · {} · {}", changed.persona, changed.kind, changed.key);
    heading("What changed, and when", &about, Some(changed.took), out)?;
    let room = columns(out);
    history::print(&changed.memories, clock, out, 2, room)
}

pub(super) fn graph(circle: Option<&Circle>, session: &mut Session) -> Result<()> {
    let out = &mut session.out;
    let Some(circle) = circle.filter(|_| !out.is_json()) else {
        return Ok(());
    };
    let entities = figures::counted(circle.entities as u64, "entity", "entities");
    let relations = figures::counted(circle.relations as u64, "relation", "relations");
    heading("The graph", &format!("{}, {entities}, {relations}", circle.persona), Some(circle.took()), out)?;
    let (ranked, took) = &circle.ranked;
    asked("Who matters most?", "PageRank", *took, out)?;
    wrapped(&ranked.join(", "), out)?;
    let (close, took) = &circle.close;
    asked(&format!("Who is close to {}?", circle.centre), "strongest first", *took, out)?;
    // By what, if that is not the same for all.
    let alike = close.iter().all(|one| one.labels == close[0].labels);
    let close = close.iter().map(|one| match alike {
        true => one.name.clone(),
        false => format!("{} ({})", one.name, one.labels.join(", ")),
    });
    wrapped(&close.collect::<Vec<_>>().join(", "), out)?;
    if let Some((steps, took)) = &circle.way
        && let (Some(first), Some(last)) = (steps.first(), steps.last())
    {
        asked(&format!("How is {} linked with {}?", first.name, last.name), "shortest path", *took, out)?;
        let step = |step: &Step| match &step.next {
            Some((label, true)) => format!("{} —{label}→ ", step.name),
            Some((label, false)) => format!("{} ←{label}— ", step.name),
            None => step.name.clone(),
        };
        wrapped(&steps.iter().map(step).collect::<String>(), out)?;
    }
    let (groups, took) = &circle.groups;
    asked("Who belongs together?", "Louvain", *took, out)?;
    for group in groups {
        let more = if group.size > group.members.len() { ", …" } else { "" };
        wrapped(&format!("{}: {}{more}", group.size, group.members.join(", ")), out)?;
    }
    Ok(())
}

fn asked(question: &str, how: &str, took: Duration, out: &mut Output) -> Result<()> {
    let question = text::one_line(question);
    writeln!(out, "  {BOLD}{question}{BOLD:#}  {DIM}{how}, {}{DIM:#}", duration(took))?;
    Ok(())
}

fn wrapped(line: &str, out: &mut Output) -> Result<()> {
    let room = columns(out).saturating_sub(4);
    for line in Text::block(&text::one_line(line), room) {
        writeln!(out, "    {}", line.plain())?;
    }
    Ok(())
}

/// Rows of the chart, at most; of more months, the last ones.
const MONTHS_MAX: usize = 24;

pub(super) fn months(months: &Months, session: &mut Session) -> Result<()> {
    let out = &mut session.out;
    if out.is_json() || months.counts.is_empty() {
        return Ok(());
    }
    heading("Months", "all personas", Some(months.took), out)?;
    let skipped = months.counts.len().saturating_sub(MONTHS_MAX);
    if skipped > 0 {
        writeln!(out, "  {DIM}{} earlier months{DIM:#}", count(skipped as u64))?;
    }
    let shown = &months.counts[skipped..];
    let most = shown.iter().map(|(_, number)| *number).max().unwrap_or(1).max(1);
    let digits = text::width(&count(most));
    let room = columns(out).saturating_sub(2 + 7 + 2 + digits + 2).min(64);
    for (month, number) in shown {
        let number_shown = count(*number);
        writeln!(
            out,
            "  {TIME}{month}{TIME:#}  {number_shown:>digits$}  {BAR}{}{BAR:#}",
            bar(*number, most, room)
        )?;
    }
    Ok(())
}

/// A bar in eighths of a column.
fn bar(number: u64, most: u64, room: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (number as f64 / most as f64 * room as f64 * 8.0).round() as usize;
    let eighths = eighths.max(usize::from(number > 0));
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

pub(super) fn sizes(stats: &Stats, opening: Duration, session: &mut Session) -> Result<()> {
    let out = &mut session.out;
    if out.is_json() {
        return Ok(());
    }
    heading("Sizes", "", None, out)?;
    let mut table = Table::new(&[("", Side::Left), ("", Side::Right), ("", Side::Left)]).indented(2);
    let mut row = |name: &str, figure: String, about: &str| {
        table.row(vec![Cell::new(name), Cell::styled(figure, BOLD), Cell::styled(about, DIM)]);
    };
    row("texts", bytes(stats.content.raw_bytes), "as they were given");
    row("file", bytes(stats.file_bytes), "plain SQLite, with all indexes, the graph and the change log");
    row("opening", duration(opening), "the file again, from nothing");
    let room = columns(out);
    table.print_within(out, Some(room))
}

pub(super) fn end(
    path: &Path,
    persona: &str,
    answer: Option<&Answer>,
    took: Duration,
    session: &mut Session,
) -> Result<()> {
    let out = &mut session.out;
    if out.is_json() {
        return Ok(());
    }
    heading("Go on with it", "", Some(took), out)?;
    let persona = quoted(persona);
    let question = answer.map_or_else(|| "…".to_owned(), |answer| quoted(&answer.question));
    let (set, file) = if cfg!(windows) { ("set", "%MINDKEEP_DB%") } else { ("export", "$MINDKEEP_DB") };
    writeln!(out, "  The store stays in {BOLD}{}{BOLD:#}", path.display())?;
    writeln!(out)?;
    writeln!(out, "  {set} MINDKEEP_DB={}", quoted(&path.display().to_string()))?;
    let program = program(std::env::args_os().next());
    writeln!(out, "  {program} recall --persona {persona} {question}")?;
    writeln!(out, "  {program} list --persona {persona} --limit 20")?;
    writeln!(out, "  {DIM}sqlite3 \"{file}\" 'SELECT content FROM memory LIMIT 3'{DIM:#}")?;
    writeln!(out)?;
    Ok(())
}

/// The program as it was started: one that no shell finds by its name is called by its path again.
fn program(started_as: Option<OsString>) -> String {
    let is_path = |name: &String| name.contains('/') || (cfg!(windows) && name.contains('\\'));
    match started_as.and_then(|name| name.into_string().ok()).filter(is_path) {
        Some(path) => quoted(&path),
        None => "mindkeep".to_owned(),
    }
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let word = text::one_line(word);
    let plain = |character: char| character.is_alphanumeric() || "/._-:\\".contains(character);
    if word.chars().all(plain) {
        word
    } else if word.contains(['"', '$', '`', '\\', '!']) {
        format!("'{}'", word.replace('\'', "'\\''"))
    } else {
        format!("\"{word}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_called_as_it_was_started() {
        let cases = [
            ("mindkeep", "mindkeep"),
            ("target/debug/mindkeep", "target/debug/mindkeep"),
            ("./mindkeep", "./mindkeep"),
            ("/opt/my tools/mindkeep", "\"/opt/my tools/mindkeep\""),
            ("", "mindkeep"),
        ];
        for (started_as, called) in cases {
            assert_eq!(program(Some(started_as.into())), called);
        }
        assert_eq!(program(None), "mindkeep");
    }
}
