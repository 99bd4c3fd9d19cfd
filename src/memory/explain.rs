//! Along which index is a question answered, and what is looked at row by row?
//!
//! Made of the same pieces as the answer, so that it cannot say anything else.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::count;
use super::plan::Plan;
use super::rows::Numbered;
use super::select::{Path, Selection};
use super::timeline::Timeline;
use super::walk::piece;
use crate::error::Result;
use crate::model::{AttributeType, Comparison, Filter, MetadataPath, Node, Operand, Timestamp};
use crate::storage::{Declared, ReadTx};

/// How a question is answered.
///
/// ```
/// use mindkeep::{Store, Timeline, Where};
/// let store = Store::builder().open_in_memory()?;
/// let question = Timeline::new().kind("command".into()).matching(Where::eq("status", "failed"));
/// let explanation = store.explain(question)?;
/// assert_eq!(explanation.order, "time, newest first");
/// assert!(explanation.steps.iter().all(|step| step.scans == ["status"]));
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// What the answer is ordered by.
    pub order: String,
    /// What is read. Each step may be taken once for each persona.
    pub steps: Vec<Step>,
    /// What would make it quicker.
    pub advice: Vec<String>,
    /// The times that the question speaks of in words ("last May"), each from a moment to before another.
    pub times: Vec<(Timestamp, Timestamp)>,
    /// What of a recall cannot be asked, in words of English; see [`Hits::missing`](crate::Hits::missing).
    pub missing: Vec<String>,
}

/// A part of an index that is read.
///
/// ```
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// store.remember(mindkeep::NewMemory::new("Frost tonight."))?;
/// let step = &store.explain(mindkeep::Timeline::new())?.steps[0];
/// assert_eq!((step.index, step.rows_at_most), ("memory_timeline", 1));
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// The index, or the table that is one.
    pub index: &'static str,
    /// What is looked up in it.
    pub looks_up: Vec<String>,
    /// What is checked row by row.
    pub checks: Vec<String>,
    /// Paths of metadata among the checks: no index answers them here.
    pub scans: Vec<String>,
    /// Of how many personas.
    pub personas: u64,
    /// Entries of the index that could be read, all personas told, if nothing met what is checked.
    pub rows_at_most: u64,
    /// SQLite's own plan, for the first persona.
    pub sqlite: Vec<String>,
}

pub(crate) fn explain_timeline(read: &ReadTx<'_>, question: &Timeline) -> Result<Explanation> {
    let (selection, order) = question.resolve(read)?;
    let name = match (&order.values, order.rising) {
        (None, false) => "time, newest first".to_owned(),
        (None, true) => "time, oldest first".to_owned(),
        (Some(plan), true) => format!("{}, least first", plan.path),
        (Some(plan), false) => format!("{}, greatest first", plan.path),
    };
    let by_value = order.values.is_some();
    let now = read.now().as_millis();
    let steps = steps(read, &selection, &order.paths(&selection), by_value, |persona_id, path| {
        piece::<Numbered>(
            &selection,
            (by_value, order.rising),
            (persona_id, path),
            None,
            (question.limit + 1, now),
        )
    })?;
    let advice = if by_value { Vec::new() } else { advice(read, &selection, true)? };
    Ok(Explanation { order: name, steps, advice, times: Vec::new(), missing: Vec::new() })
}

pub(crate) fn explain_count(read: &ReadTx<'_>, filter: &Filter) -> Result<Explanation> {
    filter.check()?;
    let selection = Selection::resolve(read, filter)?;
    let paths = if selection.is_empty() { Vec::new() } else { selection.paths() };
    let on_index = count::is_on_index(&selection, &paths);
    let mut steps = steps(read, &selection, &paths, false, |persona_id, path| {
        count::query(read, &selection, persona_id, path, on_index)
    })?;
    if on_index {
        steps.iter_mut().for_each(|step| step.checks.clear());
    }
    Ok(Explanation {
        order: "none".to_owned(),
        steps,
        advice: advice(read, &selection, false)?,
        times: Vec::new(),
        missing: Vec::new(),
    })
}

fn steps(
    read: &ReadTx<'_>,
    selection: &Selection<'_>,
    paths: &[Path],
    by_value: bool,
    query: impl Fn(i64, &Path) -> (String, Vec<Value>),
) -> Result<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    let Some(&first) = selection.personas.first() else { return Ok(steps) };
    for path in paths {
        let (sql, params) = query(first, path);
        let mut step = Step {
            index: path.index(),
            looks_up: looks_up(selection, path, by_value),
            checks: selection.checks(Some(path)),
            scans: selection.scans(Some(path)),
            personas: selection.personas.len() as u64,
            rows_at_most: 0,
            sqlite: sqlite_plan(read, &sql, params)?,
        };
        if by_value && (selection.filter.since.is_some() || selection.filter.until.is_some()) {
            step.checks.insert(0, "time".to_owned());
        }
        for &persona_id in &selection.personas {
            step.rows_at_most += rows(read, selection, persona_id, path)?;
        }
        // Several values, or steps of importance, are one to who reads this.
        match steps.iter_mut().find(|known| known.index == step.index && known.looks_up == step.looks_up) {
            Some(known) => known.rows_at_most += step.rows_at_most,
            None => steps.push(step),
        }
    }
    Ok(steps)
}

fn looks_up(selection: &Selection<'_>, path: &Path, by_value: bool) -> Vec<String> {
    let mut looks_up = vec!["persona".to_owned()];
    match path {
        Path::Timeline => {}
        Path::Kind(_) => looks_up.push("kind".to_owned()),
        Path::Importance(_) => looks_up.push("importance".to_owned()),
        Path::Thread => looks_up.push("thread".to_owned()),
        Path::Source => looks_up.push("source".to_owned()),
        Path::Key => looks_up.push("key".to_owned()),
        Path::Tag => looks_up.push("tag".to_owned()),
        Path::Attribute(along) => {
            looks_up.push("kind".to_owned());
            looks_up.extend(along.plan.within.as_ref().map(MetadataPath::to_string));
            if !along.is_everything() {
                looks_up.push(along.plan.path.to_string());
            }
        }
    }
    let bounded = selection.filter.since.is_some() || selection.filter.until.is_some();
    if bounded && !by_value && !path.is_range() {
        looks_up.push("time".to_owned());
    }
    looks_up
}

/// How many entries of the index there are to read.
fn rows(read: &ReadTx<'_>, selection: &Selection<'_>, persona_id: i64, path: &Path) -> Result<u64> {
    let params = vec![persona_id.into(), selection.since().into(), selection.until().into()];
    let source = selection.looked_up(path, params).index_only();
    let sql = format!(
        "SELECT count(*) FROM {} WHERE {} AND {time}.at >= ?2 AND {time}.at < ?3",
        source.from,
        source.conditions,
        time = source.time
    );
    Ok(read.conn().prepare(&sql)?.query_row(params_from_iter(source.params), |row| row.get(0))?)
}

/// What SQLite says of a statement.
pub(crate) fn sqlite_plan(read: &ReadTx<'_>, sql: &str, params: Vec<Value>) -> Result<Vec<String>> {
    let mut statement = read.conn().prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let lines = statement.query_map(params_from_iter(params), |row| row.get(3))?;
    Ok(lines.collect::<rusqlite::Result<_>>()?)
}

/// What to declare, or to ask in another way, so that an index answers what is scanned.
pub(crate) fn advice(read: &ReadTx<'_>, selection: &Selection<'_>, by_time: bool) -> Result<Vec<String>> {
    let mut advice = Vec::new();
    let Some(condition) = &selection.filter.matching else { return Ok(advice) };
    let paths = selection.paths();
    if paths.iter().any(|path| matches!(path, Path::Attribute(_))) {
        return Ok(advice);
    }
    let wanted = condition.conjuncts().iter().filter_map(wanted);
    let Some(kind) = selection.one_kind() else {
        if selection.filter.kinds.len() != 1 {
            advice.push("Name one kind: paths are declared for one each.".to_owned());
        }
        return Ok(advice);
    };
    let catalogue = read.attributes()?;
    for (path, value) in wanted {
        let known = catalogue.of_kind(kind).iter().find(|known| known.path == path);
        advice.push(match known {
            None => format!("Declare `{path}` as {value} for this kind."),
            Some(Declared { pending: Some((done_to, target)), .. }) => {
                format!("Let upkeep fill the index of `{path}`: {} row ids are left.", target - done_to)
            }
            Some(Declared { unlike: unlike @ 1.., .. }) => {
                format!("Change or forget the memories whose `{path}` is of another type: {unlike}.")
            }
            Some(_) if by_time && Plan::for_condition(&catalogue, kind, condition).is_some() => format!(
                "Sort by `{path}`: its index is in the order of its values, and has too many here to put by time."
            ),
            Some(Declared { within: Some((within, _)), .. }) => {
                format!("Say which values `{within}` may have: the index of `{path}` is grouped by it.")
            }
            Some(_) => continue,
        });
    }
    Ok(advice)
}

/// The path and the type with which an index could answer a condition.
fn wanted(node: &Node) -> Option<(MetadataPath, AttributeType)> {
    let (path, operand) = match node {
        Node::Compare(
            path,
            Comparison::Eq | Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge,
            operand,
        ) => (path, operand),
        Node::In(path, operands) => (path, operands.first()?),
        _ => return None,
    };
    let value = match operand {
        Operand::Text(_) => AttributeType::Text,
        Operand::Integer(_) => AttributeType::Integer,
        Operand::Number(_) => AttributeType::Number,
        Operand::Boolean(_) => AttributeType::Boolean,
        Operand::Time(_) => AttributeType::Time,
    };
    Some((MetadataPath::parse("where", path).ok()?, value))
}

impl Path {
    fn index(&self) -> &'static str {
        match self {
            Self::Timeline => "memory_timeline",
            Self::Kind(_) => "memory_kind",
            Self::Importance(_) => "memory_importance",
            Self::Thread => "memory_thread",
            Self::Source => "memory_source",
            Self::Tag => "memory_tag",
            Self::Key => "memory_key",
            Self::Attribute(_) => "memory_attribute",
        }
    }
}

impl Selection<'_> {
    /// What is checked of rows that no index of memories led to, and the paths of metadata among it.
    pub(crate) fn all_checks(&self) -> (Vec<String>, Vec<String>) {
        (self.checks(None), self.scans(None))
    }

    /// What is checked row by row, for people.
    fn checks(&self, path: Option<&Path>) -> Vec<String> {
        let filter = self.filter;
        let mut checks = Vec::new();
        let mut check = |name: &str, is: bool| {
            if is {
                checks.push(name.to_owned());
            }
        };
        let tags = filter.tags.len() - usize::from(path == Some(&Path::Tag) && !filter.tags.is_empty());
        check("kind", self.kinds.is_some() && !matches!(path, Some(Path::Kind(_) | Path::Attribute(_))));
        check("thread", filter.thread.is_some() && path != Some(&Path::Thread));
        check("source", filter.source.is_some() && path != Some(&Path::Source));
        check("key", filter.key.is_some() && path != Some(&Path::Key));
        check("importance", filter.min_importance.is_some_and(|least| least > 0.0));
        check("tags", tags > 0);
        let is_bounded = filter.since.is_some() || filter.until.is_some() || self.past.as_of.is_some();
        check("time", path.is_none_or(Path::is_range) && is_bounded);
        check("recorded", self.past.recorded_by.is_some());
        check("expiry", true);
        checks.extend(self.scans(path).iter().map(|path| format!("metadata {path}")));
        checks
    }

    /// The paths of metadata that are read row by row.
    fn scans(&self, path: Option<&Path>) -> Vec<String> {
        let condition = match path {
            Some(Path::Attribute(along)) => along.plan.rest.as_ref(),
            _ => self.filter.matching.as_ref(),
        };
        condition
            .map_or(Vec::new(), |condition| condition.paths().iter().map(MetadataPath::to_string).collect())
    }
}
