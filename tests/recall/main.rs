//! Does a recall keep what its words promise: moments of the past, pages, entities, context, budgets, no two that say the same, and what was missing?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod about;
mod alike;
mod budget;
mod context;
mod graph;
#[path = "../ground/mod.rs"]
mod ground;
mod longmemeval;
mod missing;
mod page;
mod past;

use mindkeep::{Recall, Timestamp};

/// A question that is always asked at the same moment, so that the same answer has the same scores.
fn ask(question: impl Into<String>) -> Recall {
    Recall::new(question).asked_at(Timestamp::from_millis(1_800_000_000_000).unwrap())
}
