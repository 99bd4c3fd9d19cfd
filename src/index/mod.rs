//! Which memories have these words, and which vectors are near this one?
//!
//! [`vectors`] has the second question. For the first: the words of the memories that are neither forgotten nor superseded, by persona: [`analysis`] cuts texts into terms, [`words`] is the index
//! itself, bytes without a file, and the rest keeps it in the file, in the memory's own transaction: [`log`] notes what comes
//! and goes, [`seal`] makes segments of that, [`cache`] is what a process keeps of both, [`search`] asks.

mod analysis;
mod ask;
mod besides;
mod cache;
mod date;
mod digest;
mod exchange;
mod fields;
mod file;
mod highlight;
mod like;
mod log;
mod merge;
mod phrase;
mod prune;
mod question;
mod rules;
mod scope;
mod seal;
mod search;
pub mod trial;
pub(crate) mod vectors;
mod words;

pub use analysis::LANGUAGES;
pub(crate) use analysis::Language;
pub(crate) use besides::Besides;
pub(crate) use cache::Cache;
pub(crate) use date::{MONTHS, SHORT_NAMES, WEEKDAYS};
pub(crate) use digest::{Expected, digest};
pub(crate) use fields::SEARCHED_ANYWAY;
pub(crate) use fields::Texts;
pub(crate) use file::is_damaged;
pub(crate) use like::Example;
pub(crate) use log::{Which, add, remove, start_anew};
pub(crate) use merge::{MERGE_TASK, merge_large};
pub(crate) use phrase::{Phrases, with_phrases};
#[cfg_attr(not(test), allow(unused_imports, reason = "purge, which comes, relies on it"))]
pub(crate) use prune::expunge;
pub(crate) use question::{Mode, Question};
pub(crate) use seal::{REBUILD_TASK, SEAL_TASK, rebuild, seal_notes};
pub(crate) use search::{Filtered, Search, memories};
pub(crate) use vectors::{Compared, Near, Nearest, Owner, Wanted};
pub(crate) use words::Doc;

use crate::error::Result;
use crate::storage::WriteTx;

/// Writes down what a transaction noted, before it is committed.
fn settle(tx: &mut WriteTx<'_>) -> Result<()> {
    seal::settle(tx)?;
    vectors::settle(tx)
}

/// How the index lies in the file. One of another layout, or of texts that were cut otherwise, is made anew.
pub(crate) const LAYOUT: i64 = 1 << 16 | analysis::VERSION as i64;
