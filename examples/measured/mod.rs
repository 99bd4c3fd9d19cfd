//! What do the example programs share? How many rows they make, and a table of targets beside their own times.

#![allow(clippy::print_stdout, dead_code)] // each program uses a part of it

use std::fmt::Display;
use std::time::{Duration, Instant};

use mindkeep::{Question, Result, Store, Timestamp};

/// Runs of a measured question; the median counts.
const RUNS: usize = 51;

/// The hour from which the examples count their days: 2026-01-01T00:00:00Z.
pub const START_MS: i64 = 1_767_225_600_000;
pub const HOUR_MS: i64 = 3_600_000;
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// How many rows to make: the program's first argument, or else `default`.
pub fn rows(default: usize) -> usize {
    match std::env::args().nth(1).map(|text| text.parse()) {
        None => default,
        Some(Ok(rows)) if rows >= 1_000 => rows,
        Some(_) => {
            println!("usage: give a number of rows, 1000 or more; without one, {default}");
            std::process::exit(2);
        }
    }
}

/// A moment of the examples' time.
pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(START_MS + ms).expect("within the years that a store keeps")
}

/// Numbers that look like chance and are the same in every run (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new() -> Self {
        Self(2026)
    }

    /// From 0 to `end - 1`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    /// Small numbers far more often than large ones.
    pub fn skewed(&mut self, end: usize) -> usize {
        let once = self.below(end) + 1;
        self.below(once)
    }

    pub fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }
}

/// A table of what the older system aimed at and what was measured here.
pub struct Table {
    lines: Vec<(String, String, String)>,
}

impl Table {
    pub fn new(system: &str, rows: usize) -> Self {
        println!("{system}; {rows} rows and more");
        Self { lines: Vec::new() }
    }

    /// The median time of a question, beside its target in milliseconds. Returns the last answer.
    pub fn time<T>(&mut self, what: &str, target_ms: u64, ask: impl FnMut() -> Result<T>) -> Result<T> {
        let (answer, took) = median(RUNS, ask)?;
        self.note(what, format!("{target_ms} ms"), shown(took));
        Ok(answer)
    }

    /// The time of something that is done once.
    pub fn time_once<T>(
        &mut self,
        what: &str,
        target_ms: u64,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let start = Instant::now();
        let answer = work()?;
        self.note(what, format!("{target_ms} ms"), shown(start.elapsed()));
        Ok(answer)
    }

    /// Any other figure.
    pub fn note(&mut self, what: &str, target: impl Display, own: impl Display) {
        self.lines.push((what.to_owned(), target.to_string(), own.to_string()));
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        println!("\n{:<44} {:>14} {:>14}", "", "target", "here");
        for (what, target, own) in &self.lines {
            println!("{what:<44} {target:>14} {own:>14}");
        }
    }
}

/// The median time of some runs, after one that does not count, and the last answer.
pub fn median<T>(runs: usize, mut ask: impl FnMut() -> Result<T>) -> Result<(T, Duration)> {
    let mut answer = ask()?;
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let start = Instant::now();
        answer = ask()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok((answer, times[runs / 2]))
}

pub fn shown(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1_000.0)
}

/// Says along which index a question is answered.
pub fn explain(store: &Store, question: impl Into<Question>) -> Result<()> {
    let explanation = store.explain(question)?;
    println!("\nordered by {}", explanation.order);
    for step in explanation.steps {
        let checked = if step.checks.is_empty() { "nothing".to_owned() } else { step.checks.join(", ") };
        println!("  {} by {}", step.index, step.looks_up.join(", "));
        println!("    at most {} rows, checked row by row: {checked}", step.rows_at_most);
    }
    explanation.advice.iter().for_each(|advice| println!("  {advice}"));
    Ok(())
}
