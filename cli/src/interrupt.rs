//! How does Ctrl-C end long work without breaking it?
//!
//! The first one asks: the work stops at the end of its current step, with everything committed so far kept. The second
//! one ends the program at once, which is safe, too: a transaction is whole or not at all.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::output;

/// Whether somebody pressed Ctrl-C.
#[derive(Clone)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub fn listen() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&asked);
        let handler = move || {
            if flag.swap(true, Ordering::SeqCst) {
                std::process::exit(1);
            }
            output::to_stderr("Stopping after this step; press Ctrl-C again to stop at once.");
        };
        // Where no handler can be set, Ctrl-C ends the program at once, as it does everywhere.
        let _ = ctrlc::set_handler(handler);
        Self(asked)
    }

    /// Whether the work should stop.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// The same, as a progress callback says it.
    pub fn flow(&self) -> ControlFlow<()> {
        if self.asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
