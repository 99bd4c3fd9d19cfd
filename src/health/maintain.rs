//! What work is left over from upgrades and declarations, and how is it done in small steps?
//!
//! Each task is a row of `upkeep`: its name, how far it is, and where it ends. A step does a few hundred rows in one
//! transaction and moves the row on, so that upkeep can stop anywhere, be killed, and go on later, in another process too.

use std::time::{Duration, Instant};

use rusqlite::OptionalExtension;

use super::rebuild;
use crate::error::{Error, Result};
use crate::graph::Snapshots;
use crate::storage::{
    FILL_VECTORS, MENTION_DUE, MENTION_TASKS, ReadLimits, STORE_GRAPH, Storage, Summed, WriteTx,
};
use crate::{index, memory};

/// How much upkeep may be done now.
///
/// ```
/// use mindkeep::Budget;
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// store.maintain(Budget::millis(50))?;
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    time: Option<Duration>,
}

impl Budget {
    /// So many milliseconds. A step that has begun is ended: a step takes a few milliseconds, but for the one that reads a large
    /// graph to store its arrays: a third of a second for a million relations, which holds up nobody else.
    ///
    /// ```
    /// let frame = mindkeep::Budget::millis(16);
    /// ```
    pub fn millis(millis: u64) -> Self {
        Self { time: Some(Duration::from_millis(millis)) }
    }

    /// Until nothing is left.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert!(store.maintain(mindkeep::Budget::all())?.is_done());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn all() -> Self {
        Self { time: None }
    }
}

/// What upkeep did, and what it has still to do.
///
/// ```
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// let done = store.maintain(mindkeep::Budget::millis(50))?;
/// assert_eq!((done.steps, done.left.len()), (0, 0));
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Maintenance {
    /// Transactions that were made.
    pub steps: u64,
    /// Row ids that were gone through.
    pub rows: u64,
    /// Tasks that are not finished.
    pub left: Vec<UpkeepTask>,
}

impl Maintenance {
    /// Whether nothing is left to do.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert!(store.maintain(mindkeep::Budget::all())?.is_done());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn is_done(&self) -> bool {
        self.left.is_empty()
    }
}

/// A task of upkeep.
///
/// ```
/// for task in mindkeep::Store::builder().open_in_memory()?.upkeep()? {
///     println!("{}: {} of {}", task.name, task.done_to, task.target);
/// }
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpkeepTask {
    /// What it does and to what, such as `checksum:memory`.
    pub name: String,
    /// Row id up to which it is done.
    pub done_to: i64,
    /// Last row id that needs it.
    pub target: i64,
}

/// Row ids a step goes through.
const STEP_ROWS: i64 = 256;

/// Does the rows after the first number up to the second.
type Step = fn(&mut WriteTx<'_>, name: &str, after: i64, to: i64) -> Result<()>;

/// What is done for the tasks that begin with a word.
const STEPS: &[(&str, Step)] = &[
    ("attribute:", memory::fill),
    (memory::EMPTY_TASK, memory::empty_step),
    ("checksum:", sum),
    (MENTION_TASKS, memory::mention_step),
    ("rebuild:", rebuild::step),
    (index::SEAL_TASK, index::seal_notes),
    (index::REBUILD_TASK, index::rebuild),
    (FILL_VECTORS, index::vectors::fill),
    (memory::DROP_TASK, memory::drop_step),
    (index::vectors::REBUILD_TASK, index::vectors::rebuild),
];

/// Notes the checksums of rows from before there were checksums.
fn sum(tx: &mut WriteTx<'_>, name: &str, after: i64, to: i64) -> Result<()> {
    let thing = Summed::ALL.into_iter().find(|thing| name.strip_prefix("checksum:") == Some(thing.name()));
    thing.map_or(Ok(()), |thing| tx.sum_rows(thing, after, to))
}

fn step_of(task: &str) -> Option<Step> {
    STEPS.iter().find(|(prefix, _)| task.starts_with(prefix)).map(|&(_, step)| step)
}

/// Works until the budget is spent or nothing is left. Stops between two steps where the caller cancels.
pub(crate) fn maintain(
    storage: &Storage,
    graphs: &Snapshots,
    words: &index::Cache,
    limits: &ReadLimits,
    budget: Budget,
    mut progress: impl FnMut(&UpkeepTask),
) -> Result<Maintenance> {
    let start = Instant::now();
    let mut done = Maintenance::default();
    rebuild::rebuild_outdated(storage, limits)?;
    // Who has time for all looks for himself; for others, whoever asked the graph did.
    graphs.drop_damaged(storage, limits, budget.time.is_none())?;
    // Who has time for all looks for himself here, too.
    let looks = budget.time.is_none() && storage.snapshot(limits, |read| index::is_damaged(read.conn()))?;
    if words.is_damaged() || looks {
        storage.write(limits, |tx| index::start_anew(tx, index::Which::All))?;
        words.set_damaged(false);
    }
    let looks =
        budget.time.is_none() && storage.snapshot(limits, |read| index::vectors::is_damaged(read.conn()))?;
    if words.vectors().is_damaged() || looks {
        storage.write(limits, index::vectors::start_anew)?;
        words.vectors().set_damaged(false);
    }
    loop {
        done.left = tasks(storage, limits)?;
        // A task of a newer version stays for it.
        let beside = [STORE_GRAPH, index::MERGE_TASK];
        let known =
            done.left.iter().find(|task| beside.contains(&&*task.name) || step_of(&task.name).is_some());
        let Some(task) = known.cloned().filter(|_| budget.time.is_none_or(|most| start.elapsed() < most))
        else {
            return Ok(done);
        };
        let rows = match step_of(&task.name) {
            Some(step) => {
                let name = task.name.clone();
                storage.write(limits, move |tx| one_step(tx, &name, step))?
            }
            // These read and reckon beside the writers.
            None if task.name == index::MERGE_TASK => index::merge_large(storage, limits)?,
            None => graphs.store(storage, limits)?,
        };
        done.steps += 1;
        done.rows += rows;
        progress(&task);
    }
}

/// One step of a task, from where it is now: another process may have gone on with it.
fn one_step(tx: &mut WriteTx<'_>, name: &str, step: Step) -> Result<u64> {
    let there: Option<(i64, i64)> = tx
        .prepare("SELECT done_to, target FROM upkeep WHERE task = ?1")?
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((done_to, target)) = there else { return Ok(0) };
    let to = target.min(done_to.saturating_add(STEP_ROWS));
    step(tx, name, done_to, to)?;
    if name == MENTION_DUE || name == index::SEAL_TASK {
        // It goes from name to name, or from persona to persona, and says itself how far it is.
    } else if to >= target {
        tx.prepare("DELETE FROM upkeep WHERE task = ?1")?.execute([name])?;
    } else {
        tx.prepare("UPDATE upkeep SET done_to = ?2 WHERE task = ?1")?.execute((name, to))?;
    }
    Ok((to - done_to).unsigned_abs())
}

/// What is left to do.
pub(crate) fn tasks(storage: &Storage, limits: &ReadLimits) -> Result<Vec<UpkeepTask>> {
    storage.read(limits, |read| {
        let mut statement =
            read.conn().prepare_cached("SELECT task, done_to, target FROM upkeep ORDER BY task")?;
        let tasks = statement
            .query_map([], |row| {
                Ok(UpkeepTask { name: row.get(0)?, done_to: row.get(1)?, target: row.get(2)? })
            })?
            .collect::<rusqlite::Result<_>>();
        tasks.map_err(|error| Error::sqlite("reading what upkeep has to do", &error))
    })
}
