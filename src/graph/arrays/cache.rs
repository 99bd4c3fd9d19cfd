//! Which snapshot holds now?
//!
//! One for each scope that was asked of, brought up to date when a call finds that the file has changed: by what this
//! process noted of its writes, or by the rows of the entities that were touched. The first is loaded as it is stored, or made
//! of all rows.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::draft::Draft;
use super::stored::Loaded;
use super::{Snapshot, load, reread, stored};
use crate::error::{Error, Result};
use crate::storage::{ReadLimits, ReadTx, SHARED, Storage};

/// How often whoever waits for another's reading looks at its own limits.
const LOOK: Duration = Duration::from_millis(5);
/// Changes after which a graph that was too large is measured again.
const MEASURED_AFTER: i64 = 4_096;

/// The snapshots of one open file.
#[derive(Default)]
pub(crate) struct Snapshots {
    state: Mutex<State>,
    read: Condvar,
    /// Questions that were answered from rows.
    from_rows: AtomicU64,
    /// Somebody found that what is stored is damaged.
    damaged: AtomicBool,
    /// What upkeep is about to store.
    storing: Mutex<Option<stored::Storing>>,
}

#[derive(Default)]
struct State {
    /// The one asked for last comes first.
    kept: Vec<(Whose, Arc<Snapshot>)>,
    /// What somebody is reading now.
    reading: Vec<Whose>,
    /// What was too large, and at which change.
    too_large: Vec<(Whose, i64, Error)>,
}

/// A scope of a file: after a pause, another file may lie at the path, with a change log of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Whose {
    scope: i64,
    file: u64,
}

impl Whose {
    /// The scope of a persona; one that the file does not know has the shared graph.
    fn find(read: &ReadTx<'_>, storage: &Storage, persona: Option<&str>) -> Result<Self> {
        let known = persona.map_or(Ok(None), |name| read.names().persona_id(read.conn(), name))?;
        Ok(Self { scope: known.unwrap_or(SHARED), file: storage.journal().file() })
    }
}

impl Snapshots {
    /// The graph of a persona, or the shared one alone, as it is in the file now.
    pub(crate) fn now(
        &self,
        storage: &Storage,
        limits: &ReadLimits,
        persona: Option<&str>,
    ) -> Result<Arc<Snapshot>> {
        loop {
            let (whose, change_seq) = storage
                .read(limits, |read| Ok((Whose::find(read, storage, persona)?, read.change_seq()?)))?;
            if let Some(kept) = self.kept(whose, change_seq) {
                return Ok(kept);
            }
            if let Some(too_large) = self.too_large(whose, change_seq) {
                return Err(too_large);
            }
            let turn = self.turn(whose, limits)?;
            if let Some(kept) = self.kept(whose, change_seq) {
                return Ok(kept);
            }
            if let Some(newer) = turn.take_up(storage, change_seq)? {
                return Ok(newer);
            }
            if let Some(read) = storage.snapshot(limits, |read| turn.read(read, storage))? {
                return Ok(read);
            }
        }
    }

    /// A part of the graph that one question needs, from rows, where the whole is too large.
    pub(crate) fn part(
        &self,
        storage: &Storage,
        limits: &ReadLimits,
        persona: Option<&str>,
        make: &dyn Fn(&ReadTx<'_>, i64) -> Result<Snapshot>,
    ) -> Result<Arc<Snapshot>> {
        self.from_rows.fetch_add(1, Ordering::Relaxed);
        storage.snapshot(limits, |read| Ok(Arc::new(make(read, Whose::find(read, storage, persona)?.scope)?)))
    }

    /// Bytes of the arrays in memory, and how many questions were answered from rows for want of room.
    pub(crate) fn figures(&self) -> (u64, u64) {
        let bytes: usize = self.lock().kept.iter().map(|(_, kept)| kept.bytes()).sum();
        (bytes as u64, self.from_rows.load(Ordering::Relaxed))
    }

    /// Why a scope is not read, if it was too large lately.
    fn too_large(&self, whose: Whose, change_seq: i64) -> Option<Error> {
        let state = self.lock();
        let (_, at, error) = state.too_large.iter().find(|(known, _, _)| *known == whose)?;
        (change_seq < at.saturating_add(MEASURED_AFTER)).then(|| error.clone())
    }

    /// Forgets everything, when the file may be another one. Nobody may be asking.
    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        state.kept.clear();
        state.too_large.clear();
        drop(state);
        self.damaged.store(false, Ordering::Relaxed);
        *self.storing.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// A step of storing arrays in the file. Returns how many pieces were written or deleted.
    pub(crate) fn store(&self, storage: &Storage, limits: &ReadLimits) -> Result<u64> {
        let mut storing = self.storing.lock().unwrap_or_else(PoisonError::into_inner);
        stored::step(storage, limits, &mut storing, storage.config().graph_bytes())
    }

    /// Leaves it to upkeep to store arrays anew that are damaged: where somebody found that they are, or in any case.
    pub(crate) fn drop_damaged(
        &self,
        storage: &Storage,
        limits: &ReadLimits,
        in_any_case: bool,
    ) -> Result<()> {
        if !self.damaged.swap(false, Ordering::Relaxed) && !in_any_case {
            return Ok(());
        }
        let dropped = stored::drop_damaged(storage, limits, storage.config().graph_bytes());
        if dropped.is_err() {
            self.damaged.store(true, Ordering::Relaxed);
        }
        dropped
    }

    /// The snapshot of a scope, if it has seen this change.
    fn kept(&self, whose: Whose, change_seq: i64) -> Option<Arc<Snapshot>> {
        let mut state = self.lock();
        let is_it =
            |(kept, snapshot): &(Whose, Arc<Snapshot>)| *kept == whose && snapshot.change_seq() >= change_seq;
        let place = state.kept.iter().position(is_it)?;
        if place > 0 {
            state.kept[..=place].rotate_right(1);
        }
        Some(Arc::clone(&state.kept[0].1))
    }

    /// Waits until nobody else reads this scope.
    fn turn(&self, whose: Whose, limits: &ReadLimits) -> Result<Turn<'_>> {
        let mut state = self.lock();
        while state.reading.contains(&whose) {
            (state, _) = self.read.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner);
            limits.check()?;
        }
        state.reading.push(whose);
        Ok(Turn { snapshots: self, whose })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to read a scope.
struct Turn<'s> {
    snapshots: &'s Snapshots,
    whose: Whose,
}

impl Turn<'_> {
    /// Brings the snapshot up to date by what this process wrote, if that is all that was written: the file need not
    /// be asked again. Whatever fails on the way, the next call reads it anew.
    fn take_up(&self, storage: &Storage, change_seq: i64) -> Result<Option<Arc<Snapshot>>> {
        let Some(kept) = self.last() else { return Ok(None) };
        let Some(written) = storage.journal().since(kept.change_seq(), change_seq) else { return Ok(None) };
        let mut written = written.iter().flat_map(|written| written.iter());
        if !written.clone().all(|one| Draft::knows(&kept, one)) {
            return Ok(None);
        }
        // With the only other hold on it given up, it can be changed in place.
        self.snapshots.lock().kept.retain(|(kept, _)| *kept != self.whose);
        let mut draft = Draft::of(kept, change_seq);
        written.try_for_each(|one| draft.apply(one))?;
        self.keep(storage, draft.finish()).map(Some)
    }

    /// Brings the snapshot up to date from the file, or makes it; `None` if it is another file by now.
    fn read(&self, read: &ReadTx<'_>, storage: &Storage) -> Result<Option<Arc<Snapshot>>> {
        let (scope, bytes_max) = (self.whose.scope, storage.config().graph_bytes());
        if storage.journal().file() != self.whose.file {
            return Ok(None);
        }
        let sql = "SELECT change_seq FROM store_state";
        let change_seq: i64 = read.conn().prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        // What is kept stays until there is a newer one: the caller may have no time left before that.
        let forward = |kept: Arc<Snapshot>| match reread::touched(read, kept.change_seq())? {
            Some(touched) => reread::forward(read, kept, &touched, change_seq),
            None => Ok(None),
        };
        let mut newer = self.last().map_or(Ok(None), forward)?;
        if newer.is_none() {
            newer = match stored::load(read, scope, bytes_max)? {
                Loaded::Whole(stored) => forward(Arc::new(stored))?,
                Loaded::Nothing => None,
                Loaded::Damaged => {
                    self.snapshots.damaged.store(true, Ordering::Relaxed);
                    None
                }
            };
        }
        let newest = match newer {
            Some(newer) => newer,
            None => {
                let too_large = load::too_large(read, scope, change_seq, bytes_max)?;
                self.measure(too_large, change_seq)?;
                load::load(read, scope, change_seq)?
            }
        };
        self.keep(storage, newest).map(Some)
    }

    /// Notes whether the scope is too large. If it is, what was kept of it is let go.
    fn measure(&self, too_large: Option<Error>, change_seq: i64) -> Result<()> {
        let State { kept, too_large: known, .. } = &mut *self.snapshots.lock();
        known.retain(|(known, _, _)| *known != self.whose);
        too_large.map_or(Ok(()), |error| {
            kept.retain(|(kept, _)| *kept != self.whose);
            known.push((self.whose, change_seq, error.clone()));
            Err(error)
        })
    }

    /// The snapshot as it was last.
    fn last(&self) -> Option<Arc<Snapshot>> {
        let state = self.snapshots.lock();
        state.kept.iter().find(|(kept, _)| *kept == self.whose).map(|(_, kept)| Arc::clone(kept))
    }

    /// Every snapshot that is newer than another passes here, and may have grown beyond the limit. One of nothing never does,
    /// as everything can be asked of it, but is not kept either where it may take no memory.
    fn keep(&self, storage: &Storage, snapshot: Snapshot) -> Result<Arc<Snapshot>> {
        let (snapshot, bytes_max) = (Arc::new(snapshot), storage.config().graph_bytes());
        let too_large = load::beyond(snapshot.bytes(), bytes_max).filter(|_| snapshot.entities() > 0);
        self.measure(too_large, snapshot.change_seq())?;
        let mut state = self.snapshots.lock();
        state.kept.retain(|(kept, _)| *kept != self.whose);
        state.kept.insert(0, (self.whose, Arc::clone(&snapshot)));
        let mut bytes = 0;
        let fit = state.kept.iter().take_while(|(_, kept)| {
            bytes += kept.bytes();
            bytes <= bytes_max
        });
        let fit = fit.count();
        state.kept.truncate(fit);
        Ok(snapshot)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.snapshots.lock().reading.retain(|&whose| whose != self.whose);
        self.snapshots.read.notify_all();
    }
}
