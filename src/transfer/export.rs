//! How do memories, entities, relations and mentions become lines?

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::line::{embeddings_json, stamp_text};
use crate::clock::Stamp;
use crate::error::{Error, Result};
use crate::graph;
use crate::memory::{self, Order, Row, Selection, Walk};
use crate::model::{Filter, Metadata, PersonaScope, Progress, Timestamp, filter_methods};
use crate::storage::{ReadLimits, ReadTx, SHARED, Storage};

/// What to export: everything, or the memories of some personas or of a stretch of time, with what they speak of.
///
/// Forgotten and expired memories stay behind; superseded ones go along.
///
/// ```
/// use mindkeep::{Export, Import, NewMemory, Store};
///
/// let store = Store::builder().open_in_memory()?;
/// store.remember(NewMemory::new("The spare key is under the third pot."))?;
/// let mut lines = Vec::new();
/// store.export(&mut lines, Export::new())?;
///
/// let other = Store::builder().open_in_memory()?;
/// assert_eq!(other.import(lines.as_slice(), Import::new())?.memories, 1);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Default)]
pub struct Export<'e> {
    filter: Filter,
    gzip: bool,
    on_progress: Option<Box<dyn FnMut(Progress) -> ControlFlow<()> + Send + 'e>>,
}

impl<'e> Export<'e> {
    /// Everything, as plain lines.
    ///
    /// ```
    /// let everything = mindkeep::Export::new();
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Compress with gzip.
    ///
    /// ```
    /// let small = mindkeep::Export::new().gzip();
    /// ```
    #[must_use]
    pub fn gzip(mut self) -> Self {
        self.gzip = true;
        self
    }

    /// Called now and then with the number of lines done. `Break` stops with `Cancelled`.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// let mut export = mindkeep::Export::new();
    /// export.on_progress(|progress| {
    ///     println!("{} lines", progress.done);
    ///     ControlFlow::Continue(())
    /// });
    /// ```
    pub fn on_progress(&mut self, callback: impl FnMut(Progress) -> ControlFlow<()> + Send + 'e) {
        self.on_progress = Some(Box::new(callback));
    }

    filter_methods!("Export::new()");
}

/// What was exported.
///
/// ```
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// assert_eq!(store.export(Vec::new(), mindkeep::Export::new())?.memories, 0);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Exported {
    /// Memories, superseded ones included.
    pub memories: u64,
    /// Entities.
    pub entities: u64,
    /// Relations.
    pub relations: u64,
    /// Mentions.
    pub mentions: u64,
    /// Rules by which relations follow.
    pub rules: u64,
}

#[derive(Serialize)]
struct MemoryLine<'l> {
    r#type: &'static str,
    id: String,
    persona: &'l str,
    kind: &'l str,
    at: Timestamped,
    recorded_at: Timestamped,
    content: &'l str,
    importance: f64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'l [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    superseded_at: Option<Timestamped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Cow<'l, RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding: Option<serde_json::Value>,
    stamp: String,
}

#[derive(Serialize)]
struct EntityLine<'l> {
    r#type: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    persona: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'l str>,
    name: &'l str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    aliases: &'l [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Cow<'l, RawValue>>,
    stamp: String,
}

#[derive(Serialize)]
struct RelationLine<'l> {
    r#type: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    persona: Option<&'l str>,
    label: &'l str,
    from: &'l str,
    to: &'l str,
    #[serde(skip_serializing_if = "is_false")]
    from_shared: bool,
    #[serde(skip_serializing_if = "is_false")]
    to_shared: bool,
    weight: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<Timestamped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<Timestamped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Cow<'l, RawValue>>,
    stamp: String,
}

#[derive(Serialize)]
struct MentionLine<'l> {
    r#type: &'static str,
    persona: &'l str,
    memory: String,
    entity: &'l str,
    #[serde(skip_serializing_if = "is_false")]
    entity_shared: bool,
}

/// What is so unless said is not said.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(said: &bool) -> bool {
    !said
}

#[derive(Serialize)]
struct RuleLine<'l> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    persona: Option<&'l str>,
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    second: Option<&'l str>,
    label: &'l str,
}

/// Serialises as RFC 3339.
struct Timestamped(Timestamp);

impl Serialize for Timestamped {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Writes all that meets the options to `output`, from one commit of the store.
pub(crate) fn export(
    storage: &Storage,
    limits: &ReadLimits,
    output: impl Write,
    mut options: Export<'_>,
) -> Result<Exported> {
    options.filter.check()?;
    let filter = std::mem::take(&mut options.filter);
    storage.snapshot(limits, |read| {
        if options.gzip {
            let mut sink =
                Sink::new(GzEncoder::new(output, Compression::default()), options.on_progress.take());
            let exported = write_all(read, &filter, &mut sink)?;
            sink.into_inner()?.finish().map_err(|error| Error::io("writing the export", &error))?;
            Ok(exported)
        } else {
            let mut sink = Sink::new(output, options.on_progress.take());
            let exported = write_all(read, &filter, &mut sink)?;
            sink.into_inner()?;
            Ok(exported)
        }
    })
}

fn write_all<W: Write>(read: &ReadTx<'_>, filter: &Filter, sink: &mut Sink<'_, W>) -> Result<Exported> {
    let replicas = Replicas::load(read)?;
    let mut selection = Selection::resolve(read, filter)?.in_order_of_time(read)?;
    let mut named = Vec::with_capacity(selection.personas.len());
    for &id in &selection.personas {
        named.push((read.names().persona(read.conn(), id)?, id));
    }
    named.sort_unstable();
    let personas = json_list(named.iter().map(|(_, id)| *id));
    // What is shared belongs to everybody; it goes along unless somebody in particular is asked for.
    let shared = (filter.personas == PersonaScope::All).then_some(SHARED);
    let scopes = json_list(shared.into_iter().chain(named.iter().map(|(_, id)| *id)));
    let mut exported = Exported::default();
    let with_graph = filter.is_whole_persona();
    if with_graph {
        graph::each_entity(read, &scopes, |row| {
            exported.entities += 1;
            sink.line(&EntityLine {
                r#type: "entity",
                id: row.uuid.to_string(),
                persona: row.entity.persona.as_deref(),
                label: row.entity.label.as_deref(),
                name: &row.entity.name,
                aliases: &row.entity.aliases,
                properties: raw(&row.entity.properties)?,
                stamp: replicas.stamp(row.stamp, row.replica_id)?,
            })
        })?;
        graph::each_relation(read, &scopes, |row| {
            exported.relations += 1;
            sink.line(&RelationLine {
                r#type: "relation",
                id: row.uuid.to_string(),
                persona: row.relation.persona.as_deref(),
                label: &row.relation.label,
                from: &row.relation.from,
                to: &row.relation.to,
                from_shared: row.relation.shared_ends[0],
                to_shared: row.relation.shared_ends[1],
                weight: row.relation.weight,
                valid_from: row.relation.valid_from.map(Timestamped),
                valid_to: row.relation.valid_to.map(Timestamped),
                properties: raw(&row.relation.properties)?,
                stamp: replicas.stamp(row.stamp, row.replica_id)?,
            })
        })?;
        graph::each_rule(read, &scopes, |persona, rule| {
            exported.rules += 1;
            let (sort, first, second, label) = rule.parts();
            let (of, first) = match sort {
                "inverse" => (Some(first), None),
                "composition" => (None, Some(first)),
                _ => (None, None),
            };
            sink.line(&RuleLine { r#type: "rule", persona, rule: sort, of, first, second, label })
        })?;
    }
    for (_, persona_id) in &named {
        selection.personas = vec![*persona_id];
        memory::each_superseded(read, &selection, |row| {
            exported.memories += 1;
            write_memory(read, &replicas, sink, &row)
        })?;
        let mut walk = Walk::<Row>::new(&selection, &Order::time(true), None, 256);
        while let Some((_, row)) = walk.next(read)? {
            exported.memories += 1;
            write_memory(read, &replicas, sink, &row)?;
        }
    }
    if with_graph {
        let range = (selection.since(), selection.until());
        graph::each_mention(read, &personas, range, |row| {
            exported.mentions += 1;
            sink.line(&MentionLine {
                r#type: "mention",
                persona: &row.persona,
                memory: row.memory.to_string(),
                entity: &row.entity,
                entity_shared: row.shared_entity,
            })
        })?;
    }
    Ok(exported)
}

fn write_memory<W: Write>(
    read: &ReadTx<'_>,
    replicas: &Replicas,
    sink: &mut Sink<'_, W>,
    row: &Row,
) -> Result<()> {
    let memory = &row.memory;
    sink.line(&MemoryLine {
        r#type: "memory",
        id: memory.id.to_string(),
        persona: memory.persona.as_str(),
        kind: memory.kind.as_str(),
        at: Timestamped(memory.at),
        recorded_at: Timestamped(memory.recorded_at),
        content: &memory.content,
        importance: memory.importance,
        tags: &memory.tags,
        thread: memory.thread.as_deref(),
        key: memory.key.as_deref(),
        source: memory.source.as_deref(),
        expires_at: memory.expires_at.map(Timestamped),
        superseded_at: memory.superseded_at.map(Timestamped),
        metadata: raw(&memory.metadata)?,
        embedding: embeddings_json(memory::embeddings(read.conn(), row.memory_id)?),
        stamp: replicas.stamp(row.stamp, row.replica_id)?,
    })
}

/// JSON as it was given, on one line: outside of strings a break is but a space, and inside there is none.
fn raw(metadata: &Metadata) -> Result<Option<Cow<'_, RawValue>>> {
    let wrong = |_| Error::Corrupt { what: "metadata" };
    match metadata.stored() {
        None => Ok(None),
        Some(json) if json.contains(['\n', '\r']) => {
            let line = json.replace(['\n', '\r'], " ");
            Ok(Some(Cow::Owned(RawValue::from_string(line).map_err(wrong)?)))
        }
        Some(json) => Ok(Some(Cow::Borrowed(serde_json::from_str(json).map_err(wrong)?))),
    }
}

fn json_list(ids: impl Iterator<Item = i64>) -> String {
    format!("[{}]", ids.map(|id| id.to_string()).collect::<Vec<_>>().join(","))
}

/// The installations that rows name by number.
struct Replicas(HashMap<i64, Uuid>);

impl Replicas {
    fn load(read: &ReadTx<'_>) -> Result<Self> {
        let mut statement = read.conn().prepare_cached("SELECT replica_id, uuid FROM replica")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, Uuid::from_bytes(row.get(1)?))))?;
        Ok(Self(rows.collect::<rusqlite::Result<_>>()?))
    }

    fn stamp(&self, stamp: Stamp, replica_id: i64) -> Result<String> {
        let replica =
            self.0.get(&replica_id).ok_or(Error::Corrupt { what: "a row names an unknown replica" })?;
        Ok(stamp_text(stamp, *replica))
    }
}

/// Where lines go.
struct Sink<'s, W: Write> {
    output: BufWriter<W>,
    done: u64,
    on_progress: Option<Box<dyn FnMut(Progress) -> ControlFlow<()> + Send + 's>>,
}

impl<'s, W: Write> Sink<'s, W> {
    fn new(output: W, on_progress: Option<Box<dyn FnMut(Progress) -> ControlFlow<()> + Send + 's>>) -> Self {
        Self { output: BufWriter::with_capacity(1 << 16, output), done: 0, on_progress }
    }

    fn line(&mut self, line: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.output, line)
            .map_err(std::io::Error::from)
            .and_then(|()| self.output.write_all(b"\n"))
            .map_err(|error| Error::io("writing the export", &error))?;
        self.done += 1;
        if self.done.is_multiple_of(1_000)
            && let Some(on_progress) = &mut self.on_progress
            && on_progress(Progress { done: self.done, total: None }).is_break()
        {
            return Err(Error::Cancelled);
        }
        Ok(())
    }

    fn into_inner(self) -> Result<W> {
        self.output.into_inner().map_err(|error| Error::io("writing the export", error.error()))
    }
}
