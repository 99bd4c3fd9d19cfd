//! How often was a memory read?
//!
//! No read waits for a write: who reads notes it in memory, and the next write of the app, or upkeep, takes it along into the file. What is only
//! noted is lost when the process ends. It is no part of a memory: it stays on this device, moves no commit on, and tells nobody of a change.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::OptionalExtension;

use super::fetch::memory_id;
use crate::error::{Error, Result};
use crate::model::{MemoryId, Timestamp};
use crate::storage::{ReadTx, WriteTx};

/// Memories that are noted at once; of more, those that come last are not.
const NOTED_MOST: usize = 65_536;
/// Of these, what a write of the app takes along: so few that it is no slower for it.
pub(crate) const TAKEN_ALONG: usize = 4;
/// What a write takes that does nothing else.
pub(crate) const TAKEN_ALONE: usize = 1_000;

/// How often a memory was a hit of a recall or was read by its id, and when last.
///
/// ```
/// use mindkeep::{NewMemory, Recall, Store};
/// let store = Store::builder().open_in_memory()?;
/// let id = store.remember(NewMemory::new("Moths at the lamp."))?.id;
/// store.recall(Recall::new("lamp"))?;
/// store.get(id)?;
/// let access = store.accesses(&[id])?[0].unwrap();
/// assert_eq!(access.count, 2);
/// assert!(access.last <= mindkeep::Timestamp::now());
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Access {
    /// How often.
    pub count: u64,
    /// The last time, by this device's clock.
    pub last: Timestamp,
}

impl Access {
    fn with(self, other: Self) -> Self {
        Self { count: self.count.saturating_add(other.count), last: self.last.max(other.last) }
    }
}

/// What is noted and not yet in the file.
pub(crate) type Noted = HashMap<MemoryId, Access>;

/// What was read since it was last written down.
#[derive(Debug, Default)]
pub(crate) struct Accesses(Mutex<Noted>);

impl Accesses {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that memories were read now.
    pub(crate) fn note(&self, ids: impl Iterator<Item = MemoryId>) {
        let now = Access { count: 1, last: Timestamp::now() };
        self.put(ids.map(|id| (id, now)));
    }

    /// How many are noted.
    pub(crate) fn len(&self) -> usize {
        self.noted().len()
    }

    /// Some of what is noted, for a write to take along.
    pub(crate) fn take(&self, most: usize) -> Noted {
        let mut noted = self.noted();
        if noted.len() <= most {
            return std::mem::take(&mut noted);
        }
        let ids: Vec<MemoryId> = noted.keys().copied().take(most).collect();
        ids.into_iter().filter_map(|id| noted.remove_entry(&id)).collect()
    }

    /// Notes what a write that failed had taken.
    pub(crate) fn put(&self, taken: impl IntoIterator<Item = (MemoryId, Access)>) {
        let mut noted = self.noted();
        for (id, access) in taken {
            let is_full = noted.len() >= NOTED_MOST;
            match noted.get_mut(&id) {
                Some(there) => *there = there.with(access),
                None if is_full => {}
                None => drop(noted.insert(id, access)),
            }
        }
    }

    /// What is known of memories, in their order; `None` of those that were never read.
    pub(crate) fn of(&self, read: &ReadTx<'_>, ids: &[MemoryId]) -> Result<Vec<Option<Access>>> {
        let sql = "SELECT a.count, a.last_at FROM memory AS m LEFT JOIN memory_access AS a USING (memory_id)
                    WHERE m.uuid = ?1 AND m.forgotten_at IS NULL";
        let mut statement = read.conn().prepare_cached(sql)?;
        let noted = self.noted().clone();
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            let found = statement.query_row([id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)));
            let Some((count, last)) = found.optional()? else {
                all.push(None);
                continue;
            };
            let kept = Option::zip(count, last).map(|(count, last)| {
                let last = Timestamp::from_millis(last)
                    .map_err(|_| Error::Corrupt { what: "the time of an access" })?;
                Ok::<_, Error>(Access { count, last })
            });
            let known = [kept.transpose()?, noted.get(id).copied()];
            all.push(known.into_iter().flatten().reduce(Access::with));
        }
        Ok(all)
    }
}

/// Writes down what was noted. Of memories that are gone nothing is kept.
pub(crate) fn keep_accesses(tx: &WriteTx<'_>, noted: &Noted) -> Result<()> {
    let sql = "INSERT INTO memory_access (memory_id, count, last_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (memory_id) DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)";
    let mut statement = tx.prepare(sql)?;
    for (id, access) in noted {
        if let Some(memory_id) = memory_id(tx.conn(), *id)? {
            statement.execute((memory_id, access.count, access.last.as_millis()))?;
        }
    }
    Ok(())
}
