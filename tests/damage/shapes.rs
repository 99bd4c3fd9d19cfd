//! A store in which every shape of row occurs.

use std::path::Path;

use mindkeep::{
    Attribute, AttributeType, Embedding, Import, Kind, Metadata, NewMemory, Passage, Patch, Store, Timestamp,
    VectorData,
};

use super::ground::{Dice, ms};

/// Words that its contents are made of.
pub const WORDS: &[&str] = &[
    "lantern", "harbour", "quince", "Thames", "letter", "fire", "supper", "music", "garden", "office",
    "plague", "theatre", "oysters", "winter", "ship", "king", "bell", "coach", "river", "candle",
];

fn text(dice: &mut Dice, words: u64) -> String {
    let mut text = String::new();
    for _ in 0..words {
        text += WORDS[dice.below(20) as usize];
        text.push(' ');
        text += &format!("{:x} ", dice.below(1 << 20));
    }
    text
}

fn at(i: u64) -> Timestamp {
    ms(-9_000_000_000_000 + i as i64 * 3_600_000)
}

/// Fills a new store with so many memories, and closes it.
pub fn fill(path: &Path, memories: u64) {
    let store = Store::open(path).expect("opens");
    store.declare(Attribute::new(Kind::default(), "count", AttributeType::Integer)).expect("declares");
    let mut dice = Dice(7);
    let mut batch = Vec::new();
    for i in 0..memories {
        let long = i % 97 == 5;
        let words = if long { 1_200 } else { 5 + dice.below(40) };
        let mut memory = NewMemory::new(text(&mut dice, words))
            .persona(format!("household/{}", i % 7))
            .at(at(i))
            .importance([0.0, 0.25, 0.5, 0.9, 1.0][(i % 5) as usize]);
        if i % 2 == 0 {
            memory = memory.tag(WORDS[(i % 20) as usize]).tag("every-second");
        }
        if i % 3 == 0 {
            let json = format!(r#"{{"speaker":"{}","count":{i}}}"#, WORDS[(i % 11) as usize]);
            memory = memory
                .metadata(Metadata::parse(&json).expect("an object"))
                .thread(format!("thread {}", i / 30));
        }
        if i % 4 == 1 {
            memory = memory.source("diary").kind(Kind::EVENT);
        }
        if i % 9 == 2 {
            memory = memory.expires_at(ms(4_000_000_000_000));
        }
        if i % 2 == 1 && !long {
            let numbers: Vec<f32> = (0..384).map(|_| dice.below(1_000) as f32 / 1_000.0).collect();
            memory = memory.embedding(Embedding::f32("whole-384", &numbers));
        }
        if i % 10 == 4 {
            let half =
                |from, to| Passage { range: Some((from, to)), data: VectorData::F16(vec![0, 60, 1, 52]) };
            memory = memory
                .embedding(Embedding { model: "halves-2".into(), passages: vec![half(0, 3), half(3, 5)] });
        }
        batch.push(memory);
    }
    store.remember_all(batch).expect("writes");
    // Histories, updates, things forgotten, and a memory that a second import knows by its hash.
    for i in 0..(memories / 10).min(300) {
        let fact = |say: &str| {
            NewMemory::new(format!("{say} {i}")).kind(Kind::FACT).key(format!("key {}", i / 3)).at(at(i * 2))
        };
        store.remember(fact("It holds that")).expect("writes");
        let kept = store.remember(NewMemory::new(format!("A draft {i}")).tag("draft")).expect("writes").id;
        if i % 2 == 0 {
            store.update(kept, Patch::new().content(format!("A better draft {i}"))).expect("updates");
        } else {
            store.forget(&[kept]).expect("forgets");
        }
    }
    let mut lines = String::new();
    let (entities, relations) = ((memories / 10).max(10), memories / 5);
    for i in 0..entities {
        lines += &format!(
            "{{\"type\":\"entity\",\"name\":\"Person {i}\",\"label\":\"person\",\"aliases\":[\"P{i}\"],\"properties\":{{\"n\":{i}}}}}\n"
        );
    }
    for i in 0..relations {
        let (from, to) = (i % entities, (i * 7 + 1) % entities);
        lines += &format!(
            "{{\"type\":\"relation\",\"from\":\"Person {from}\",\"label\":\"knows-{}\",\"to\":\"Person {to}\",\"weight\":{}}}\n",
            i % 3,
            1 + i % 2
        );
    }
    for i in 0..memories / 10 {
        lines += &format!(
            "{{\"type\":\"memory\",\"persona\":\"imported\",\"at\":\"1666-09-02T03:00:00Z\",\"content\":\"Line {i}\"}}\n"
        );
        lines += &format!(
            "{{\"type\":\"memory\",\"persona\":\"imported\",\"key\":\"k{i}\",\"content\":\"Keyed line {i}\"}}\n"
        );
        lines += &format!(
            "{{\"type\":\"mention\",\"persona\":\"imported\",\"memory\":\"k{i}\",\"entity\":\"Person {}\"}}\n",
            i % entities
        );
    }
    let report = store.import(lines.as_bytes(), Import::new()).expect("imports");
    assert_eq!(report.rejected_count, 0, "{:?}", report.rejected.first());
}
