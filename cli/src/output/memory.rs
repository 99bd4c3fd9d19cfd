//! How is a memory written: as JSON for programs, on one line or on a page of its own for people?

use std::io::Write;

use anstyle::Style;
use mindkeep::graph::Mention;
use mindkeep::{Access, Hit, Memory, Signal};
use serde::Serialize;
use serde_json::value::RawValue;

use super::Output;
use super::figures;
use super::style::{BOLD, DIM, KIND, TIME};
use super::table::{Cell, Side, Table};
use super::text::{self, Text};
use crate::error::Result;
use crate::time::Clock;

/// A memory with every field; absent ones are null.
#[derive(Serialize)]
pub struct MemoryJson<'m> {
    id: String,
    persona: &'m str,
    kind: &'m str,
    content: &'m str,
    at: String,
    recorded_at: String,
    importance: f64,
    tags: &'m [String],
    thread: Option<&'m str>,
    key: Option<&'m str>,
    source: Option<&'m str>,
    metadata: Option<&'m RawValue>,
    expires_at: Option<String>,
    superseded_at: Option<String>,
}

impl<'m> MemoryJson<'m> {
    /// With times in the zone of the call.
    pub fn new(memory: &'m Memory, clock: &Clock) -> Self {
        Self {
            id: memory.id.to_string(),
            persona: memory.persona.as_str(),
            kind: memory.kind.as_str(),
            content: &memory.content,
            at: clock.rfc3339(memory.at),
            recorded_at: clock.rfc3339(memory.recorded_at),
            importance: memory.importance,
            tags: &memory.tags,
            thread: memory.thread.as_deref(),
            key: memory.key.as_deref(),
            source: memory.source.as_deref(),
            metadata: serde_json::from_str(memory.metadata.as_json()).ok(),
            expires_at: memory.expires_at.map(|time| clock.rfc3339(time)),
            superseded_at: memory.superseded_at.map(|time| clock.rfc3339(time)),
        }
    }

    /// Several.
    pub fn list(memories: &'m [Memory], clock: &Clock) -> Vec<Self> {
        memories.iter().map(|memory| Self::new(memory, clock)).collect()
    }
}

/// A hit of a recall.
#[derive(Serialize)]
pub struct HitJson<'h> {
    #[serde(skip)]
    hit: &'h Hit,
    id: String,
    key: Option<&'h str>,
    persona: &'h str,
    kind: &'h str,
    thread: Option<&'h str>,
    at: String,
    content: &'h str,
    score: f64,
    signals: serde_json::Map<String, serde_json::Value>,
    matches: &'h [(usize, usize)],
    /// The part whose vector was near.
    #[serde(skip_serializing_if = "Option::is_none")]
    passage: Option<(usize, usize)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    before: Vec<MemoryJson<'h>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    after: Vec<MemoryJson<'h>>,
    /// Of a content that is too long for the budget the part that fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<(usize, usize)>,
    #[serde(skip_serializing_if = "is_none")]
    duplicates: usize,
    /// Why it was found, in words and in figures, where that is wanted.
    #[serde(flatten)]
    why: Option<WhyJson>,
}

#[derive(Serialize)]
struct WhyJson {
    reasons: Vec<String>,
    explained: Vec<SignalJson>,
}

#[derive(Serialize)]
struct SignalJson {
    signal: &'static str,
    raw: f64,
    weight: f64,
    value: f64,
    rank: Option<u32>,
}

impl From<&Signal> for SignalJson {
    fn from(&Signal { name, raw, weight, value, rank, .. }: &Signal) -> Self {
        Self { signal: name, raw, weight, value, rank }
    }
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

impl<'h> HitJson<'h> {
    /// With times in the zone of the call.
    pub fn new(hit: &'h Hit, clock: &Clock) -> Self {
        let memory = &hit.memory;
        Self {
            hit,
            id: memory.id.to_string(),
            key: memory.key.as_deref(),
            persona: memory.persona.as_str(),
            kind: memory.kind.as_str(),
            thread: memory.thread.as_deref(),
            at: clock.rfc3339(memory.at),
            content: &memory.content,
            score: hit.score,
            signals: hit.signals.iter().map(|signal| (signal.name.to_owned(), signal.value.into())).collect(),
            matches: &hit.matches,
            passage: hit.passage,
            before: MemoryJson::list(&hit.before, clock),
            after: MemoryJson::list(&hit.after, clock),
            part: hit.part,
            duplicates: hit.duplicates,
            why: None,
        }
    }

    /// With why it was found, if that is wanted.
    pub fn explained(self, wanted: bool) -> Self {
        let why = || WhyJson {
            reasons: self.hit.reasons(),
            explained: self.hit.signals.iter().map(SignalJson::from).collect(),
        };
        Self { why: wanted.then(why), ..self }
    }
}

/// Fewer columns than this leave no room for a content beside an id.
const COLUMNS_FOR_IDS: usize = 120;

/// Memories on one line each; on a narrow terminal, ids stand on a line of their own.
pub fn print_lines(
    memories: &[Memory],
    with_persona: bool,
    with_id: bool,
    clock: &Clock,
    out: &mut Output,
) -> Result<()> {
    let id_below = with_id && out.width().is_some_and(|width| width < COLUMNS_FOR_IDS);
    let mut columns = vec![("", Side::Left); 3];
    columns.extend((with_id && !id_below).then_some(("", Side::Left)));
    columns.extend(with_persona.then_some(("", Side::Left)));
    let mut table = Table::new(&columns);
    for memory in memories {
        let mut row = vec![Cell::styled(clock.minute(memory.at), TIME)];
        if with_id && !id_below {
            row.push(Cell::styled(memory.id.to_string(), DIM));
        }
        if with_persona {
            row.push(Cell::styled(memory.persona.as_str(), DIM));
        }
        row.push(Cell::styled(memory.kind.as_str(), KIND));
        row.push(Cell::new(&memory.content));
        if id_below {
            table.row_with_line(row, memory.id.to_string());
        } else {
            table.row(row);
        }
    }
    table.print(out)
}

/// One memory with all that is known of it.
pub fn print_page(
    memory: &Memory,
    mentions: &[Mention],
    access: Option<Access>,
    clock: &Clock,
    out: &mut Output,
) -> Result<()> {
    for line in Text::block(&memory.content, out.width_to_wrap()) {
        writeln!(out, "{}", line.plain())?;
    }
    writeln!(out)?;
    let mut fields = vec![
        ("id", memory.id.to_string()),
        ("persona", memory.persona.to_string()),
        ("kind", memory.kind.to_string()),
        ("at", clock.full(memory.at)),
        ("recorded", clock.full(memory.recorded_at)),
        ("importance", memory.importance.to_string()),
    ];
    let mut add = |name, value: Option<String>| fields.extend(value.map(|value| (name, value)));
    add("tags", (!memory.tags.is_empty()).then(|| memory.tags.join(", ")));
    let names = |told: bool| {
        let names: Vec<&str> = mentions
            .iter()
            .filter(|mention| mention.told == told)
            .map(|mention| mention.entity.as_str())
            .collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    add("speaks of", names(true));
    add("names", names(false));
    add("thread", memory.thread.clone());
    add("key", memory.key.clone());
    add("source", memory.source.clone());
    let metadata = (!memory.metadata.is_empty()).then(|| memory.metadata.as_json().to_owned());
    add("metadata", metadata);
    add("expires", memory.expires_at.map(|time| clock.full(time)));
    add("superseded", memory.superseded_at.map(|time| clock.full(time)));
    add(
        "recalled",
        access.map(|access| {
            let times = figures::counted(access.count, "time", "times");
            format!("{times}, last {}", clock.full(access.last))
        }),
    );
    for (name, value) in fields {
        let label = format!("  {name:<12}");
        let room = out.width().map_or(usize::MAX, |width| width.saturating_sub(label.len()).max(20));
        print_hanging(&label, DIM, Text::one_line(&value, &[]).wrapped(room), out)?;
    }
    Ok(())
}

/// A text beside a label: the label stands alone in its columns.
pub fn print_hanging(label: &str, style: Style, content: Vec<Text>, out: &mut Output) -> Result<()> {
    let blanks = " ".repeat(text::width(label));
    for (place, line) in content.into_iter().enumerate() {
        let label = if place == 0 { label } else { blanks.as_str() };
        writeln!(out, "{style}{label}{style:#}{}", line.styled())?;
    }
    Ok(())
}

/// What stands above the content of a hit.
pub fn print_hit(place: usize, hit: &Hit, with_persona: bool, clock: &Clock, out: &mut Output) -> Result<()> {
    let memory = &hit.memory;
    let number = format!("{place:>2}");
    let mut about = format!(
        "{TIME}{}{TIME:#}  {KIND}{}{KIND:#}",
        clock.minute(memory.at),
        text::one_line(memory.kind.as_str())
    );
    if with_persona {
        about += &format!("  {DIM}{}{DIM:#}", text::one_line(memory.persona.as_str()));
    }
    if let Some(key) = &memory.key {
        about += &format!("  {DIM}{}{DIM:#}", text::one_line(key));
    }
    writeln!(out, "{BOLD}{number}{BOLD:#}  {about}")?;
    let room = out.width_to_wrap().saturating_sub(4);
    print_turns(&hit.before, room, out)?;
    for line in excerpt(hit, room, 3) {
        writeln!(out, "    {}", line.styled())?;
    }
    print_turns(&hit.after, room, out)?;
    if hit.duplicates > 0 {
        let more = figures::counted(hit.duplicates as u64, "memory more that says", "memories more that say");
        writeln!(out, "    {DIM}stands for {more} nearly the same{DIM:#}")?;
    }
    Ok(())
}

/// Why a hit was found: in words, then each signal with what it says, weighs and gives to the score.
pub fn print_why(hit: &Hit, out: &mut Output) -> Result<()> {
    let room = out.width_to_wrap().saturating_sub(4);
    for line in Text::block(&hit.reasons().join("; "), room) {
        writeln!(out, "    {}", line.plain())?;
    }
    let columns = [("signal", Side::Left), ("says", Side::Right), ("weight", Side::Right)];
    let columns: Vec<_> =
        columns.into_iter().chain([("gives", Side::Right), ("rank", Side::Right)]).collect();
    let mut table = Table::new(&columns).indented(4);
    let mut row = |cells: [String; 5]| table.row(cells.map(|cell| Cell::styled(cell, DIM)).into());
    for &Signal { name, raw, weight, value, rank, .. } in &hit.signals {
        let rank = rank.map_or(String::new(), |rank| figures::count(rank.into()));
        row([name.to_owned(), figures::score(raw), figures::weight(weight), figures::score(value), rank]);
    }
    row(["score".to_owned(), String::new(), String::new(), figures::score(hit.score), String::new()]);
    table.print(out)
}

/// What was said around a hit, a line each.
fn print_turns(turns: &[Memory], room: usize, out: &mut Output) -> Result<()> {
    for turn in turns {
        let line = Text::one_line(&turn.content, &[]).shortened(room.saturating_sub(2));
        writeln!(out, "    {DIM}| {}{DIM:#}", line.plain())?;
    }
    Ok(())
}

/// The content of a hit, or the part of it that shows best why it was found; of so many lines at most.
pub fn excerpt(hit: &Hit, columns_max: usize, lines_max: usize) -> Vec<Text> {
    let shown = |chars| {
        let part = hit.snippet(chars);
        let (before, after) = (part.from > 0, part.to < hit.memory.content.len());
        Text::one_line(part.text, &part.matches).with_dots(before, after)
    };
    // Lines are seldom full: the longest part that fits.
    let room = columns_max * lines_max;
    for eighths in 0..8 {
        let lines = shown(room - eighths * columns_max / 8).wrapped(columns_max);
        if lines.len() <= lines_max {
            return lines;
        }
    }
    shown(room).excerpt(columns_max, lines_max)
}
