//! From one model to another, by a process that is killed again and again while another one asks: the old one answers as it did until it is
//! dropped, and no answer has scores of both.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{TryRecvError, channel};

use mindkeep::{
    Budget, Embedding, Error, Hits, MemoryId, Missing, NewEmbedding, NewMemory, Recall, Store, Timeline,
    Timestamp,
};

use crate::ground::{Dice, again, assert_sound, seed, times};

const WRITER: &str = "MINDKEEP_TEST_SWITCHER";
const OLD: usize = 24;
const NEW: usize = 40;

/// What a model makes of a text: the same in every process.
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let start = text
        .bytes()
        .fold(dimensions as u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut dice = Dice(start | 1);
    (0..dimensions).map(|_| dice.below(2_001) as f32 / 1_000.0 - 1.0).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Not a test of its own: the process that is killed. It fills the new model, and drops the old one when nothing is pending any more.
#[test]
fn the_switcher() {
    let Ok(path) = std::env::var(WRITER) else { return };
    let store = Store::open(path).unwrap();
    loop {
        let pending = store.pending_embeddings("new", 20).unwrap();
        if pending.is_empty() {
            break;
        }
        let embeddings = pending
            .iter()
            .map(|pending| NewEmbedding::of(pending, Embedding::f32("new", &vector(&pending.text, NEW))));
        store.set_embeddings(embeddings.collect()).unwrap();
        println!("some");
        store.maintain(Budget::millis(5)).unwrap();
    }
    println!("filled");
    match store.drop_embedding_model("old") {
        Ok(()) | Err(Error::NotFound { .. }) => println!("dropped"),
        Err(error) => panic!("{error}"),
    }
    while !store.maintain(Budget::millis(1)).unwrap().is_done() {
        println!("some");
    }
}

/// What there is, and what is asked of it.
struct Asker {
    texts: BTreeMap<MemoryId, String>,
    /// What the old model answers as long as it is there.
    old: Vec<Hits>,
    /// What the new one answers once it has all.
    new: Option<Vec<Hits>>,
    /// How many had no vector by the new one when it was last asked.
    left: u64,
    asked: u64,
    /// How often an answer of the new one was of some, not of all.
    of_some: u64,
    is_dropped: bool,
}

const QUESTIONS: [&str; 3] = ["What of the day?", "Which note?", "Something else?"];

fn ask(store: &Store, model: &str, dimensions: usize, question: &str) -> Hits {
    let recall = Recall::new(question).vector(model, &vector(question, dimensions)).limit(20);
    store.recall(recall.asked_at(Timestamp::from_millis(1_800_000_000_000).unwrap())).unwrap()
}

fn ask_all(store: &Store, model: &str, dimensions: usize) -> Vec<Hits> {
    QUESTIONS.iter().map(|question| ask(store, model, dimensions, question)).collect()
}

impl Asker {
    /// Asks both models one of the questions, by words and vectors, and looks at every score.
    fn ask(&mut self, store: &Store, place: usize) {
        let question = QUESTIONS[place];
        let by_old = ask(store, "old", OLD, question);
        let says_nothing =
            |hits: &Hits| hits.iter().flat_map(|hit| &hit.signals).all(|signal| signal.name != "vectors");
        if by_old.missing == [Missing::Model] {
            assert!(says_nothing(&by_old));
            self.is_dropped = true;
        } else {
            assert!(!self.is_dropped, "it does not come back");
            assert_eq!(by_old, self.old[place], "the old one answers as it did");
        }
        let by_new = ask(store, "new", NEW, question);
        let left = match by_new.missing.as_slice() {
            [] => 0,
            [Missing::Model] => self.texts.len() as u64,
            [Missing::Vectors { memories }] => *memories,
            missing => panic!("{missing:?}"),
        };
        assert!(left <= self.left, "what is filled stays filled: {left} after {}", self.left);
        assert!(left == 0 || !self.is_dropped, "the old one goes when the new one has all");
        self.left = left;
        self.of_some += u64::from(left > 0 && left < self.texts.len() as u64);
        let asked = vector(question, NEW);
        for hit in &by_new {
            for signal in hit.signals.iter().filter(|signal| signal.name == "vectors") {
                let near = cosine(&vector(&self.texts[&hit.memory.id], NEW), &asked);
                assert!((near - signal.raw).abs() < 1e-4, "of the new one alone: {near}, {}", signal.raw);
            }
        }
        assert!(by_new.len() == 20, "words answer anyway");
        if left == 0 {
            let new = self.new.get_or_insert_with(|| ask_all(store, "new", NEW));
            assert_eq!(by_new, new[place], "what has all answers the same from then on");
        }
        self.asked += 1;
    }
}

/// Asks while the other process works, and kills it, if that is wanted, after so many of its steps and questions. Returns whether it came to its end.
fn switch(path: &Path, store: &Store, asker: &mut Asker, kill_after: Option<(u64, u64)>) -> bool {
    let mut child = again("switch::the_switcher").env(WRITER, path).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (send, receive) = channel();
    let reader =
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| send.send(line).unwrap()));
    let (mut steps, mut questions, mut is_killed) = (0, 0, false);
    loop {
        match receive.try_recv() {
            Ok(line) => steps += u64::from(line == "some"),
            Err(TryRecvError::Empty) => {
                asker.ask(store, questions as usize % QUESTIONS.len());
                questions += u64::from(kill_after.is_none_or(|(after, _)| steps >= after));
            }
            Err(TryRecvError::Disconnected) => break,
        }
        if kill_after.is_some_and(|(after, more)| steps >= after && questions >= more) {
            child.kill().unwrap();
            is_killed = true;
            break;
        }
    }
    let status = child.wait().unwrap();
    reader.join().unwrap();
    // A test that fails ends with 101.
    assert!(status.success() || is_killed && status.code() != Some(101), "{status}");
    status.success()
}

#[test]
fn a_model_takes_over_without_a_gap_although_it_is_killed_on_the_way() {
    let many = times("SWITCHED", 1_500, 20_000);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let text = |n: u64| format!("Note {n} of the day.");
    let mut dice = Dice(seed());
    // The one that asks has the file open all the time.
    let store = Store::open(&path).unwrap();
    let memories =
        (0..many).map(|n| NewMemory::new(text(n)).embedding(Embedding::f32("old", &vector(&text(n), OLD))));
    store.remember_all(memories).unwrap();
    let texts = store
        .iterate(Timeline::new())
        .map(|memory| memory.unwrap())
        .map(|memory| (memory.id, memory.content));
    let mut asker = Asker {
        texts: texts.collect(),
        old: ask_all(&store, "old", OLD),
        new: None,
        left: many,
        asked: 0,
        of_some: 0,
        is_dropped: false,
    };
    assert!(asker.old.iter().all(|hits| hits.len() == 20 && hits.missing.is_empty()));
    let most = times("SWITCH_KILLS", 12, 60);
    let mut kills = 0;
    loop {
        let kill_after = (kills < most).then(|| (dice.below(6), dice.below(3)));
        let is_all = switch(&path, &store, &mut asker, kill_after);
        (0..QUESTIONS.len()).for_each(|place| asker.ask(&store, place));
        assert_sound(&store);
        if is_all {
            break;
        }
        kills += 1;
    }
    let models = store.embedding_models().unwrap();
    assert_eq!(models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), ["new"]);
    assert!(asker.is_dropped && asker.left == 0 && asker.of_some > 0);
    // Somebody who opens the file anew hears the same.
    assert_eq!(ask_all(&Store::open(&path).unwrap(), "new", NEW), asker.new.unwrap());
    let Asker { asked, of_some, .. } = asker;
    println!(
        "{many} memories, {kills} kills, {asked} times asked meanwhile, {of_some} of them in the middle of it"
    );
}
