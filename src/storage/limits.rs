//! When must work that is under way stop?
//!
//! SQLite asks, every thousand steps of its virtual machine and at every retry of a lock, a handler that runs on the
//! calling thread; it finds the limits of the present call in a thread-local. So one connection serves callers
//! with different limits, and setting them costs no lock.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::error::{Error, Result};

/// Stops the calls of a store's handle from another thread: a read at once, a write before it begins, a batch between
/// two chunks. A write that has begun is finished and says so, so that nothing is kept that was reported as stopped.
///
/// ```
/// use mindkeep::{Cancel, Error, Store, Timeline};
///
/// let cancel = Cancel::new();
/// let store = Store::builder().open_in_memory()?.with_cancel(&cancel);
/// cancel.cancel();
/// assert_eq!(store.timeline(Timeline::new()), Err(Error::Cancelled));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<Switch>);

#[derive(Debug, Default)]
struct Switch {
    on: AtomicBool,
    /// Switches this one on, too.
    above: Option<Cancel>,
}

impl Cancel {
    /// A switch that is off.
    ///
    /// ```
    /// assert!(!mindkeep::Cancel::new().is_cancelled());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops what runs, and all that starts later, with [`Error::Cancelled`].
    ///
    /// ```
    /// let cancel = mindkeep::Cancel::new();
    /// cancel.cancel();
    /// assert!(cancel.is_cancelled());
    /// ```
    pub fn cancel(&self) {
        self.0.on.store(true, Ordering::Relaxed);
    }

    /// Whether it was switched on.
    ///
    /// ```
    /// assert!(!mindkeep::Cancel::new().is_cancelled());
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.0.on.load(Ordering::Relaxed) || self.0.above.as_ref().is_some_and(Cancel::is_cancelled)
    }

    /// A switch of its own for a part of the work, which `above` switches on as well.
    #[cfg(feature = "tokio")]
    pub(crate) fn below(above: Option<&Self>) -> Self {
        Self(Arc::new(Switch { on: AtomicBool::new(false), above: above.cloned() }))
    }
}

/// What a caller allows a call.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadLimits {
    pub(crate) deadline: Option<Instant>,
    pub(crate) cancel: Option<Cancel>,
}

impl ReadLimits {
    /// Why the call is not wanted any more.
    pub(crate) fn why_stop(&self) -> Option<Error> {
        if self.cancel.as_ref().is_some_and(Cancel::is_cancelled) {
            return Some(Error::Cancelled);
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Some(Error::DeadlineExceeded);
        }
        None
    }

    /// Whether there are any.
    pub(super) fn are_any(&self) -> bool {
        self.deadline.is_some() || self.cancel.is_some()
    }

    /// Fails if the call is not wanted any more.
    pub(crate) fn check(&self) -> Result<()> {
        self.why_stop().map_or(Ok(()), Err)
    }
}

struct Call {
    limits: ReadLimits,
    /// Limits of others for whom a lock is waited.
    others: Vec<ReadLimits>,
    stop: Arc<AtomicBool>,
    busy_wait: Duration,
    busy_since: Option<Instant>,
}

thread_local! {
    static CALL: RefCell<Option<Call>> = const { RefCell::new(None) };
    static UNINTERRUPTED: Cell<bool> = const { Cell::new(false) };
}

/// Steps of SQLite's virtual machine between two looks at the limits: some 10 to 50 µs of work.
const STEPS: std::ffi::c_int = 1_000;

/// Makes a connection ask for the limits of the present call.
pub(crate) fn install(conn: &Connection) -> rusqlite::Result<()> {
    conn.progress_handler(STEPS, Some(|| !UNINTERRUPTED.get() && why_stop().is_some()))?;
    conn.busy_handler(Some(busy))
}

/// Runs a statement that begins or ends a transaction: those are not to be interrupted.
///
/// SQLite adds up the steps of a prepared statement over all of its runs, and asks the handler once more when a run
/// has ended: a COMMIT that had been made was reported as interrupted, and a BEGIN left its transaction open.
pub(super) fn uninterrupted<T>(work: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            UNINTERRUPTED.set(self.0);
        }
    }
    let _restore = Restore(UNINTERRUPTED.replace(true));
    work()
}

fn why_stop() -> Option<Error> {
    CALL.with_borrow(|call| call.as_ref().and_then(Call::why_stop))
}

impl Call {
    fn why_stop(&self) -> Option<Error> {
        if self.stop.load(Ordering::Relaxed) {
            return Some(Error::Paused);
        }
        self.limits.why_stop()
    }
}

/// Fails if the present call is not wanted any more; for work in steps that SQLite does not see.
pub(crate) fn check() -> Result<()> {
    why_stop().map_or(Ok(()), Err)
}

/// Runs `work`, in which the wait for a lock also ends where one of `others` has had enough.
pub(super) fn waiting_for<T>(others: Vec<ReadLimits>, work: impl FnOnce() -> T) -> T {
    let swap =
        |others| CALL.with_borrow_mut(|call| call.as_mut().map(|c| std::mem::replace(&mut c.others, others)));
    let before = swap(others);
    let result = work();
    swap(before.unwrap_or_default());
    result
}

/// Waits a little for a lock that another process holds; `false` gives up.
fn busy(tries: i32) -> bool {
    CALL.with_borrow_mut(|call| {
        let Some(call) = call.as_mut() else { return false };
        if call.why_stop().is_some() || call.others.iter().any(|limits| limits.why_stop().is_some()) {
            return false;
        }
        let since = *call.busy_since.get_or_insert_with(Instant::now);
        if since.elapsed() >= call.busy_wait {
            return false;
        }
        // 0.1 ms at first, then longer, up to 5 ms: short for a lock that is held for one commit.
        let micros = 100_u64 << tries.clamp(0, 5);
        std::thread::sleep(Duration::from_micros(micros.min(5_000)));
        true
    })
}

/// Tries again until `wait` has passed what SQLite finds busy without asking the busy handler.
///
/// It does not ask where waiting could be a deadlock, as in the switch to the write-ahead log while another process makes
/// it, and in the one back: one opening in some four hundred of four at once met that.
pub(crate) fn patiently<T>(wait: Duration, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        match attempt() {
            Err(Error::Busy { .. }) if start.elapsed() < wait => std::thread::sleep(Duration::from_millis(2)),
            Err(Error::Busy { .. }) => {
                return Err(Error::Busy { waited_ms: start.elapsed().as_millis() as u64 });
            }
            result => return result,
        }
    }
}

/// How long the present call may go on; `None` if it has no deadline.
pub(crate) fn time_left() -> Option<Duration> {
    let deadline = CALL.with_borrow(|call| call.as_ref().and_then(|call| call.limits.deadline));
    deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
}

/// Runs `work` under limits and gives an interruption its reason.
pub(crate) fn within<T>(
    limits: &ReadLimits,
    stop: &Arc<AtomicBool>,
    busy_wait: Duration,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let call = Call {
        limits: limits.clone(),
        others: Vec::new(),
        stop: Arc::clone(stop),
        busy_wait,
        busy_since: None,
    };
    if let Some(error) = call.why_stop() {
        return Err(error);
    }
    let outer = CALL.replace(Some(call));
    let restore = Restore(outer);
    let result = work();
    let result = result.map_err(|error| match error {
        Error::Cancelled => why_stop().unwrap_or(Error::Cancelled),
        Error::Busy { waited_ms } => {
            let waited = CALL.with_borrow(|call| call.as_ref().and_then(|c| c.busy_since));
            let waited_ms = waited.map_or(waited_ms, |since| since.elapsed().as_millis() as u64);
            why_stop().unwrap_or(Error::Busy { waited_ms })
        }
        other => other,
    });
    drop(restore);
    result
}

struct Restore(Option<Call>);

impl Drop for Restore {
    fn drop(&mut self) {
        CALL.set(self.0.take());
    }
}
