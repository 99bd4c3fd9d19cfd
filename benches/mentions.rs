//! What does it cost to look for names in memories, and are the right ones found?
//!
//! Remembering with 0 to 300,000 names known, by turns; what the names take in memory beside an automaton over characters
//! (aho-corasick); upkeep for names that come late; and, where the data folder is, Pepys's diary against the mentions that
//! came with it. CPU time of the thread. `MINDKEEP_DATA` names the folder.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::time::Duration;

use aho_corasick::{AhoCorasick, MatchKind};
use cpu_time::ThreadTime;
use flate2::read::MultiGzDecoder;
use mindkeep::graph::NewEntity;
use mindkeep::{Budget, Import, MemoryId, NewMemory, Store, Timeline};

/// SplitMix64, of a number.
fn chance(n: u64) -> u64 {
    let z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const SYLLABLES: [&str; 16] = [
    "ba", "con", "del", "er", "fi", "gor", "ham", "in", "jo", "kel", "lan", "mor", "ne", "ost", "pur", "wick",
];

/// A name of one to three words that no other number has.
fn name(n: u64) -> String {
    let mut rest = n;
    let mut word = String::new();
    loop {
        word.push_str(SYLLABLES[(rest % 16) as usize]);
        rest /= 16;
        if rest == 0 {
            break;
        }
    }
    let word = word[..1].to_uppercase() + &word[1..];
    match n % 3 {
        0 => format!("{word}ton"),
        1 => format!("Mr. {word}ley"),
        _ => format!("{} {word}sby", ["Ann", "Tom", "Sir W.", "Jane"][(chance(n) % 4) as usize]),
    }
}

/// Some 300 bytes that speak of two of so many names.
fn text(n: u64, names: u64) -> String {
    let who = |salt: u64| if names == 0 { "somebody".to_owned() } else { name(chance(n ^ salt) % names) };
    format!(
        "Up betimes and to the office, where {} was before me, and there sat all the morning about the contract number \
         {n} for masts and hemp; at noon home to dinner with {}, and after it abroad by water as far as the bridge, the \
         wind being against us, and so home, to supper and to bed, in some trouble of mind about it.",
        who(1),
        who(2)
    )
}

fn with_names(names: u64) -> Store {
    let store = Store::builder().open_in_memory().expect("opens");
    store.graph().add_all((0..names).map(|n| NewEntity::new(name(n)))).chunk(10_000).save().expect("adds");
    store
}

/// CPU time of some work.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = ThreadTime::now();
    let value = work();
    (start.elapsed(), value)
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

/// Resident memory of this process, in MiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").trim().parse().map_or(0.0, |kb: f64| kb / 1024.0)
}

fn remember() {
    let sizes = [0, 100, 10_000, 300_000];
    let stores = sizes.map(with_names);
    let mut singly: [Vec<f64>; 4] = Default::default();
    let mut batched: [Vec<f64>; 4] = Default::default();
    let mut n = 0;
    for turn in 0..9 {
        for (i, store) in stores.iter().enumerate() {
            // The same texts for all, with names that only the larger ones know: what differs is the looking.
            let texts: Vec<String> = (0..400).map(|k| text(n + k, 300_000)).collect();
            let (one, ()) = timed(|| {
                for text in &texts {
                    store.remember(NewMemory::new(text.as_str())).expect("keeps");
                }
            });
            let texts: Vec<String> = (0..2_000).map(|k| text(n + 400 + k, 300_000)).collect();
            let (many, _) =
                timed(|| store.remember_all(texts.iter().map(|text| NewMemory::new(text.as_str()))));
            if turn > 0 {
                singly[i].push(one.as_secs_f64() * 1e6 / 400.0);
                batched[i].push(many.as_secs_f64() * 1e6 / 2_000.0);
            }
        }
        n += 2_400;
    }
    println!(
        "remembering some 300 bytes, µs of CPU, median of 8 turns; in brackets, times that without a name"
    );
    for (i, names) in sizes.iter().enumerate() {
        let (one, many) = (median(singly[i].clone()), median(batched[i].clone()));
        let (one_0, many_0) = (median(singly[0].clone()), median(batched[0].clone()));
        println!(
            "  {names:>7} names: {one:6.1} ({:.2}x) singly, {many:6.1} ({:.2}x) in a batch, found {}",
            one / one_0,
            many / many_0,
            stores[i].stats().expect("counts").mentions_found
        );
    }
}

fn kept() {
    for names in [10_000, 300_000] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("memories.db");
        let store = Store::open(&path).expect("opens");
        store
            .graph()
            .add_all((0..names).map(|n| NewEntity::new(name(n))))
            .chunk(10_000)
            .save()
            .expect("adds");
        drop(store);
        let child = std::process::Command::new(std::env::current_exe().expect("has a path"))
            .arg("--kept")
            .arg(&path)
            .output()
            .expect("runs");
        let said = String::from_utf8(child.stdout).expect("is text");
        let list: Vec<String> = (0..names).map(name).collect();
        let (build, automaton) = timed(|| {
            AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .ascii_case_insensitive(true)
                .build(&list)
                .expect("builds")
        });
        let texts: Vec<String> = (0..20_000).map(|n| text(n, names)).collect();
        let (scan, found) = timed(|| {
            texts.iter().map(|text| automaton.find_overlapping_iter(black_box(text)).count()).sum::<usize>()
        });
        println!(
            "{names} names: {}; aho-corasick built in {:.0} ms, {:.1} MiB, {:.1} µs a text ({found} found)",
            said.trim(),
            build.as_secs_f64() * 1e3,
            automaton.memory_usage() as f64 / f64::from(1 << 20),
            scan.as_secs_f64() * 1e6 / 20_000.0,
        );
    }
}

fn late() {
    let memories = 20_000;
    for names in [1, 100, 1_000, 2_000, 4_000, 40_000] {
        let store = with_names(1);
        store.remember_all((0..memories).map(|n| NewMemory::new(text(n, 40_000)))).expect("keeps");
        store.maintain(Budget::all()).expect("maintains");
        let more = (1..=names).map(|n| NewEntity::new(name(n)));
        store.graph().add_all(more).save().expect("adds");
        let (time, done) = timed(|| store.maintain(Budget::all()).expect("maintains"));
        println!(
            "{names} names for {memories} memories: {:.1} ms of upkeep, {} steps, found {}",
            time.as_secs_f64() * 1e3,
            done.steps,
            store.stats().expect("counts").mentions_found
        );
    }
}

fn pepys() {
    let folder =
        std::env::var_os("MINDKEEP_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let open = |name: &str| std::fs::File::open(folder.join("pepys").join(name));
    let (Ok(memories), Ok(graph)) = (open("memories.jsonl.gz"), open("graph.jsonl.gz")) else {
        return println!("Pepys: skipped, the data folder is absent");
    };
    let lines: Vec<String> =
        BufReader::new(MultiGzDecoder::new(graph)).lines().map(|line| line.expect("reads")).collect();
    let store = Store::builder().open_in_memory().expect("opens");
    let entities: String = lines
        .iter()
        .filter(|line| line.contains(r#""type":"entity""#))
        .map(|line| line.clone() + "\n")
        .collect();
    store.import(entities.as_bytes(), Import::new()).expect("imports");
    let (time, _) = timed(|| store.import(memories, Import::new()).expect("imports"));
    let told: BTreeSet<(String, String)> = lines
        .iter()
        .filter(|line| line.contains(r#""type":"mention""#))
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("is JSON");
            let text = |member: &str| line[member].as_str().expect("is text").to_owned();
            (text("memory"), text("entity"))
        })
        .collect();
    let keys: BTreeMap<MemoryId, String> = store
        .persona("pepys")
        .iterate(Timeline::new())
        .map(|memory| memory.expect("reads"))
        .filter_map(|memory| Some((memory.id, memory.key?)))
        .collect();
    let mut found = BTreeSet::new();
    for (id, key) in &keys {
        for mention in store.mentions(*id).expect("reads") {
            found.insert((key.clone(), mention.entity));
        }
    }
    let both = found.intersection(&told).count() as f64;
    println!(
        "Pepys: {} mentions told, {} found, precision {:.3}, recall {:.3}; imported in {:.2} s",
        told.len(),
        found.len(),
        both / found.len() as f64,
        both / told.len() as f64,
        time.as_secs_f64()
    );
}

/// What the names take in a new process that only reads them.
fn kept_child(path: &str) {
    let store = Store::open(path).expect("opens");
    store.persona("nobody").find_mentions(false).expect("turns off");
    let before = resident();
    let (time, _) = timed(|| store.remember(NewMemory::new("Nobody.")).expect("keeps"));
    println!("read in {:.0} ms, {:.1} MiB more are resident", time.as_secs_f64() * 1e3, resident() - before);
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--kept") {
        return kept_child(&arguments[at + 1]);
    }
    pepys();
    remember();
    kept();
    late();
}
