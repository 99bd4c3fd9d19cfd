//! Which memories have vectors near to this one?
//!
//! A vector is kept as it was given, in `memory_vector`. What is searched are codes of two bits a number ([`code`]), some hundred to a chunk
//! ([`chunk`]), of each persona and model on its own ([`file`]). A write notes what becomes of vectors, and [`settle`] writes it down before
//! the commit; [`cache`] is what a process keeps in memory; [`search`] scans signs ([`scan`], [`simd`]), sharpens with sizes, and compares the best with
//! the vectors themselves. [`anew`] makes the index of what is kept, [`digest`] tells whether it says the same.

mod anew;
mod cache;
mod chunk;
mod code;
mod compare;
mod digest;

mod file;
mod numbers;
mod scan;
mod search;
mod settle;
mod simd;

pub(crate) use anew::{REBUILD_TASK, drop_model, fill, is_filling, rebuild, start_anew};
pub(crate) use cache::VectorCache;
pub(crate) use compare::Compared;
pub(crate) use digest::differs;
pub(crate) use search::{Near, Nearest, Wanted};
pub(crate) use settle::{Owner, come, gone, mark, settle};

/// How the index lies in the file. One of another layout is made anew.
pub(crate) const LAYOUT: i64 = 1;
