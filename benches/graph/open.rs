//! What does the first question cost, from rows or from stored arrays, and what does a store cost that is asked none?
//!
//! Asked in a new process each time, which tells its CPU time and the peak of its resident memory.

use std::path::Path;
use std::process::Command;

use cpu_time::ProcessTime;
use mindkeep::{Budget, Store, Timeline};

use crate::table::{Goal, Table, median};
use crate::{Ground, micros, name};

const PROCESSES: usize = 5;
const GRAPH: &str = "--first-question";
const MEMORIES: &str = "--no-question";
/// Writes the lines that it is given, and says when it has.
pub const WRITER: &str = "--write-lines";

pub fn is_role(argument: &str) -> bool {
    [GRAPH, MEMORIES, WRITER].contains(&argument)
}

/// What the new process does; prints µs of CPU and KiB.
pub fn child(role: &str, path: &str) {
    if role == WRITER {
        return crate::write::child(path);
    }
    let start = ProcessTime::now();
    let store = Store::open(path).expect("a store");
    if role == GRAPH {
        assert!(!store.graph().neighborhood(&name(7)).depth(2).run().expect("known").is_empty());
    } else {
        store.timeline(Timeline::new().limit(50)).expect("a page");
    }
    println!("{} {}", start.elapsed().as_micros(), peak_kib());
}

/// The most memory that was resident at once; 0 where the system does not tell it this way.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0)
}

pub fn run(ground: &Ground<'_>, table: &mut Table) {
    let goal = |most| Some(Goal::AtMost(most));
    // Nothing is stored before the first upkeep.
    let [_, [rows, _]] = figures(ground);
    let (took, _) = micros(|| ground.store.maintain(Budget::all()).expect("upkeep"));
    eprintln!("stored in {:.2} s", took / 1e6);
    let [[nothing, peak_nothing], [stored, peak_stored]] = figures(ground);
    let what = "open and one question of 2 hops, CPU time in ms (anchor: open and a timeline)";
    table.line(what, &ms(nothing), &ms(stored), stored / 1e3, goal(30.0));
    let what = "the same, peak memory (ratio: MiB of the process that asks nothing of the graph)";
    table.line(what, &mib(peak_nothing), &mib(peak_stored), peak_nothing / 1024.0, goal(10.0));
    // What opening costs by itself is taken off.
    let (rows, stored) = (rows - nothing, stored - nothing);
    let times = Some(Goal::AtLeast(60.0));
    table.line(
        "the first question: from rows / from stored arrays (times faster)",
        &ms(rows),
        &ms(stored),
        rows / stored,
        times,
    );
    let bytes = stored_bytes(ground);
    let from = vec![1_u8; bytes];
    let copy = median(&mut (0..9).map(|_| micros(|| from.clone()).0).collect::<Vec<_>>());
    let what = format!(
        "the first question / a copy of the {:.1} MiB in memory that are stored",
        bytes as f64 / 1048576.0
    );
    table.line(&what, &ms(copy), &ms(stored), stored / copy, goal(3.0));
}

fn ms(micros: f64) -> String {
    format!("{:.1} ms", micros / 1e3)
}

fn mib(kib: f64) -> String {
    format!("{:.1} MiB", kib / 1024.0)
}

/// Medians of CPU time and memory: of a process that asks nothing of the graph, and of one that does.
fn figures(ground: &Ground<'_>) -> [[f64; 2]; 2] {
    let mut figures: [[Vec<f64>; 2]; 2] = Default::default();
    for _ in 0..PROCESSES {
        for (role, figures) in [MEMORIES, GRAPH].iter().zip(&mut figures) {
            figures.iter_mut().zip(ask(role, ground.path)).for_each(|(figure, value)| figure.push(value));
        }
    }
    figures.map(|figures| figures.map(|mut values| median(&mut values)))
}

/// Bytes of the stored arrays.
fn stored_bytes(ground: &Ground<'_>) -> usize {
    ground.store.pause(std::time::Duration::from_secs(5)).expect("pauses");
    let conn = rusqlite::Connection::open(ground.path).expect("opens");
    let sql = "SELECT sum(octet_length(data)) FROM graph_chunk";
    let bytes = conn.query_row(sql, [], |row| row.get(0)).expect("a sum");
    drop(conn);
    ground.store.resume().expect("resumes");
    bytes
}

fn ask(role: &str, path: &Path) -> [f64; 2] {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).arg(role).arg(path).output().expect("a process");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(|number| number.parse().expect("a number"));
    [(); 2].map(|()| numbers.next().expect("two numbers"))
}
