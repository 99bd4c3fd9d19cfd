//! How fast are near vectors found, beside sqlite-vec, usearch and a pass over the floats, on the same vectors in one run?
//!
//!     cargo run --release --manifest-path benches/vectors/Cargo.toml [-- VECTORS]
//!
//! Every engine keeps the same vectors, in a process of its own that tells CPU time and peak memory; then each is asked the same real questions in turn, for the
//! 10 nearest. Times are CPU time of the thread a question, the median and the 99th of a hundred, of the second time that it is asked. Recall is that
//! of the 10 that a look at every float finds. usearch is left out beyond 200,000: its graph takes too long to build.

mod data;
mod engines;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use cpu_time::{ProcessTime, ThreadTime};
use data::Data;
use engines::{ENGINES, Engine, build, open};

const QUESTIONS: usize = 200;
const NEAREST: usize = 10;
const USEARCH_MOST: usize = 200_000;

fn folder_of_data() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    std::env::var_os("MINDKEEP_DATA").map_or(beside, PathBuf::from)
}

/// The most memory that this process had resident at once, in MiB; 0 where the system does not tell.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn ms(of: &mut [f64], part: f64) -> f64 {
    of.sort_unstable_by(f64::total_cmp);
    of[((of.len() - 1) as f64 * part) as usize]
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse().ok());
    let data = Data::read(&folder_of_data(), QUESTIONS);
    if arguments.first().is_some_and(|what| what == "build") {
        let (name, folder, count) = (&arguments[1], Path::new(&arguments[2]), number(3).expect("a count"));
        let start = ProcessTime::now();
        build(name, folder, &data, count);
        println!("{} {}", start.elapsed().as_secs_f64(), peak_mib());
        return;
    }
    let count: usize = number(0).unwrap_or(100_000);
    let home = tempfile::tempdir().expect("a folder");
    let wanted: Vec<_> =
        ENGINES.iter().filter(|(name, _)| *name != "usearch" || count <= USEARCH_MOST).collect();
    let mut built = Vec::new();
    for (name, _) in &wanted {
        let program = std::env::current_exe().expect("a path of its own");
        let folder = home.path().join(name);
        std::fs::create_dir(&folder).expect("makes a folder");
        let run = Command::new(program).args(["build", name]).arg(&folder).arg(count.to_string()).output();
        let run = run.expect("runs");
        assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
        let told = String::from_utf8_lossy(&run.stdout);
        let mut told = told.split_whitespace().map(|word| word.parse::<f64>().expect("a number"));
        built.push((told.next().unwrap_or(0.0), told.next().unwrap_or(0.0)));
        eprintln!("built {name}");
    }
    let mut engines: Vec<Box<dyn Engine>> =
        wanted.iter().map(|(name, _)| open(name, &home.path().join(name), &data, count)).collect();
    let mut times = vec![Vec::new(); engines.len()];
    let mut found = vec![0_usize; engines.len()];
    for question in &data.questions {
        let mut best: HashSet<u64> = HashSet::new();
        for (place, engine) in engines.iter_mut().enumerate() {
            engine.ask(question, NEAREST);
            let start = ThreadTime::now();
            let nearest = engine.ask(question, NEAREST);
            times[place].push(start.elapsed().as_secs_f64() * 1e3);
            if place == 0 {
                best = nearest.iter().copied().collect();
            }
            found[place] += nearest.iter().filter(|id| best.contains(id)).count();
        }
    }
    println!(
        "{count} vectors of {} numbers, the {NEAREST} nearest, {} questions",
        data::DIMENSIONS,
        data.questions.len()
    );
    println!(
        "\n| engine | p50, ms | p99, ms | engine / ours | recall@10 | build, CPU s | peak memory, build, MiB | memory held, MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let medians: Vec<f64> = times.iter_mut().map(|times| ms(times, 0.5)).collect();
    let ours = wanted.iter().position(|(name, _)| *name == "mindkeep").expect("is there");
    for (place, (_, name)) in wanted.iter().enumerate() {
        let asked = (data.questions.len() * NEAREST) as f64;
        println!(
            "| {name} | {:.3} | {:.3} | {:.1} | {:.4} | {:.1} | {:.0} | {:.1} |",
            medians[place],
            ms(&mut times[place], 0.99),
            medians[place] / medians[ours],
            found[place] as f64 / asked,
            built[place].0,
            built[place].1,
            engines[place].bytes() as f64 / f64::from(1 << 20),
        );
    }
}
