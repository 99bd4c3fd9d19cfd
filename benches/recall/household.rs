//! Conversations of any length, made of real ones, with vectors, speakers, threads and a graph.
//!
//! The first memories are the real ones that have a vector. Each further one has some sentences of two real ones in another order, and a vector that is a mixture
//! of the first one's with noise of the real covariance. Names are looked for in them by the store itself.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;
use half::f16;
use mindkeep::{Embedding, Import, Kind, Metadata, NewMemory, Passage, Store, Timestamp, VectorData};
use serde_json::{Value, json};

use super::data::{Data, Dice, floats};

pub const MODEL: &str = "all-MiniLM-L6-v2";
/// Turns of a thread.
const TURNS: usize = 16;
/// Memories of a write.
const BATCH: usize = 1_000;
const SPEAKERS: [&str; 6] = ["Caroline", "Melanie", "Gina", "Jon", "user", "John"];

/// A question as somebody asked it, with its vector.
pub struct Question {
    pub text: String,
    pub vector: Vec<f32>,
}

fn lines(path: &Path) -> impl Iterator<Item = Value> + use<> {
    let file =
        File::open(path).unwrap_or_else(|error| panic!("{}: {error}; set MINDKEEP_DATA", path.display()));
    BufReader::new(GzDecoder::new(file))
        .lines()
        .map(|line| serde_json::from_str(&line.expect("reads")).expect("is JSON"))
}

/// The real questions, spread over all of them.
pub fn questions(folder: &Path, count: usize) -> Vec<Question> {
    let mut all = Vec::new();
    for set in ["locomo", "longmemeval"] {
        let table: HashMap<String, Vec<f32>> = lines(&folder.join(set).join("vectors.jsonl.gz"))
            .filter_map(|line| Some((line["text"].as_str()?.to_owned(), floats(&line)?)))
            .collect();
        for line in lines(&folder.join(set).join("questions.jsonl.gz")) {
            let text = line["question"].as_str().expect("a question").to_owned();
            if let Some(vector) = table.get(&text) {
                all.push(Question { text, vector: vector.clone() });
            }
        }
    }
    let step = (all.len() / count).max(1);
    all.into_iter().step_by(step).take(count).collect()
}

fn texts(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for set in ["locomo", "longmemeval"] {
        let memories = lines(&folder.join(set).join("memories.jsonl.gz"));
        let embedded = memories.filter(|line| line["embedding"].is_object());
        all.extend(embedded.map(|line| line["content"].as_str().expect("a text").to_owned()));
    }
    all
}

/// Sentences of two texts, in another order.
fn mixed(first: &str, second: &str, dice: &mut Dice) -> String {
    let sentences = |text: &str| -> Vec<String> {
        text.split_inclusive(['.', '!', '?']).map(|one| one.trim().to_owned()).collect()
    };
    let mut all = sentences(first);
    let borrowed = sentences(second);
    all.push(borrowed[dice.below(borrowed.len())].clone());
    for place in (1..all.len()).rev() {
        all.swap(place, dice.below(place + 1));
    }
    all.join(" ")
}

/// Fills a store with so many memories of one persona, and with what is known of the world.
pub fn fill(store: &Store, folder: &Path, count: usize) {
    let graph = File::open(folder.join("graphs/fb15k-237.jsonl.gz")).expect("the graph; set MINDKEEP_DATA");
    store.import(graph, Import::new()).expect("imports");
    let people: String = SPEAKERS
        .iter()
        .map(|name| format!("{}\n", json!({"type": "entity", "name": name, "kind": "person"})))
        .collect();
    store.import(people.as_bytes(), Import::new()).expect("imports");
    let (data, texts) = (Data::read(folder, 1), texts(folder));
    assert_eq!(data.real(), texts.len(), "each text has its vector");
    let persona = store.persona("household");
    let start = "2015-01-01T08:00:00Z".parse::<Timestamp>().expect("a time").as_millis();
    let mut batch = Vec::with_capacity(BATCH);
    for number in 0..count {
        let mut dice = Dice::new(number as u64);
        let text = match number < texts.len() {
            true => texts[number].clone(),
            false => mixed(&texts[data.base(number)], &texts[dice.below(texts.len())], &mut dice),
        };
        let thread = number / TURNS;
        let at = start + (thread as i64 * 35 * 60 + (number % TURNS) as i64 * 30) * 1_000;
        let said = json!({"speaker": SPEAKERS[(thread + number % 2) % SPEAKERS.len()]});
        let metadata = Metadata::try_from(said).expect("is an object");
        let halves = data.vector(number).into_iter().flat_map(|part| f16::from_f32(part).to_le_bytes());
        let passage = Passage { range: None, data: VectorData::F16(halves.collect()) };
        batch.push(
            NewMemory::new(text)
                .kind(Kind::CONVERSATION)
                .thread(format!("session-{thread}"))
                .at(Timestamp::from_millis(at).expect("a time"))
                .importance(f64::from(dice.below(10) as u32) / 10.0)
                .metadata(metadata)
                .embedding(Embedding { model: MODEL.into(), passages: vec![passage] }),
        );
        if batch.len() == BATCH || number + 1 == count {
            persona.remember_all(std::mem::take(&mut batch)).expect("remembers");
        }
    }
}
