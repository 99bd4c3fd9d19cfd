//! What does a whole recall cost, by words, by vectors and by everything at once?
//!
//! Conversations with vectors, speakers and threads in one persona beside a graph of 14,541 entities; real questions with their vectors, ten hits with highlights and
//! reasons. CPU time of the thread a question, of the second time that it is asked. `MINDKEEP_RECALL_MEMORIES` sets another size than 100,000;
//! `MINDKEEP_RECALL_FOLDER` keeps the store, which saves the time to build it; `MINDKEEP_DATA` names the folder of data.

#![allow(clippy::print_stdout, clippy::print_stderr)]
#![allow(missing_docs, reason = "a program, not a library")]

#[allow(dead_code, reason = "shared by the benches")]
#[path = "../vectors/src/data.rs"]
mod data;
mod household;

use std::path::{Path, PathBuf};

use cpu_time::ThreadTime;
use household::{MODEL, Question};
use mindkeep::{Budget, Recall, Store, Weights};

const MEMORIES: usize = 100_000;
const QUESTIONS: usize = 200;
/// Of each question so many askings, the least of which counts: other work on the machine is not ours.
const TURNS: usize = 5;

fn folder_of_data() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    std::env::var_os("MINDKEEP_DATA").map_or(beside, PathBuf::from)
}

/// How a question is asked.
type Way = fn(&Question) -> Recall;

fn plain(question: &Question) -> Recall {
    Recall::new(&question.text).limit(10)
}

fn hybrid(question: &Question) -> Recall {
    plain(question).vector(MODEL, &question.vector)
}

const WAYS: [(&str, Way); 6] = [
    ("words alone, BM25", |question| plain(question).words_only()),
    ("words, with threads, speakers, time and graph", plain),
    ("vectors alone", |question| Recall::new("").limit(10).vector(MODEL, &question.vector)),
    ("everything", hybrid),
    ("everything but the graph", |question| {
        hybrid(question).weights(Weights { graph: 0.0, ..Weights::default() })
    }),
    ("everything but threads", |question| {
        hybrid(question).weights(Weights { thread: 0.0, neighbours: 0.0, ..Weights::default() })
    }),
];

fn quantile(sorted: &[f64], part: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * part) as usize]
}

fn main() {
    let count = std::env::var("MINDKEEP_RECALL_MEMORIES").ok().and_then(|count| count.parse().ok());
    let count: usize = count.unwrap_or(MEMORIES);
    let data = folder_of_data();
    let temporary = tempfile::tempdir().expect("a folder");
    let kept = std::env::var_os("MINDKEEP_RECALL_FOLDER").map(PathBuf::from);
    let path = kept.as_deref().unwrap_or(temporary.path()).join(format!("recall-{count}.db"));
    let is_new = !path.exists();
    let store = Store::open(&path).expect("opens");
    if is_new {
        let start = cpu_time::ProcessTime::now();
        household::fill(&store, &data, count);
        store.maintain(Budget::all()).expect("maintains");
        eprintln!("built in {:.0} s of CPU", start.elapsed().as_secs_f64());
    }
    let questions = household::questions(&data, QUESTIONS);
    let only = std::env::var("MINDKEEP_RECALL_ONLY").ok();
    let persona = store.persona("household");
    println!(
        "{count} memories, {} questions\n\n| recall | p50, ms | p90, ms | p99, ms |\n|---|---|---|---|",
        questions.len()
    );
    for (name, way) in WAYS.iter().filter(|(name, _)| only.as_deref().is_none_or(|only| *name == only)) {
        let ask = |question: &Question| {
            let recall = way(question);
            let start = ThreadTime::now();
            let hits = persona.recall(recall).expect("answers");
            let ms = start.elapsed().as_secs_f64() * 1e3;
            assert!(!hits.is_empty(), "a real question has an answer");
            ms
        };
        let mut times: Vec<f64> = questions
            .iter()
            .map(|question| {
                ask(question);
                (0..TURNS).map(|_| ask(question)).fold(f64::INFINITY, f64::min)
            })
            .collect();
        times.sort_unstable_by(f64::total_cmp);
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|part| quantile(&times, part));
        println!("| {name} | {p50:.3} | {p90:.3} | {p99:.3} |");
    }
}
