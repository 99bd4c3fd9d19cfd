//! What does the first question cost, from rows to arrays, and what does a store cost that is asked none?
//!
//! Asked in a new process each time, which tells its CPU time and the peak of its resident memory.

use std::path::Path;
use std::process::Command;

use cpu_time::ProcessTime;
use mindkeep::{Store, Timeline};

use crate::table::{Goal, Table, median};
use crate::{Ground, name};

const PROCESSES: usize = 5;
const GRAPH: &str = "--first-question";
const MEMORIES: &str = "--no-question";

pub fn is_role(argument: &str) -> bool {
    [GRAPH, MEMORIES].contains(&argument)
}

/// What the new process does; prints µs of CPU and KiB.
pub fn child(role: &str, path: &str) {
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
    let mut figures: [[Vec<f64>; 2]; 2] = Default::default();
    for _ in 0..PROCESSES {
        for (role, figures) in [MEMORIES, GRAPH].iter().zip(&mut figures) {
            figures.iter_mut().zip(ask(role, ground.path)).for_each(|(figure, value)| figure.push(value));
        }
    }
    let [memories, graph] = figures.map(|figures| figures.map(|mut values| median(&mut values)));
    let ms = |micros: f64| format!("{:.1} ms", micros / 1e3);
    let mib = |kib: f64| format!("{:.1} MiB", kib / 1024.0);
    let goal = |most| Some(Goal::AtMost(most));
    let what = "open and one question of 2 hops, CPU time in ms (anchor: open and a timeline)";
    table.line(what, &ms(memories[0]), &ms(graph[0]), graph[0] / 1e3, goal(30.0));
    let what = "the same, peak memory (ratio: MiB of the process that asks nothing of the graph)";
    table.line(what, &mib(memories[1]), &mib(graph[1]), memories[1] / 1024.0, goal(10.0));
}

fn ask(role: &str, path: &Path) -> [f64; 2] {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).arg(role).arg(path).output().expect("a process");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(|number| number.parse().expect("a number"));
    [(); 2].map(|()| numbers.next().expect("two numbers"))
}
