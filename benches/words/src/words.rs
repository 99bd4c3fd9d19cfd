//! The store itself, by its public calls.

use std::path::Path;

use mindkeep::{Budget, NewMemory, Recall, Store, Timestamp};

use crate::generator::PERSONAS;
use crate::{Engine, Text};

pub struct Mindkeep {
    store: Store,
}

impl Mindkeep {
    pub fn new(folder: &Path, texts: impl Iterator<Item = Text> + Send) -> Self {
        let store = Store::open(folder.join("memories.db")).expect("opens");
        let memories = texts.map(|text| {
            NewMemory::new(text.content)
                .persona(PERSONAS[text.persona])
                .at(Timestamp::from_millis(text.at).expect("in range"))
        });
        store.remember_all(memories).expect("writes");
        store.maintain(Budget::all()).expect("maintains");
        Self { store }
    }
}

impl Engine for Mindkeep {
    fn name(&self) -> &'static str {
        "mindkeep"
    }

    fn ask(&mut self, persona: usize, words: &[String]) -> usize {
        let hits = self.store.persona(PERSONAS[persona]).recall(Recall::new(words.join(" "))).expect("answers");
        hits.iter().map(|hit| hit.memory.content.len()).sum()
    }

    fn bytes(&self) -> u64 {
        let indexes = self.store.indexes().expect("lists");
        indexes.iter().filter(|index| index.purpose == "words").map(|index| index.bytes).sum()
    }
}
