//! Who wants to know that something changed?
//!
//! Subscribers hear, after a commit, whose things of which sort changed; notices that nobody has taken yet are
//! merged, so a burst of a thousand writes is one notice. Commits of this process are told at once; those of other
//! processes when the host polls, by reading the change log where this process has not written it.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
#[cfg(feature = "tokio")]
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::change::{Thing, Touched};
use super::names::Names;
use super::tx::{Committed, SHARED};
use crate::error::Result;
use crate::model::PersonaName;

/// That something changed: whose, and of which sorts. Several commits may be behind one notice.
///
/// ```
/// use mindkeep::{NewMemory, Store, Thing};
///
/// let store = Store::builder().open_in_memory()?;
/// let notices = store.notices()?;
/// store.persona("pepys").remember(NewMemory::new("Up betimes."))?;
/// let notice = notices.try_next().expect("told at once");
/// assert_eq!(notice.persona.unwrap().as_str(), "pepys");
/// assert_eq!(notice.things, [Thing::Memory]);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whose things; `None` for those shared by all personas.
    pub persona: Option<PersonaName>,
    /// Their sorts, each once.
    pub things: Vec<Thing>,
}

/// The receiving end of the notices of one store. Dropping it ends the subscription.
///
/// ```
/// use mindkeep::NewMemory;
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// let notices = store.notices()?;
/// store.remember_all((0..100).map(|n| NewMemory::new(format!("Note {n}."))))?;
/// assert!(notices.try_next().is_some()); // a hundred writes, one notice
/// assert!(notices.try_next().is_none());
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug)]
pub struct Notices(Arc<Inbox>);

#[derive(Debug, Default)]
struct Inbox {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    notices: BTreeMap<Option<PersonaName>, u8>,
    /// Who awaits the next one.
    waker: Option<Waker>,
    /// The store is closed: none will come.
    closed: bool,
}

impl Notices {
    /// The next notice, if there is one.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert!(store.notices()?.try_next().is_none());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn try_next(&self) -> Option<Notice> {
        take(&mut lock(&self.0.waiting))
    }

    /// Waits for the next notice, at most for `timeout`.
    ///
    /// ```
    /// use std::time::Duration;
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert!(store.notices()?.wait(Duration::from_millis(1)).is_none());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn wait(&self, timeout: Duration) -> Option<Notice> {
        let start = Instant::now();
        let mut waiting = lock(&self.0.waiting);
        loop {
            if let Some(notice) = take(&mut waiting) {
                return Some(notice);
            }
            if waiting.closed {
                return None;
            }
            let left = timeout.checked_sub(start.elapsed()).filter(|left| !left.is_zero())?;
            (waiting, _) = self.0.arrived.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next notice, or `None` once the store is closed; else whoever asked is woken when there is one.
    #[cfg(feature = "tokio")]
    pub(crate) fn poll_next(&self, context: &Context<'_>) -> Poll<Option<Notice>> {
        let mut waiting = lock(&self.0.waiting);
        if let Some(notice) = take(&mut waiting) {
            return Poll::Ready(Some(notice));
        }
        if waiting.closed {
            return Poll::Ready(None);
        }
        waiting.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

fn take(waiting: &mut Waiting) -> Option<Notice> {
    let (persona, bits) = waiting.notices.pop_first()?;
    let things = Thing::ALL.into_iter().filter(|&thing| bits & (1 << thing as u8) != 0).collect();
    Some(Notice { persona, things })
}

/// The sending end, one a store.
#[derive(Default)]
pub(crate) struct Board {
    inboxes: Mutex<Vec<Weak<Inbox>>>,
    log: Mutex<Log>,
}

/// How much of the change log subscribers have heard of.
#[derive(Default)]
struct Log {
    /// Everything up to here was told or lies in `unheard`. `None` until somebody subscribes.
    heard: Option<i64>,
    /// Stretches that other processes wrote between commits of this one.
    unheard: Vec<(i64, i64)>,
}

impl Board {
    /// A new subscription. `newest` is the present end of the change log.
    pub(crate) fn subscribe(&self, newest: i64) -> Notices {
        let inbox = Arc::new(Inbox::default());
        lock(&self.inboxes).push(Arc::downgrade(&inbox));
        lock(&self.log).heard.get_or_insert(newest);
        Notices(inbox)
    }

    /// Tells of a commit of this process.
    pub(crate) fn committed(&self, conn: &Connection, names: &Names, committed: Committed) {
        let Some((first, last)) = committed.changes else {
            return;
        };
        {
            let mut log = lock(&self.log);
            let Some(heard) = log.heard else { return };
            if first > heard + 1 {
                log.unheard.push((heard + 1, first - 1));
            }
            log.heard = Some(heard.max(last));
        }
        self.tell(conn, names, &committed.touched);
    }

    /// Tells of the commits of other processes since the last time. Returns whether there were any.
    pub(crate) fn poll(&self, conn: &Connection, names: &Names) -> Result<bool> {
        let newest: i64 =
            conn.prepare_cached("SELECT change_seq FROM store_state")?.query_row([], |row| row.get(0))?;
        let stretches = {
            let mut log = lock(&self.log);
            let Some(heard) = log.heard else { return Ok(false) };
            // What was written after this snapshot is told by the next poll, which can read it.
            let (mut stretches, later) = std::mem::take(&mut log.unheard)
                .into_iter()
                .partition::<Vec<_>, _>(|&(_, last)| last <= newest);
            log.unheard = later;
            if newest > heard {
                stretches.push((heard + 1, newest));
                log.heard = Some(newest);
            }
            stretches
        };
        let touched = match touched_in(conn, &stretches) {
            Ok(touched) => touched,
            Err(error) => {
                lock(&self.log).unheard.extend(stretches);
                return Err(error);
            }
        };
        self.tell(conn, names, &touched);
        Ok(!stretches.is_empty())
    }

    fn tell(&self, conn: &Connection, names: &Names, touched: &Touched) {
        let inboxes: Vec<_> = {
            let mut inboxes = lock(&self.inboxes);
            inboxes.retain(|inbox| inbox.strong_count() > 0);
            inboxes.iter().filter_map(Weak::upgrade).collect()
        };
        if inboxes.is_empty() || touched.is_empty() {
            return;
        }
        // A name that cannot be read is told as a change of what is shared: too much rather than nothing.
        let named: Vec<_> = touched
            .iter()
            .map(|(&id, &bits)| {
                let persona = if id == SHARED { None } else { names.persona(conn, id).ok() };
                (persona, bits)
            })
            .collect();
        for inbox in inboxes {
            let mut waiting = lock(&inbox.waiting);
            for (persona, bits) in &named {
                *waiting.notices.entry(persona.clone()).or_default() |= bits;
            }
            inbox.tell(waiting);
        }
    }
}

impl Drop for Board {
    /// Nobody needs to await a notice of a store that is closed.
    fn drop(&mut self) {
        for inbox in lock(&self.inboxes).iter().filter_map(Weak::upgrade) {
            let mut waiting = lock(&inbox.waiting);
            waiting.closed = true;
            inbox.tell(waiting);
        }
    }
}

impl Inbox {
    /// Wakes whoever waits, after the lock is given back.
    fn tell(&self, mut waiting: MutexGuard<'_, Waiting>) {
        let waker = waiting.waker.take();
        drop(waiting);
        self.arrived.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// What changed in some stretches of the change log.
fn touched_in(conn: &Connection, stretches: &[(i64, i64)]) -> Result<Touched> {
    let mut touched = Touched::new();
    for (first, last) in stretches {
        let sql = "SELECT DISTINCT persona_id, thing FROM change WHERE seq BETWEEN ?1 AND ?2";
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query((first, last))?;
        while let Some(row) = rows.next()? {
            *touched.entry(row.get(0)?).or_default() |= 1 << row.get::<_, u8>(1)?;
        }
    }
    Ok(touched)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
