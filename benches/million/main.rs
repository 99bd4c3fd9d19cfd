//! How far from a careful author's own SQL is the store, with a million memories in it?
//!
//! Every figure is a ratio to an anchor that does the same work in the same run, turn by turn: sums of CPU time for
//! writes, medians for reads. `MINDKEEP_MILLION_ROWS` sets another size; `MINDKEEP_MILLION_ONLY` (`write`, `single`,
//! `threads`, `read`, `open`) leaves the other parts out. Results go to standard output as a Markdown table, losing
//! rows first.

#![allow(clippy::print_stdout, clippy::print_stderr)]

#[allow(dead_code, reason = "shared by the benches")]
#[path = "../anchor/mod.rs"]
mod anchor;
#[allow(dead_code, reason = "shared by the benches")]
#[path = "../generator/mod.rs"]
mod generator;
mod open;
mod read;
mod table;
mod threads;
mod write;

use std::path::PathBuf;

use table::Table;

/// Memories in the store, unless the environment says otherwise.
const ROWS: u64 = 1_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, role, path] = arguments.as_slice()
        && open::is_role(role)
    {
        return open::child(role, path);
    }
    let rows = std::env::var("MINDKEEP_MILLION_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(ROWS);
    let only = std::env::var("MINDKEEP_MILLION_ONLY").ok();
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only.contains(part));
    // A file that is kept saves the time to build it; it is made if it is not there.
    let kept = std::env::var_os("MINDKEEP_MILLION_FOLDER").map(PathBuf::from);
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = kept.as_deref().unwrap_or(temporary.path());
    let mut table = Table::default();
    if wanted("write") {
        write::batches(folder, rows, &mut table);
    } else {
        write::build(folder, rows);
    }
    if wanted("single") {
        write::single(folder, &mut table);
    }
    if wanted("threads") {
        threads::run(temporary.path(), &mut table);
    }
    if wanted("read") {
        read::run(folder, &mut table);
    }
    if wanted("open") {
        open::run(folder, &mut table);
    }
    println!("{rows} memories\n\n{table}");
}
