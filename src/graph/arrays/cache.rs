//! Which snapshot holds now?
//!
//! One for each scope that was asked of, brought up to date when a call finds that the file has changed: by what this
//! process noted, by entities that the change log names, or, where another process wrote relations, from the rows.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::recent::Draft;
use super::{Snapshot, load};
use crate::error::Result;
use crate::storage::{ReadLimits, ReadTx, SHARED, Storage, Stretch, Thing, Written};

/// Bytes that all snapshots may take; the one asked for last is kept in any case.
const BYTES_MAX: usize = 256 << 20;
/// How often whoever waits for another's reading looks at its own limits.
const LOOK: Duration = Duration::from_millis(5);

/// The snapshots of one open file.
#[derive(Default)]
pub(crate) struct Snapshots {
    state: Mutex<State>,
    read: Condvar,
}

#[derive(Default)]
struct State {
    /// The one asked for last comes first.
    kept: Vec<(Whose, Arc<Snapshot>)>,
    /// What somebody is reading now.
    reading: Vec<Whose>,
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
            let turn = self.turn(whose, limits)?;
            if let Some(kept) = self.kept(whose, change_seq) {
                return Ok(kept);
            }
            if let Some(newer) = turn.take_up(storage, change_seq)? {
                return Ok(newer);
            }
            if let Some(read) = storage.snapshot(limits, |read| turn.read(read, storage, persona))? {
                return Ok(read);
            }
        }
    }

    /// Forgets everything, when the file may be another one. Nobody may be asking.
    pub(crate) fn clear(&self) {
        self.lock().kept.clear();
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
        let Some(written) = known(storage, &kept, change_seq) else { return Ok(None) };
        // With the only other hold on it given up, it can be changed in place.
        self.snapshots.lock().kept.retain(|(kept, _)| *kept != self.whose);
        let mut draft = Draft::of(kept, change_seq);
        written.iter().flat_map(|written| written.iter()).try_for_each(|one| draft.apply(one))?;
        Ok(Some(self.keep(Arc::new(draft.finish()))))
    }

    /// Brings the snapshot up to date from the file, or makes it; `None` if it is another file by now.
    fn read(
        &self,
        read: &ReadTx<'_>,
        storage: &Storage,
        persona: Option<&str>,
    ) -> Result<Option<Arc<Snapshot>>> {
        let scope = self.whose.scope;
        if storage.journal().file() != self.whose.file {
            return Ok(None);
        }
        // A persona that came into being meanwhile has a scope of its own: the next call will find it.
        let persona = persona.filter(|_| scope != SHARED).map(str::to_owned);
        let sql = "SELECT change_seq FROM store_state";
        let change_seq: i64 = read.conn().prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        let newer = match self.last() {
            Some(kept) => forward(read, storage, kept, scope, change_seq)?,
            None => None,
        };
        let snapshot = match newer {
            Some(newer) => newer,
            None => load::load(read, scope, persona, change_seq)?,
        };
        Ok(Some(self.keep(Arc::new(snapshot))))
    }

    /// The snapshot as it was last.
    fn last(&self) -> Option<Arc<Snapshot>> {
        let state = self.snapshots.lock();
        state.kept.iter().find(|(kept, _)| *kept == self.whose).map(|(_, kept)| Arc::clone(kept))
    }

    fn keep(&self, snapshot: Arc<Snapshot>) -> Arc<Snapshot> {
        let mut state = self.snapshots.lock();
        state.kept.retain(|(kept, _)| *kept != self.whose);
        state.kept.insert(0, (self.whose, Arc::clone(&snapshot)));
        let mut bytes = 0;
        let fit = state.kept.iter().take_while(|(_, kept)| {
            bytes += kept.bytes();
            bytes <= BYTES_MAX
        });
        let fit = fit.count().max(1);
        state.kept.truncate(fit);
        snapshot
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.snapshots.lock().reading.retain(|&whose| whose != self.whose);
        self.snapshots.read.notify_all();
    }
}

/// All that was written after a snapshot up to a change, if this process alone wrote.
fn known(storage: &Storage, kept: &Snapshot, change_seq: i64) -> Option<Vec<Arc<[Written]>>> {
    let stretches = storage.journal().since(kept.change_seq(), change_seq).into_iter();
    let known = stretches.map(|stretch| match stretch {
        Stretch::Known(written) => Some(written),
        Stretch::Unknown { .. } => None,
    });
    known.collect()
}

/// A snapshot with what was written since; `None` if that cannot be told without reading all.
fn forward(
    read: &ReadTx<'_>,
    storage: &Storage,
    kept: Arc<Snapshot>,
    scope: i64,
    change_seq: i64,
) -> Result<Option<Snapshot>> {
    let (after, persona) = (kept.change_seq(), kept.base.persona.clone());
    let mut draft = Draft::of(kept, change_seq);
    for stretch in storage.journal().since(after, change_seq) {
        match stretch {
            Stretch::Known(written) => {
                for written in written.iter() {
                    draft.apply(written)?;
                }
            }
            Stretch::Unknown { first, last } => {
                let sql = "SELECT thing, uuid FROM change
                            WHERE seq BETWEEN ?1 AND ?2 AND thing IN (2, 3) AND persona_id IN (0, ?3) ORDER BY seq";
                let mut statement = read.conn().prepare_cached(sql)?;
                let mut rows = statement.query((first, last, scope))?;
                while let Some(row) = rows.next()? {
                    // The log names a relation by an identity that no index finds.
                    if row.get::<_, i64>(0)? == Thing::Relation as i64 {
                        return Ok(None);
                    }
                    let uuid: [u8; 16] = row.get(1)?;
                    let Some(entity) = load::entity(read, scope, persona.as_deref(), &uuid)? else {
                        return Ok(None);
                    };
                    draft.apply(&Written::Entity(entity))?;
                }
            }
        }
    }
    Ok(Some(draft.finish()))
}
