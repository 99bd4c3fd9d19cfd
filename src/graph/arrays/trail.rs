//! Which entities were changed on the way here?
//!
//! A snapshot that was brought forward says of the last changes which entities they touched, so that whoever keeps what was
//! made of an earlier one can tell whether it still holds. One that was read from the rows begins anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Entities that are remembered; a relation touches two.
const KEPT_MAX: usize = 4_096;

#[derive(Clone)]
pub(super) struct Trail {
    lineage: Arc<u64>,
    /// Nothing is known of changes up to this one.
    known_after: i64,
    /// By change, ascending.
    changed: Vec<(i64, u32)>,
}

impl Default for Trail {
    fn default() -> Self {
        static LINEAGES: AtomicU64 = AtomicU64::new(0);
        let lineage = Arc::new(LINEAGES.fetch_add(1, Ordering::Relaxed));
        Self { lineage, known_after: i64::MIN, changed: Vec::new() }
    }
}

impl Trail {
    pub(super) fn lineage(&self) -> &Arc<u64> {
        &self.lineage
    }

    pub(super) fn note(&mut self, node: u32, change_seq: i64) {
        if self.changed.len() == KEPT_MAX {
            self.known_after = self.changed[KEPT_MAX / 2 - 1].0;
            self.changed.drain(..KEPT_MAX / 2);
        }
        if self.changed.last() != Some(&(change_seq, node)) {
            self.changed.push((change_seq, node));
        }
    }

    pub(super) fn since(&self, change_seq: i64) -> Option<impl Iterator<Item = u32> + '_> {
        if change_seq < self.known_after {
            return None;
        }
        let from = self.changed.partition_point(|(changed, _)| *changed <= change_seq);
        Some(self.changed[from..].iter().map(|(_, node)| *node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(trail: &Trail, change_seq: i64) -> Option<Vec<u32>> {
        trail.since(change_seq).map(Iterator::collect)
    }

    #[test]
    fn what_was_changed_is_known_for_so_long() {
        let mut trail = Trail::default();
        assert_ne!(trail.lineage(), Trail::default().lineage());
        assert_eq!(since(&trail, 0), Some(vec![]));
        trail.note(7, 3);
        trail.note(8, 3);
        trail.note(7, 5);
        assert_eq!(since(&trail, 2), Some(vec![7, 8, 7]));
        assert_eq!(since(&trail, 3), Some(vec![7]));
        assert_eq!(since(&trail, 5), Some(vec![]));
        for change in 0..KEPT_MAX as i64 {
            trail.note(9, 10 + change);
        }
        let (last, half) = (10 + KEPT_MAX as i64 - 1, KEPT_MAX / 2);
        assert_eq!(since(&trail, last - 1), Some(vec![9]));
        assert_eq!(since(&trail, last), Some(vec![]));
        assert_eq!(since(&trail, 5), None);
        let known = (0..=last).filter(|&change| since(&trail, change).is_some()).count();
        assert!(known > half && known <= KEPT_MAX, "{known}");
    }
}
