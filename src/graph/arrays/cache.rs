//! Which snapshot holds now?
//!
//! One for each scope that was asked of, brought up to date when a call finds that the file has changed: by what this
//! process noted, by entities that the change log names, or, where another process wrote relations, from the rows.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Snapshot, load};
use crate::error::Result;
use crate::storage::{Patience, ReadLimits, ReadTx, SHARED, Storage, Stretch, Thing};

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
        let (scope, kept) = storage.read(limits, |read| {
            let scope = scope_id(read, persona)?;
            let change_seq = read.change_seq()?;
            let kept = self.kept(scope);
            Ok((scope, kept.filter(|kept| kept.change_seq() >= change_seq)))
        })?;
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let turn = self.turn(scope, patience)?;
        storage.snapshot(limits, |read| {
            // A persona that came into being meanwhile has a scope of its own: the next call will find it.
            let sql = "SELECT change_seq FROM store_state";
            let change_seq: i64 = read.conn().prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            let persona = persona.filter(|_| scope != SHARED).map(str::to_owned);
            let newer = match self.kept(scope) {
                Some(kept) if kept.change_seq() >= change_seq => return Ok(kept),
                Some(kept) => forward(read, storage, &kept, scope, change_seq)?,
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

    fn kept(&self, scope: i64) -> Option<Arc<Snapshot>> {
        let mut state = self.lock();
        let place = state.kept.iter().position(|(kept, _)| *kept == scope)?;
        if place > 0 {
            state.kept[..=place].rotate_right(1);
        }
        Some(Arc::clone(&state.kept[0].1))
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

/// A snapshot with what was written since; `None` if that cannot be told without reading all.
fn forward(
    read: &ReadTx<'_>,
    storage: &Storage,
    kept: &Snapshot,
    scope: i64,
    change_seq: i64,
) -> Result<Option<Snapshot>> {
    let mut draft = kept.draft(change_seq);
    for stretch in storage.journal().since(kept.change_seq(), change_seq) {
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
                    let persona = kept.base.persona.as_deref();
                    // The log names a relation by an identity that no index finds.
                    if row.get::<_, i64>(0)? == Thing::Relation as i64 {
                        return Ok(None);
                    }
                    let uuid: [u8; 16] = row.get(1)?;
                    let Some(entity) = load::entity(read, scope, persona, &uuid)? else { return Ok(None) };
                    draft.apply(&crate::storage::Written::Entity(entity))?;
                }
            }
        }
    }
    Ok(Some(draft.finish()))
}
