//! What has this process just written to the graph, for those who keep the graph in memory?
//!
//! A cache of the last commits, bounded, by their place in the change log. What is not in it (other processes' commits,
//! large ones, old ones) is in the file, by the entities that it touched.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Writes of one transaction that are noted; a larger one is not noted at all.
const NOTED_MAX: usize = 256;
/// Writes that are kept over all commits.
const KEPT_MAX: usize = 4_096;
/// Commits that are kept.
const COMMITS_MAX: usize = 1_024;

/// A row of the graph as it was written, without its properties.
#[derive(Debug, Clone)]
pub(crate) enum Written {
    Entity(EntityRow),
    Relation(RelationRow),
    /// A relation that was removed.
    Gone(RelationRow),
}

/// What arrays have of an entity.
#[derive(Debug, Clone)]
pub(crate) struct EntityRow {
    pub(crate) entity_id: i64,
    pub(crate) scope_id: i64,
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) aliases: Vec<String>,
}

/// What arrays have of a relation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RelationRow {
    pub(crate) source_id: i64,
    pub(crate) scope_id: i64,
    pub(crate) label_id: i64,
    pub(crate) target_id: i64,
    /// Milliseconds since 1970 UTC; the smallest integer is always.
    pub(crate) valid_from: i64,
    pub(crate) valid_to: Option<i64>,
    pub(crate) weight: f64,
}

/// What one open transaction has written.
#[derive(Default)]
pub(crate) struct Notes {
    written: Vec<Written>,
    /// Entries of the change log that are about the graph.
    logged: usize,
}

impl Notes {
    pub(crate) fn add(&mut self, written: impl FnOnce() -> Written) {
        if self.written.len() < NOTED_MAX {
            self.written.push(written());
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

    /// All that was written after change `after` up to change `until`, in order, if it is known without a gap.
    pub(crate) fn since(&self, after: i64, until: i64) -> Option<Vec<Arc<[Written]>>> {
        let kept = self.lock();
        let mut all = Vec::new();
        let mut known_to = after;
        let from = kept.commits.partition_point(|commit| commit.first <= after);
        for commit in kept.commits.range(from..).take_while(|commit| commit.last <= until) {
            if commit.first > known_to + 1 {
                return None;
            }
            all.push(Arc::clone(&commit.written));
            known_to = commit.last;
        }
        (known_to >= until).then_some(all)
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

    #[test]
    fn what_is_told_has_no_gap() {
        let journal = Journal::default();
        let commits = |after, until| journal.since(after, until).map(|known| known.len());
        assert_eq!(commits(0, 5), None);
        journal.committed(Some((3, 4)), Some(Vec::new()));
        journal.committed(Some((8, 8)), Some(Vec::new()));
        journal.committed(Some((9, 9)), Some(Vec::new()));
        journal.committed(Some((10, 10)), None);
        assert_eq!(
            [commits(2, 4), commits(7, 9), commits(8, 9), commits(9, 9)],
            [Some(1), Some(2), Some(1), Some(0)]
        );
        assert_eq!([commits(0, 3), commits(3, 8), commits(2, 8), commits(8, 10)], [None; 4]);
    }

    #[test]
    fn a_write_that_was_not_noted_makes_its_commit_unknown() {
        let mut notes = Notes::default();
        notes.logged();
        assert!(notes.take().is_none());
        assert!(Notes::default().take().is_some());
    }
}
