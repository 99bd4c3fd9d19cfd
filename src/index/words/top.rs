//! Which are the best so far?

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::docs::Doc;
use super::score::Parts;

/// What was found: better is greater; among equals the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) score: Parts,
    pub(crate) doc: Doc,
}

/// The best of those that were offered.
pub(super) struct Top {
    limit: usize,
    heap: BinaryHeap<Reverse<Found>>,
}

impl Top {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, heap: BinaryHeap::with_capacity(limit.saturating_add(1).min(1_024)) }
    }

    /// The least of the best, once there are enough: what is not above it is of no use.
    #[inline]
    pub(super) fn least(&self) -> Option<&Found> {
        if self.heap.len() < self.limit { None } else { self.heap.peek().map(|Reverse(found)| found) }
    }

    /// The score below which nothing is of use.
    #[inline]
    pub(super) fn threshold(&self) -> Parts {
        self.least().map_or(0, |found| found.score)
    }

    pub(super) fn offer(&mut self, found: Found) {
        if self.limit == 0 || self.least().is_some_and(|least| found <= *least) {
            return;
        }
        if self.heap.len() >= self.limit {
            self.heap.pop();
        }
        self.heap.push(Reverse(found));
    }

    /// Best first.
    pub(super) fn into_sorted(self) -> Vec<Found> {
        self.heap.into_sorted_vec().into_iter().map(|Reverse(found)| found).collect()
    }
}
