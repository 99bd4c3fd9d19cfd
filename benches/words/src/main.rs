//! How fast are words found, beside FTS5 and tantivy, on the same texts in one run?
//!
//!     cargo run --release --manifest-path benches/words/Cargo.toml [-- MEMORIES [one]]
//!
//! With `one`, all memories are of one persona. Every engine is asked the same words in turn, for the 10 best of a persona, and
//! fetches their texts. Times are of the wall, per question: the median, and the 99th of a hundred.

#[path = "../../generator/mod.rs"]
#[allow(dead_code)]
mod generator;
mod fts5;
mod lucene;
mod words;

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use cpu_time::ProcessTime;
use generator::{Generator, PERSONAS, SEED};

/// A text and whose it is.
pub struct Text {
    pub persona: usize,
    pub at: i64,
    pub content: String,
}

/// What all engines do. The length of what is found keeps it from being left out.
pub trait Engine {
    fn name(&self) -> &'static str;
    fn ask(&mut self, persona: usize, words: &[String]) -> usize;
    /// Bytes of the index.
    fn bytes(&self) -> u64;
}

/// Questions of a sort: whose, and which words.
type Questions = Vec<(usize, Vec<String>)>;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let count = arguments.next().map_or(1_000_000, |count| count.parse().expect("a number"));
    let one = arguments.next().is_some_and(|word| word == "one");
    let home = tempfile::tempdir().expect("a folder");
    let texts = || {
        Generator::new(SEED, count).map(move |made| Text {
            persona: if one { 0 } else { made.persona },
            at: made.at,
            content: made.content,
        })
    };
    let mut engines: Vec<Box<dyn Engine>> = Vec::new();
    let mut made = |name: &str, make: &mut dyn FnMut(&Path) -> Box<dyn Engine>| {
        let start = ProcessTime::now();
        let folder = home.path().join(name);
        std::fs::create_dir(&folder).expect("a folder");
        let engine = make(&folder);
        let spent = start.elapsed().as_secs_f64() * 1e6 / count as f64;
        println!("{}: {spent:.1} µs a text, index {:.1} MB", engine.name(), engine.bytes() as f64 / 1e6);
        engines.push(engine);
    };
    made("mindkeep", &mut |folder| Box::new(words::Mindkeep::new(folder, texts())));
    made("tantivy", &mut |folder| Box::new(lucene::Tantivy::new(folder, texts())));
    made("fts5", &mut |folder| Box::new(fts5::Joined::new(folder, texts())));
    made("prefixed", &mut |folder| Box::new(fts5::Prefixed::new(folder, texts())));
    println!("\n| words | {} |", engines.iter().map(|engine| engine.name()).collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "---|".repeat(engines.len()));
    for (name, questions) in questions(texts(), one) {
        let mut times = vec![Vec::new(); engines.len()];
        for (persona, words) in &questions {
            for (engine, times) in engines.iter_mut().zip(&mut times) {
                let start = Instant::now();
                std::hint::black_box(engine.ask(*persona, words));
                times.push(start.elapsed().as_secs_f64() * 1e3);
            }
        }
        let cells = times.into_iter().map(|mut times| {
            times.sort_by(f64::total_cmp);
            format!("{:.3} ({:.3})", times[times.len() / 2], times[times.len() * 99 / 100])
        });
        println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
}

/// Words by how many texts have them, and questions of each sort for every persona.
fn questions(texts: impl Iterator<Item = Text>, one: bool) -> Vec<(&'static str, Questions)> {
    let mut having: HashMap<String, u64> = HashMap::new();
    let mut all = 0_u64;
    for text in texts.step_by(20) {
        let mut words: Vec<String> = text
            .content
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 3 && word.is_ascii())
            .map(str::to_lowercase)
            .collect();
        words.sort_unstable();
        words.dedup();
        words.into_iter().for_each(|word| *having.entry(word).or_default() += 1);
        all += 1;
    }
    let mut words: Vec<(u64, String)> = having.into_iter().map(|(word, count)| (count, word)).collect();
    words.sort_unstable_by(|a, b| b.cmp(a));
    // Words that about this share of the texts have.
    let near = |share: f64, count: usize| -> Vec<String> {
        let from = words.partition_point(|(having, _)| *having as f64 > share * all as f64);
        words[from..].iter().take(count).map(|(_, word)| word.clone()).collect()
    };
    let (most, common, middle) = (near(0.3, 4), near(0.03, 12), near(0.002, 12));
    println!("\nvery common: {most:?}\ncommon: {common:?}\nmiddle: {middle:?}");
    let personas = if one { 1 } else { PERSONAS.len() };
    let each = |make: &dyn Fn(usize) -> Vec<String>| -> Questions {
        let rounds = 400 / personas.max(4);
        (0..rounds.max(40)).flat_map(|round| (0..personas).map(move |persona| (persona, round))).map(|(p, r)| (p, make(r))).collect()
    };
    vec![
        ("1 very common", each(&|i| vec![most[i % most.len()].clone()])),
        ("1 common", each(&|i| vec![common[i % common.len()].clone()])),
        ("1 in the middle", each(&|i| vec![middle[i % middle.len()].clone()])),
        ("common + middle", each(&|i| vec![common[i % common.len()].clone(), middle[(i * 7) % middle.len()].clone()])),
        ("3 common", each(&|i| (0..3).map(|j| common[(i + j * 4) % common.len()].clone()).collect())),
    ]
}
