//! What has this process just written to the graph, for those who keep the graph in memory?
//!
//! A cache of the last commits, bounded, by their place in the change log. What is not in it (other processes' commits,
//! large ones, old ones) is told as unknown, and whoever asks reads the file.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{Entity, Relation, Timestamp};

/// Writes of one transaction that are noted; a larger one is not noted at all.
const NOTED_MAX: usize = 256;
/// Writes that are kept over all commits.
const KEPT_MAX: usize = 4_096;
/// Commits that are kept.
const COMMITS_MAX: usize = 1_024;

/// A row of the graph as it was written, without its properties.
#[derive(Debug, Clone)]
pub(crate) enum Written {
    Entity(Entity),
    Relation(Relation),
    Gone(Gone),
}

/// A relation that was removed.
#[derive(Debug, Clone)]
pub(crate) struct Gone {
    /// Whose it was; `None` is shared by all personas.
    pub(crate) persona: Option<String>,
    /// Name of the entity where it started, and whether that is the persona's own.
    pub(crate) from: (String, bool),
    pub(crate) label: String,
    pub(crate) to: (String, bool),
    pub(crate) valid_from: Option<Timestamp>,
}

/// What one open transaction has written.
#[derive(Default)]
pub(crate) struct Notes {
    written: Vec<Written>,
    /// Entries of the change log that are about the graph.
    logged: usize,
}

impl Notes {
    /// Whether one more would be kept.
    pub(crate) fn has_room(&self) -> bool {
        self.written.len() < NOTED_MAX
    }

    pub(crate) fn add(&mut self, written: Written) {
        if self.has_room() {
            self.written.push(written);
        }
    }

    pub(super) fn logged(&mut self) {
        self.logged += 1;
    }

    /// All of it, if every entry of the change log has its note.
    pub(super) fn take(&mut self) -> Option<Vec<Written>> {
        let written = std::mem::take(&mut self.written);
        (written.len() == self.logged).then_some(written)
    }
}

/// A stretch of the change log, and what was written to the graph in it, if that is known.
pub(crate) enum Stretch {
    Known(Arc<[Written]>),
    Unknown { first: i64, last: i64 },
}

struct Commit {
    first: i64,
    last: i64,
    written: Arc<[Written]>,
}

#[derive(Default)]
struct Kept {
    commits: VecDeque<Commit>,
    writes: usize,
    /// How often it was cleared.
    file: u64,
}

/// The last commits of this process, in the order of the change log.
#[derive(Default)]
pub(crate) struct Journal(Mutex<Kept>);

impl Journal {
    pub(super) fn committed(&self, changes: Option<(i64, i64)>, written: Option<Vec<Written>>) {
        let (Some((first, last)), Some(written)) = (changes, written) else { return };
        let mut kept = self.lock();
        kept.writes += written.len();
        kept.commits.push_back(Commit { first, last, written: written.into() });
        while kept.writes > KEPT_MAX || kept.commits.len() > COMMITS_MAX {
            let Some(oldest) = kept.commits.pop_front() else { break };
            kept.writes -= oldest.written.len();
        }
    }

    /// What happened after change `after` up to change `until`, in order and without a gap.
    pub(crate) fn since(&self, after: i64, until: i64) -> Vec<Stretch> {
        let kept = self.lock();
        let mut stretches = Vec::new();
        let mut known_to = after;
        let from = kept.commits.partition_point(|commit| commit.first <= after);
        for commit in kept.commits.range(from..).take_while(|commit| commit.last <= until) {
            if commit.first > known_to + 1 {
                stretches.push(Stretch::Unknown { first: known_to + 1, last: commit.first - 1 });
            }
            stretches.push(Stretch::Known(Arc::clone(&commit.written)));
            known_to = commit.last;
        }
        if known_to < until {
            stretches.push(Stretch::Unknown { first: known_to + 1, last: until });
        }
        stretches
    }

    /// Forgets everything, when the file may be another one. No call may be under way.
    pub(super) fn clear(&self) {
        let mut kept = self.lock();
        *kept = Kept { file: kept.file + 1, ..Kept::default() };
    }

    /// Tells files apart that lay at the path one after the other. To be asked while a call is under way.
    pub(crate) fn file(&self) -> u64 {
        self.lock().file
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(journal: &Journal, after: i64, until: i64) -> String {
        let stretches = journal.since(after, until);
        let shown = stretches.iter().map(|stretch| match stretch {
            Stretch::Known(written) => format!("[{}]", written.len()),
            Stretch::Unknown { first, last } => format!("{first}-{last}"),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn stretches_cover_the_log_without_a_gap() {
        let journal = Journal::default();
        assert_eq!(shape(&journal, 0, 5), "1-5");
        journal.committed(Some((3, 4)), Some(Vec::new()));
        journal.committed(Some((8, 8)), Some(Vec::new()));
        journal.committed(Some((9, 9)), None);
        assert_eq!(shape(&journal, 0, 9), "1-2 [0] 5-7 [0] 9-9");
        assert_eq!(shape(&journal, 2, 4), "[0]");
        assert_eq!(shape(&journal, 3, 8), "4-7 [0]");
        assert_eq!(shape(&journal, 0, 3), "1-3");
        assert_eq!(shape(&journal, 9, 9), "");
    }

    #[test]
    fn a_write_that_was_not_noted_makes_its_commit_unknown() {
        let mut notes = Notes::default();
        notes.logged();
        assert!(notes.take().is_none());
        assert!(Notes::default().take().is_some());
    }
}
