//! May a call start now, and when have all calls ended?
//!
//! Every call passes the gate: one atomic addition on the way in and one on the way out. Closing it turns new calls
//! away with `Paused` and waits for those inside; at the deadline it interrupts them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// The lowest bit says closed, the others count the calls inside.
const CLOSED: usize = 1;
const ONE_CALL: usize = 2;

/// How long an interrupted call may take to notice. It looks every [`limits`](super::limits) step; a commit that
/// waits for the disk looks only afterwards.
const GRACE: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(crate) struct Gate {
    state: AtomicUsize,
    stop: Arc<AtomicBool>,
    waiting: Mutex<()>,
    empty: Condvar,
}

/// Leave to be inside. Never held across a caller's own code.
pub(crate) struct Pass<'g>(&'g Gate);

impl Gate {
    pub(crate) fn enter(&self) -> Result<Pass<'_>> {
        let before = self.state.fetch_add(ONE_CALL, Ordering::SeqCst);
        let pass = Pass(self);
        if before & CLOSED != 0 {
            return Err(Error::Paused);
        }
        Ok(pass)
    }

    /// The switch that interrupts all calls inside.
    pub(crate) fn stop(&self) -> &Arc<AtomicBool> {
        &self.stop
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.load(Ordering::SeqCst) & CLOSED != 0
    }

    /// Turns new calls away, lets those inside finish until `deadline` has passed, then interrupts them.
    pub(crate) fn close(&self, deadline: Duration) -> Result<()> {
        self.state.fetch_or(CLOSED, Ordering::SeqCst);
        if self.wait_empty(deadline) {
            return Ok(());
        }
        self.stop.store(true, Ordering::SeqCst);
        let empty = self.wait_empty(GRACE);
        self.stop.store(false, Ordering::SeqCst);
        if empty {
            return Ok(());
        }
        self.open();
        Err(Error::Busy { waited_ms: deadline.saturating_add(GRACE).as_millis() as u64 })
    }

    pub(crate) fn open(&self) {
        self.state.fetch_and(!CLOSED, Ordering::SeqCst);
    }

    fn wait_empty(&self, at_most: Duration) -> bool {
        let start = Instant::now();
        let mut lock = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if self.state.load(Ordering::SeqCst) == CLOSED {
                return true;
            }
            let Some(left) = at_most.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) else {
                return false;
            };
            (lock, _) = self.empty.wait_timeout(lock, left).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let before = self.0.state.fetch_sub(ONE_CALL, Ordering::SeqCst);
        if before == ONE_CALL | CLOSED {
            let _lock = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            self.0.empty.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_gate_turns_away_and_an_open_one_lets_in() {
        let gate = Gate::default();
        drop(gate.enter().expect("open"));
        gate.close(Duration::ZERO).expect("nobody inside");
        assert!(matches!(gate.enter(), Err(Error::Paused)));
        gate.open();
        assert!(gate.enter().is_ok());
    }

    #[test]
    fn closing_interrupts_whoever_is_inside_at_the_deadline() {
        let gate = Gate::default();
        std::thread::scope(|scope| {
            let pass = gate.enter().expect("open");
            let stop = Arc::clone(gate.stop());
            scope.spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
                drop(pass);
            });
            gate.close(Duration::from_millis(1)).expect("left when told");
        });
        assert!(gate.is_closed());
    }
}
