//! How many calls run at once, on whose threads?
//!
//! Calls wait in line without a thread. A thread for blocking work that has come for one goes on with the next until
//! nobody waits, so that ten thousand calls need hardly more threads than may run at once: 37 to 39 with 8 workers and 24
//! turns. With a semaphore, and tokio asked for a thread at each call, it was 131: a call that ended let in the next
//! before its own thread counted as free.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

/// A line of calls, and the threads that serve it.
pub(super) struct Turns {
    most: usize,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Job>,
    threads: usize,
}

/// Work that tells its own caller what became of it, and does not panic.
pub(super) type Job = Box<dyn FnOnce() + Send>;

impl Turns {
    /// `most` at once.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, line: Mutex::default() })
    }

    /// Puts a call at the end of the line.
    pub(super) fn enter(self: &Arc<Self>, runtime: &Handle, job: Job) {
        let mut line = self.line();
        line.waiting.push_back(job);
        if line.threads == self.most {
            return;
        }
        line.threads += 1;
        drop(line);
        let thread = Thread { turns: Arc::clone(self), began: false };
        drop(runtime.spawn_blocking(move || thread.serve()));
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Turns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turns").field("most", &self.most).finish_non_exhaustive()
    }
}

/// A thread that serves the line, or is asked to.
struct Thread {
    turns: Arc<Turns>,
    began: bool,
}

impl Thread {
    fn serve(mut self) {
        self.began = true;
        loop {
            let mut line = self.turns.line();
            let Some(job) = line.waiting.pop_front() else {
                // Under the lock that found the line empty: whoever comes next asks for a thread.
                line.threads -= 1;
                return;
            };
            drop(line);
            job();
        }
    }
}

impl Drop for Thread {
    /// A runtime that shuts down does not serve any more; those who wait in vain hear of it.
    fn drop(&mut self) {
        if !self.began {
            let mut line = self.turns.line();
            line.threads -= 1;
            let waiting = if line.threads == 0 { std::mem::take(&mut line.waiting) } else { VecDeque::new() };
            drop(line);
            drop(waiting);
        }
    }
}
