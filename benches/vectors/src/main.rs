//! How fast are near vectors found, beside sqlite-vec, usearch and a pass over the floats, on the same vectors in one run?
//!
//!     cargo run --release --manifest-path benches/vectors/Cargo.toml [-- VECTORS [FOLDER [ENGINE…]]]
//!
//! What the engines built stays in the folder, where it is taken from the next time; without one all of it goes. Without names all engines are asked.
//!
//! Every engine keeps the same vectors, in a process of its own that tells CPU time and peak memory; then each is asked the same real questions in turn, for
//! the 10 nearest. Times are CPU time of the thread a question: of the first time, right after the other engines, and the least of three that follow, since other
//! work on the machine is nobody's; of these the median and the 99th of a hundred. Recall is that of the 10 that a look at every float finds. usearch is
//! left out beyond 200,000: its graph takes too long to build.

#[allow(dead_code, reason = "the bench of whole recalls has it, too")]
mod data;
mod engines;
mod filters;

use std::path::{Path, PathBuf};
use std::process::Command;

use cpu_time::{ProcessTime, ThreadTime};
use data::Data;
use engines::{ENGINES, Engine, Floats, build, open};
use filters::{Among, FILTERS, Ours, Parted};

const QUESTIONS: usize = 200;
/// Of very many vectors.
const QUESTIONS_OF_MANY: usize = 100;
const NEAREST: usize = 10;
/// Beyond these it is very many.
const MANY: usize = 200_000;
/// Times that a question is asked again.
const AGAIN: usize = 3;

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

/// Has an engine keep the vectors, in a process of its own, if it does not yet; CPU seconds and peak memory that it took.
fn built(name: &str, folder: &Path, count: usize) -> Vec<f64> {
    let told = folder.join(format!("built-{count}"));
    if !told.exists() {
        std::fs::create_dir_all(folder).expect("makes a folder");
        let program = std::env::current_exe().expect("a path of its own");
        let run = Command::new(program).args(["build", name]).arg(folder).arg(count.to_string()).output();
        let run = run.expect("runs");
        assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
        std::fs::write(&told, &run.stdout).expect("writes");
        eprintln!("built {name}");
    }
    let told = std::fs::read_to_string(told).expect("reads");
    told.split_whitespace().map(|word| word.parse().expect("a number")).collect()
}

/// What questions took and found.
#[derive(Default)]
struct Asked {
    first: Vec<f64>,
    again: Vec<f64>,
    found: usize,
    wanted: usize,
}

impl Asked {
    /// Asks a question several times; `None` as the best is that this is the one who knows.
    fn ask(&mut self, best: Option<&[u64]>, mut ask: impl FnMut() -> Vec<u64>) -> Vec<u64> {
        let mut timed = || {
            let start = ThreadTime::now();
            let found = ask();
            (start.elapsed().as_secs_f64() * 1e3, found)
        };
        let (first, found) = timed();
        self.first.push(first);
        self.again.push((0..AGAIN).map(|_| timed().0).fold(f64::INFINITY, f64::min));
        let best = best.unwrap_or(&found);
        self.wanted += best.len();
        self.found += found.iter().filter(|id| best.contains(id)).count();
        found
    }

    fn recall(&self) -> f64 {
        self.found as f64 / self.wanted as f64
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse().ok());
    if arguments.first().is_some_and(|what| what == "build") {
        let data = Data::read(&folder_of_data(), QUESTIONS);
        let (name, folder, count) = (&arguments[1], Path::new(&arguments[2]), number(3).expect("a count"));
        let start = ProcessTime::now();
        build(name, folder, &data, count);
        println!("{} {}", start.elapsed().as_secs_f64(), peak_mib());
        return;
    }
    let count: usize = number(0).unwrap_or(100_000);
    let questions = if count > MANY { QUESTIONS_OF_MANY } else { QUESTIONS };
    let data = Data::read(&folder_of_data(), questions);
    let temporary = tempfile::tempdir().expect("a folder");
    let home = arguments.get(1).map_or(temporary.path(), Path::new);
    let only = arguments.get(2..).unwrap_or_default();
    println!(
        "{count} vectors of {} numbers, the {NEAREST} nearest, {questions} questions\n",
        data::DIMENSIONS
    );
    engines(&data, count, home, only);
    if only.is_empty() || only.iter().any(|one| one == "filters") {
        filters(&data, count, home);
    }
}

fn engines(data: &Data, count: usize, home: &Path, only: &[String]) {
    let wanted: Vec<_> = ENGINES
        .iter()
        .filter(|(name, _)| *name != "usearch" || count <= MANY)
        .filter(|(name, _)| {
            only.is_empty() || ["floats", "mindkeep"].contains(name) || only.iter().any(|one| one == name)
        })
        .collect();
    let built: Vec<Vec<f64>> = wanted.iter().map(|(name, _)| built(name, &home.join(name), count)).collect();
    let mut engines: Vec<Box<dyn Engine>> =
        wanted.iter().map(|(name, _)| open(name, &home.join(name), data, count)).collect();
    let mut asked: Vec<Asked> = engines.iter().map(|_| Asked::default()).collect();
    for question in &data.questions {
        let mut best: Option<Vec<u64>> = None;
        for (engine, asked) in engines.iter_mut().zip(&mut asked) {
            let found = asked.ask(best.as_deref(), || engine.ask(question, NEAREST));
            best.get_or_insert(found);
        }
    }
    println!(
        "| engine | p50, ms | p99, ms | p50 of the first time, ms | recall@10 | build, CPU s | peak memory, build, MiB | memory held, MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (place, (_, name)) in wanted.iter().enumerate() {
        let held = engines[place].bytes() as f64 / f64::from(1 << 20);
        let asked = &mut asked[place];
        println!(
            "| {name} | {:.3} | {:.3} | {:.3} | {:.4} | {:.1} | {:.0} | {} |",
            ms(&mut asked.again, 0.5),
            ms(&mut asked.again, 0.99),
            ms(&mut asked.first, 0.5),
            asked.recall(),
            built[place][0],
            built[place][1],
            if held > 0.0 { format!("{held:.1}") } else { "in the file".to_owned() },
        );
    }
    let place = |name: &str| wanted.iter().position(|(known, _)| *known == name);
    let ours = place("mindkeep").expect("is there");
    let times = ms(&mut asked[ours].again, 0.5);
    let mut rows = Vec::new();
    if let Some(vec0) = place("sqlite-vec") {
        let goal = if count > MANY { 15.0 } else { 50.0 };
        rows.push((
            "sqlite-vec, f32 / mindkeep (times faster)",
            ms(&mut asked[vec0].again, 0.5) / times,
            Some(goal),
        ));
    }
    let goal = (count <= MANY).then_some(12.0);
    rows.push(("one pass over floats / mindkeep (times faster)", ms(&mut asked[0].again, 0.5) / times, goal));
    rows.push(("recall@10", asked[ours].recall(), Some(0.995)));
    if let Some(usearch) = place("usearch") {
        let ratio = engines[usearch].bytes() as f64 / engines[ours].bytes() as f64;
        rows.push(("memory held: usearch / mindkeep", ratio, Some(20.0)));
    }
    println!("\n| what | figure | goal | met |\n|---|---|---|---|");
    for (what, figure, goal) in rows {
        let (goal, met) = match goal {
            Some(goal) => (format!("≥ {goal}"), if figure >= goal { "yes" } else { "**no**" }),
            None => (String::new(), ""),
        };
        println!("| {what} | {figure:.3} | {goal} | {met} |");
    }
}

fn filters(data: &Data, count: usize, home: &Path) {
    for name in ["mindkeep-filters", "sqlite-vec-filters"] {
        built(name, &home.join(name), count);
    }
    let floats = Floats::of(data, count);
    let mut ours = Ours::open(&home.join("mindkeep-filters"), count);
    let mut parted = Parted::open(&home.join("sqlite-vec-filters"), count);
    println!(
        "\n| among | mindkeep, p50, ms | recall@10 | sqlite-vec, p50, ms | recall@10 | times faster |\n|---|---|---|---|---|---|"
    );
    for (filter, name) in FILTERS {
        let mut both = [Asked::default(), Asked::default()];
        for question in &data.questions {
            let best = floats.among(question, NEAREST, |number| filter.has(number, count));
            both[0].ask(Some(&best), || ours.ask(question, NEAREST, filter));
            both[1].ask(Some(&best), || parted.ask(question, NEAREST, filter));
        }
        let [ours, parted] = both.map(|mut asked| (ms(&mut asked.again, 0.5), asked.recall()));
        println!(
            "| {name} | {:.3} | {:.4} | {:.3} | {:.4} | {:.1} |",
            ours.0,
            ours.1,
            parted.0,
            parted.1,
            parted.0 / ours.0
        );
    }
}
