//! What was the answer, and does it still hold?
//!
//! Answers that were dear, by question, up to so many bytes; the one asked for longest ago goes first. A question is keyed
//! by numbers, of the snapshot's own reading: names are looked up in the graph as it is now, so that a name that is new or
//! means somebody else is another question. An answer knows the entities that it was made from, and holds as long as the
//! snapshot says that none of these was changed. It holds no snapshot itself.

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use lru::LruCache;

use super::arrays::{Snapshot, Way};
use super::walk::{Conditions, Direction};

/// Entities that an answer names as those it was made from; one of more holds until anything changes.
const TOUCHED_MAX: usize = 1 << 16;
/// Bytes of an entry besides answer, question and entities.
const ENTRY_BYTES: usize = 200;
/// An answer that takes more than one part in so many of all bytes is not kept: too many others would have to go.
const SHARE_MAX: usize = 2;

/// A question, in numbers: which sort it is, and all that was said of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key(Vec<u64>);

impl Key {
    /// Of this sort, to this snapshot. Each sort says the same things in the same order.
    pub(crate) fn new(sort: &'static str, snapshot: &Snapshot) -> Self {
        // A name of up to eight letters is a number, too.
        let sort = sort.bytes().take(8).fold(0, |sum, byte| sum << 8 | u64::from(byte));
        Self(vec![sort, **snapshot.lineage()])
    }

    pub(crate) fn with(mut self, word: impl Into<u64>) -> Self {
        self.0.push(word.into());
        self
    }

    pub(crate) fn with_number(self, number: f64) -> Self {
        self.with(number.to_bits())
    }

    pub(crate) fn with_nodes(mut self, nodes: &[u32]) -> Self {
        self.0.push(nodes.len() as u64);
        self.0.extend(nodes.iter().copied().map(u64::from));
        self
    }

    pub(crate) fn with_text(mut self, text: Option<&str>) -> Self {
        let Some(text) = text else { return self.with(u64::MAX) };
        self.0.push(text.len() as u64);
        for part in text.as_bytes().chunks(8) {
            self.0.push(part.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
        }
        self
    }

    pub(crate) fn with_direction(self, direction: Direction) -> Self {
        self.with(direction as u64)
    }

    pub(crate) fn with_conditions(mut self, conditions: &Conditions) -> Self {
        let Conditions { labels, weight_min, weight_max, at } = conditions;
        self = self.with_number(*weight_min).with_number(*weight_max);
        self = self.with(u64::from(at.is_some())).with(at.unwrap_or(0) as u64);
        match labels {
            Some(labels) => self.with_nodes(labels),
            None => self.with(u64::MAX),
        }
    }
}

/// The entities that an answer is made from, as they are met.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    nodes: Vec<u32>,
    all: bool,
    /// It would be another one if any relation weighed less than nothing.
    weighed: bool,
}

impl Touched {
    #[inline]
    pub(crate) fn add(&mut self, node: u32) {
        self.add_all(&[node]);
    }

    #[inline]
    pub(crate) fn add_all(&mut self, nodes: &[u32]) {
        if self.all {
            return;
        }
        self.nodes.extend_from_slice(nodes);
        if self.nodes.len() > 4 * TOUCHED_MAX {
            self.settle();
        }
    }

    /// It depends on the whole graph.
    pub(crate) fn everything(&mut self) {
        (self.all, self.nodes) = (true, Vec::new());
    }

    /// It depends on that no relation has a negative weight.
    pub(crate) fn weights(&mut self) {
        self.weighed = true;
    }

    /// Has each once, in order; or all, if they are too many.
    fn settle(&mut self) {
        self.nodes.sort_unstable();
        self.nodes.dedup();
        if self.nodes.len() > TOUCHED_MAX {
            self.everything();
        }
    }

    /// Whether an answer holds that was given after this change.
    fn hold(&self, snapshot: &Snapshot, change_seq: i64) -> bool {
        let Some(mut changed) = snapshot.changed_since(change_seq) else { return false };
        let negative = |node| snapshot.edges(node, Way::Out).iter().any(|(_, fact)| fact.weight < 0.0);
        changed.all(|node| {
            !self.all && self.nodes.binary_search(&node).is_err() && !(self.weighed && negative(node))
        })
    }
}

/// What can be kept: it says how many bytes it takes.
pub(crate) trait Weigh: Any + Send + Sync {
    fn bytes(&self) -> usize;
}

struct Entry {
    answer: Arc<dyn Any + Send + Sync>,
    touched: Touched,
    /// Where the snapshots come from that it is about.
    lineage: Weak<u64>,
    /// The changes from which to which it is known to hold.
    holds: (i64, i64),
    bytes: usize,
}

/// What was counted of the answers kept in memory since the store was opened.
///
/// ```
/// let store = mindkeep::Store::builder().graph_cache_kib(0).open_in_memory()?;
/// assert_eq!(store.stats()?.graph_cache.bytes_max, 0);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheCounts {
    /// Answers that are kept.
    pub entries: u64,
    /// Bytes that they take.
    pub bytes: u64,
    /// Bytes that they may take; 0 if none are kept.
    pub bytes_max: u64,
    /// Questions that were answered from memory.
    pub hits: u64,
    /// Questions that were looked up and answered anew. Those that cost less than looking up are not counted.
    pub misses: u64,
    /// Answers that had to go to make room.
    pub evictions: u64,
}

struct State {
    entries: LruCache<Key, Entry>,
    counts: CacheCounts,
    /// The newest that anything was kept of.
    lineage: u64,
}

impl State {
    /// When the graph was read anew, what was about earlier snapshots goes that nobody has any more.
    fn sweep(&mut self, lineage: u64) {
        if lineage <= self.lineage {
            return;
        }
        self.lineage = lineage;
        let is_over = |(key, entry): (&Key, &Entry)| (entry.lineage.strong_count() == 0).then(|| key.clone());
        let over: Vec<Key> = self.entries.iter().filter_map(is_over).collect();
        for key in over {
            self.counts.bytes -= self.entries.pop(&key).map_or(0, |gone| gone.bytes as u64);
        }
    }
}

/// The answers of one open store.
pub(crate) struct Answers {
    bytes_max: usize,
    state: Mutex<State>,
    /// By entity, in few bits: whether any answer about it was ever kept. Asked before anything is locked.
    about: [AtomicU64; 64],
}

impl Answers {
    /// Up to so many bytes; of 0, none are kept.
    pub(crate) fn new(bytes_max: usize) -> Self {
        let counts = CacheCounts { bytes_max: bytes_max as u64, ..CacheCounts::default() };
        let state = State { entries: LruCache::unbounded(), counts, lineage: 0 };
        Self { bytes_max, state: Mutex::new(state), about: std::array::from_fn(|_| AtomicU64::new(0)) }
    }

    /// Whether answers about this snapshot are kept: not those about a part that was read for one question.
    pub(crate) fn serve(&self, snapshot: &Snapshot) -> bool {
        self.bytes_max > 0 && !snapshot.is_part()
    }

    /// Whether one of so many bytes is kept.
    pub(crate) fn take(&self, snapshot: &Snapshot, bytes: usize) -> bool {
        self.serve(snapshot) && bytes <= self.bytes_max / SHARE_MAX
    }

    /// Whether it is worth looking for an answer about this entity.
    #[inline]
    pub(crate) fn may_be_about(&self, node: u32) -> bool {
        self.about[node as usize / 64 % 64].load(Relaxed) & 1 << (node % 64) != 0
    }

    /// Says that there is an answer about this entity.
    pub(crate) fn is_about(&self, node: u32) {
        self.about[node as usize / 64 % 64].fetch_or(1 << (node % 64), Relaxed);
    }

    /// The answer, if it is known and holds in this snapshot.
    pub(crate) fn find<T: Weigh>(&self, snapshot: &Snapshot, key: &Key) -> Option<Arc<T>> {
        let (mut state, now) = (self.lock(), snapshot.change_seq());
        let State { entries, counts, .. } = &mut *state;
        let Some(entry) = entries.get_mut(key) else {
            counts.misses += 1;
            return None;
        };
        let (first, last) = entry.holds;
        let stale = now > last && !entry.touched.hold(snapshot, last);
        if stale || now < first {
            counts.misses += 1;
            // What is too new for a handle that stays where it is may be right for all others.
            if stale && let Some(gone) = entries.pop(key) {
                counts.bytes -= gone.bytes as u64;
            }
            return None;
        }
        entry.holds.1 = last.max(now);
        counts.hits += 1;
        Arc::downcast(Arc::clone(&entry.answer)).ok()
    }

    /// Keeps an answer that was made of these entities in this snapshot.
    pub(crate) fn keep<T: Weigh>(
        &self,
        snapshot: &Snapshot,
        key: Key,
        answer: &Arc<T>,
        mut touched: Touched,
    ) {
        touched.settle();
        touched.nodes.shrink_to_fit();
        let bytes = ENTRY_BYTES + answer.bytes() + key.0.len() * 8 + touched.nodes.len() * 4;
        if !self.take(snapshot, bytes) {
            return;
        }
        let now = snapshot.change_seq();
        let mut state = self.lock();
        state.sweep(**snapshot.lineage());
        if state.entries.peek(&key).is_some_and(|known| known.holds.0 > now) {
            return;
        }
        let answer: Arc<dyn Any + Send + Sync> = Arc::<T>::clone(answer);
        let lineage = Arc::downgrade(snapshot.lineage());
        let entry = Entry { answer, touched, lineage, holds: (now, now), bytes };
        if let Some((_, before)) = state.entries.push(key, entry) {
            state.counts.bytes -= before.bytes as u64;
        }
        state.counts.bytes += bytes as u64;
        while state.counts.bytes > self.bytes_max as u64 {
            let Some((_, oldest)) = state.entries.pop_lru() else { break };
            state.counts.bytes -= oldest.bytes as u64;
            state.counts.evictions += 1;
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        state.entries.clear();
        state.counts.bytes = 0;
        self.about.iter().for_each(|bits| bits.store(0, Relaxed));
    }

    /// What was counted so far.
    pub(crate) fn counts(&self) -> CacheCounts {
        let state = self.lock();
        CacheCounts { entries: state.entries.len() as u64, ..state.counts }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
