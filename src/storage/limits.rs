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

/// Stops the reads of a store's handle from another thread.
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
pub struct Cancel(Arc<AtomicBool>);

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
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was switched on.
    ///
    /// ```
    /// assert!(!mindkeep::Cancel::new().is_cancelled());
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a caller allows its reads.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadLimits {
    pub(crate) deadline: Option<Duration>,
    pub(crate) cancel: Option<Cancel>,
}

/// How long work in memory may go on, counted from the beginning of the call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Patience {
    deadline: Option<Instant>,
    cancel: Option<Cancel>,
}

impl ReadLimits {
    /// The limits of a call that begins now.
    pub(crate) fn begin(&self) -> Patience {
        Patience {
            deadline: self.deadline.and_then(|after| Instant::now().checked_add(after)),
            cancel: self.cancel.clone(),
        }
    }
}

impl Patience {
    /// Fails if the caller cancelled or the deadline has passed. To be asked every some thousand steps.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancel.as_ref().is_some_and(Cancel::is_cancelled) {
            return Err(Error::Cancelled);
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Error::DeadlineExceeded);
        }
        Ok(())
    }
}

struct Call {
    deadline: Option<Instant>,
    cancel: Option<Cancel>,
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
        if self.cancel.as_ref().is_some_and(Cancel::is_cancelled) {
            return Some(Error::Cancelled);
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Some(Error::DeadlineExceeded);
        }
        None
    }
}

/// Waits a little for a lock that another process holds; `false` gives up.
fn busy(tries: i32) -> bool {
    CALL.with_borrow_mut(|call| {
        let Some(call) = call.as_mut() else { return false };
        if call.why_stop().is_some() {
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

/// How long the present call may go on; `None` if it has no deadline.
pub(crate) fn time_left() -> Option<Duration> {
    let deadline = CALL.with_borrow(|call| call.as_ref().and_then(|call| call.deadline));
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
        deadline: limits.deadline.and_then(|after| Instant::now().checked_add(after)),
        cancel: limits.cancel.clone(),
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
