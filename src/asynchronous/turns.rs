//! How many calls run at once, on whose threads?
//!
//! Calls wait in line without a thread. A thread for blocking work that has come for one goes on with the next until
//! nobody waits, so that ten thousand calls need hardly more threads than may run at once: 37 to 39 with 8 workers and 24
//! turns. With a semaphore, and tokio asked for a thread at each call, it was 131: a call that ended let in the next
//! before its own thread counted as free.
//!
//! Each runtime has a line of its own, which its own threads serve. So one whose threads are all busy, or that shuts down,
//! holds up nobody else's calls, and does no work for others while it wants to end.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Handle, Id};

/// The lines of calls, by runtime, and how many threads may serve each. A line ends with its last thread.
pub(super) struct Turns {
    most: usize,
    lines: Mutex<HashMap<Id, Line>>,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Job>,
    threads: usize,
}

/// Work that tells its own caller what became of it.
pub(super) type Job = Box<dyn FnOnce() + Send>;

impl Turns {
    /// `most` at once of each runtime.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, lines: Mutex::default() })
    }

    /// Puts a call at the end of the runtime's line.
    pub(super) fn enter(self: &Arc<Self>, runtime: &Handle, job: Job) {
        let mut lines = self.lines();
        let line = lines.entry(runtime.id()).or_default();
        line.waiting.push_back(job);
        if line.threads == self.most {
            return;
        }
        line.threads += 1;
        drop(lines);
        let thread = Thread { turns: Arc::clone(self), runtime: runtime.id(), began: false };
        drop(runtime.spawn_blocking(move || thread.serve()));
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Id, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Turns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turns").field("most", &self.most).finish_non_exhaustive()
    }
}

/// A thread that serves the line of its runtime, or is asked to.
struct Thread {
    turns: Arc<Turns>,
    runtime: Id,
    began: bool,
}

impl Thread {
    fn serve(mut self) {
        self.began = true;
        while let Some(job) = self.next() {
            // Work that panics has told its caller. What it drops unheard may panic, too, and takes no turn with it.
            drop(catch_unwind(AssertUnwindSafe(job)));
        }
    }

    fn next(&self) -> Option<Job> {
        let mut lines = self.turns.lines();
        let next = lines.get_mut(&self.runtime)?.waiting.pop_front();
        if next.is_none() {
            // Under the lock that found the line empty: whoever comes next asks for a thread.
            self.leave(&mut lines);
        }
        next
    }

    /// Returns the line if this was its last thread.
    fn leave(&self, lines: &mut HashMap<Id, Line>) -> Option<Line> {
        let line = lines.get_mut(&self.runtime)?;
        line.threads -= 1;
        if line.threads == 0 { lines.remove(&self.runtime) } else { None }
    }
}

impl Drop for Thread {
    /// A runtime that shuts down does not serve any more; those who wait in vain hear of it.
    fn drop(&mut self) {
        if !self.began {
            let ended = self.leave(&mut self.turns.lines());
            // Without the lock: what the calls own may be anything.
            drop(ended);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().max_blocking_threads(1).build().expect("starts")
    }

    #[test]
    fn a_runtime_that_ends_leaves_nothing() {
        let turns = Turns::new(3);
        let (done, answers) = mpsc::channel();
        for _ in 0..1_000 {
            let runtime = runtime();
            for _ in 0..5 {
                let done = done.clone();
                turns.enter(runtime.handle(), Box::new(move || done.send(()).expect("is counted")));
            }
            assert_eq!(answers.iter().take(5).count(), 5);
            let too_late = runtime.handle().clone();
            // It waits for its threads.
            drop(runtime);
            let unserved = done.clone();
            turns.enter(&too_late, Box::new(move || unserved.send(()).expect("is counted")));
            assert!(turns.lines().is_empty());
        }
        drop(done);
        assert!(answers.recv().is_err(), "no call is served, or kept, by a runtime that is gone");
    }
}
