//! Which snapshot holds now?
//!
//! One for each scope that was asked of, brought up to date when a call finds that the file has changed: by what this
//! process noted, by entities that the change log names, or, where another process wrote relations, from the rows.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::recent::Draft;
use super::{Snapshot, load};
use crate::error::Result;
use crate::storage::{Patience, ReadLimits, ReadTx, SHARED, Storage, Stretch, Thing, Written};

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
    kept: Vec<(i64, Arc<Snapshot>)>,
    /// Scopes that somebody is reading now.
    reading: Vec<i64>,
}

impl Snapshots {
    /// The graph of a persona, or the shared one alone, as it is in the file now.
    pub(crate) fn now(
        &self,
        storage: &Storage,
        limits: &ReadLimits,
        patience: &Patience,
        persona: Option<&str>,
    ) -> Result<Arc<Snapshot>> {
        let (scope, change_seq) =
            storage.read(limits, |read| Ok((scope_id(read, persona)?, read.change_seq()?)))?;
        if let Some(kept) = self.kept(scope, change_seq) {
            return Ok(kept);
        }
        let turn = self.turn(scope, patience)?;
        if let Some(kept) = self.kept(scope, change_seq) {
            return Ok(kept);
        }
        let before = self.take(scope);
        // What this process wrote by itself is at hand: the file need not be asked again.
        let written = before.as_ref().and_then(|kept| known(storage, kept, change_seq));
        let before = match (before, written) {
            (Some(kept), Some(written)) => {
                let mut draft = Draft::of(kept, change_seq);
                written.iter().flat_map(|written| written.iter()).try_for_each(|one| draft.apply(one))?;
                return Ok(turn.keep(Arc::new(draft.finish())));
            }
            (before, _) => before,
        };
        storage.snapshot(limits, |read| {
            // A persona that came into being meanwhile has a scope of its own: the next call will find it.
            let sql = "SELECT change_seq FROM store_state";
            let change_seq: i64 = read.conn().prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            let persona = persona.filter(|_| scope != SHARED).map(str::to_owned);
            let newer = match before {
                Some(kept) => forward(read, storage, kept, scope, change_seq)?,
                None => None,
            };
            let snapshot = match newer {
                Some(newer) => newer,
                None => load::load(read, scope, persona, change_seq)?,
            };
            Ok(turn.keep(Arc::new(snapshot)))
        })
    }

    /// Forgets everything, when the file may be another one. Nobody may be asking.
    pub(crate) fn clear(&self) {
        self.lock().kept.clear();
    }

    /// The snapshot of a scope, if it has seen this change.
    fn kept(&self, scope: i64, change_seq: i64) -> Option<Arc<Snapshot>> {
        let mut state = self.lock();
        let is_it =
            |(kept, snapshot): &(i64, Arc<Snapshot>)| *kept == scope && snapshot.change_seq() >= change_seq;
        let place = state.kept.iter().position(is_it)?;
        if place > 0 {
            state.kept[..=place].rotate_right(1);
        }
        Some(Arc::clone(&state.kept[0].1))
    }

    /// Takes the snapshot of a scope away, to bring it up to date; if that fails, it is read anew.
    fn take(&self, scope: i64) -> Option<Arc<Snapshot>> {
        let mut state = self.lock();
        let place = state.kept.iter().position(|(kept, _)| *kept == scope)?;
        Some(state.kept.remove(place).1)
    }

    /// Waits until nobody else reads this scope.
    fn turn(&self, scope: i64, patience: &Patience) -> Result<Turn<'_>> {
        let mut state = self.lock();
        while state.reading.contains(&scope) {
            (state, _) = self.read.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner);
            patience.check()?;
        }
        state.reading.push(scope);
        Ok(Turn { snapshots: self, scope })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to read a scope.
struct Turn<'s> {
    snapshots: &'s Snapshots,
    scope: i64,
}

impl Turn<'_> {
    fn keep(&self, snapshot: Arc<Snapshot>) -> Arc<Snapshot> {
        let mut state = self.snapshots.lock();
        state.kept.retain(|(kept, _)| *kept != self.scope);
        state.kept.insert(0, (self.scope, Arc::clone(&snapshot)));
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
        self.snapshots.lock().reading.retain(|&scope| scope != self.scope);
        self.snapshots.read.notify_all();
    }
}

/// The scope of a persona; one that the file does not know has the shared graph.
fn scope_id(read: &ReadTx<'_>, persona: Option<&str>) -> Result<i64> {
    let known = persona.map_or(Ok(None), |name| read.names().persona_id(read.conn(), name))?;
    Ok(known.unwrap_or(SHARED))
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
