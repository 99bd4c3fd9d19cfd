//! What could be asked of memories that nobody here has read?
//!
//! Words that come up now and then: common enough to have answers, rare enough to mean something.

use std::collections::{BTreeSet, HashMap};

use mindkeep::{Store, Timeline};

use crate::error::Result;

/// Memories that are read for it.
const SAMPLE: usize = 500;
const QUESTIONS: usize = 3;
const LETTERS_MIN: usize = 5;

/// Up to three questions of two words each, that stand in one memory.
pub fn derive(store: &Store, persona: &str) -> Result<Vec<String>> {
    let page = store.persona(persona).timeline(Timeline::new().limit(SAMPLE))?;
    let words: Vec<BTreeSet<String>> = page.memories.iter().map(|memory| words(&memory.content)).collect();
    let mut frequency: HashMap<&str, usize> = HashMap::new();
    for word in words.iter().flatten() {
        *frequency.entry(word).or_default() += 1;
    }
    let common = (words.len() / 20).max(3);
    // How often a word comes up, if that is telling.
    let telling = |word: &str| frequency.get(word).copied().filter(|often| (2..=common).contains(often));
    let mut questions = Vec::new();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let step = (words.len() / QUESTIONS).max(1);
    for start in (0..words.len()).step_by(step) {
        for memory in &words[start..(start + step).min(words.len())] {
            let mut best: Vec<&str> = memory
                .iter()
                .map(String::as_str)
                .filter(|word| !used.contains(word) && telling(word).is_some())
                .collect();
            best.sort_by_key(|word| (std::cmp::Reverse(telling(word)), *word));
            if let [first, second, ..] = best[..] {
                used.extend([first, second]);
                questions.push(format!("{first} {second}"));
                break;
            }
        }
    }
    questions.truncate(QUESTIONS);
    Ok(questions)
}

fn words(content: &str) -> BTreeSet<String> {
    content
        .split(|character: char| !character.is_alphabetic())
        .filter(|word| word.chars().count() >= LETTERS_MIN)
        .map(str::to_lowercase)
        .collect()
}
