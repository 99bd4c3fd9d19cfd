//! Do hits differ where that was asked for, and is nothing lost by it?

use std::collections::BTreeSet;

use mindkeep::{Hit, MemoryId, Metadata, NewMemory, Store};

use crate::ask;
use crate::ground::{Dice, seed, times};

fn ids(hits: &[Hit]) -> Vec<MemoryId> {
    hits.iter().map(|hit| hit.memory.id).collect()
}

/// Texts of chance, many of which are nearly one another.
fn store(dice: &mut Dice) -> Store {
    let store = Store::builder().open_in_memory().unwrap();
    let words = ["lamp", "jar", "rain", "garden", "piano", "letter", "ship", "bread", "Tuesday", "coat"];
    let mut texts: Vec<String> = Vec::new();
    for _ in 0..300 {
        let text = match dice.below(3) {
            0 if !texts.is_empty() => {
                let text = dice.pick(&texts).clone();
                [text.as_str(), "!"].concat()
            }
            1 if !texts.is_empty() => dice.pick(&texts).to_uppercase(),
            _ => {
                let words: Vec<&str> = (0..3 + dice.below(25)).map(|_| *dice.pick(&words)).collect();
                format!("moth {}", words.join(" "))
            }
        };
        store.remember(NewMemory::new(text.as_str())).unwrap();
        texts.push(text);
    }
    store
}

#[test]
fn a_lambda_of_one_leaves_the_order_and_any_other_leaves_the_hits() {
    for run in 0..times("ALIKE_RUNS", 3, 60) {
        let mut dice = Dice(seed() + run);
        let store = store(&mut dice);
        for question in ["moth", "lamp jar", "piano ship -coat"] {
            let asked = ask(question).limit(1_000);
            let plain = store.recall(asked.clone()).unwrap();
            assert_eq!(store.recall(asked.clone().diverse(1.0)).unwrap(), plain);
            for lambda in [0.0, 0.3, 0.7] {
                let spread = store.recall(asked.clone().diverse(lambda)).unwrap();
                assert_eq!(spread[0], plain[0], "the best comes first");
                let all = |hits: &[Hit]| ids(hits).into_iter().collect::<BTreeSet<_>>();
                assert_eq!(all(&spread), all(&plain));
                // What is behind the first 200 stays where it is.
                assert_eq!(spread[200.min(plain.len())..], plain[200.min(plain.len())..]);
                assert_eq!(store.recall(asked.clone().diverse(lambda)).unwrap(), spread, "always the same");
            }
        }
    }
}

#[test]
fn what_is_kept_of_those_that_say_the_same_is_the_best() {
    for run in 0..times("ALIKE_RUNS", 3, 60) {
        let store = store(&mut Dice(seed() + run));
        let plain = store.recall(ask("moth rain").limit(1_000)).unwrap();
        let kept = store.recall(ask("moth rain").limit(1_000).collapse_duplicates()).unwrap();
        assert!(kept.len() < plain.len());
        let stand_for: usize = kept.iter().map(|hit| 1 + hit.duplicates).sum();
        assert_eq!(stand_for, plain.len(), "each is there, or stood for");
        let mut rest = plain.iter();
        for hit in &kept {
            assert!(rest.any(|there| there.memory == hit.memory), "in the order of the answer");
        }
        let same = |hit: &Hit| hit.memory.content.to_lowercase().replace('!', "");
        let texts: BTreeSet<String> = kept.iter().map(same).collect();
        assert_eq!(texts.len(), kept.len(), "none says what another does but for case and signs");
    }
}

#[test]
fn pages_of_them_are_pieces_of_one_answer() {
    let store = store(&mut Dice(seed()));
    for asked in [
        ask("moth").diverse(0.5),
        ask("moth").collapse_duplicates(),
        ask("moth").collapse_duplicates().diverse(0.3),
    ] {
        let all = ids(&store.recall(asked.clone().limit(300)).unwrap());
        let mut pages = Vec::new();
        for page in 0..10 {
            pages.extend(ids(&store.recall(asked.clone().offset(page * 7).limit(7)).unwrap()));
        }
        assert_eq!(pages, all[..70]);
    }
}

#[test]
fn a_set_without_duplicates_is_left_as_it_is() {
    let store = Store::builder().open_in_memory().unwrap();
    for text in [
        "Paid the rent of March 2024, 850 in all, to the landlord by transfer as ever.",
        "Paid the rent of March 2025, 850 in all, to the landlord by transfer as ever.",
        "Paid the rent, and the landlord was glad.",
        "rent",
        "The rent is due.",
    ] {
        store.remember(NewMemory::new(text)).unwrap();
    }
    for speaker in ["Ada", "Bo"] {
        let speaker = Metadata::parse(&format!(r#"{{"speaker":"{speaker}"}}"#)).unwrap();
        store.remember(NewMemory::new("Yes, the rent!").metadata(speaker)).unwrap();
    }
    let asked = ask("rent").limit(100);
    let plain = store.recall(asked.clone()).unwrap();
    assert_eq!((plain.len(), store.recall(asked.collapse_duplicates()).unwrap()), (7, plain));
}

#[test]
fn a_lambda_is_between_nothing_and_one() {
    let store = Store::builder().open_in_memory().unwrap();
    for lambda in [-0.1, 1.1, f64::NAN] {
        assert_eq!(store.recall(ask("a").diverse(lambda)).unwrap_err().kind(), "InvalidInput");
    }
}

#[test]
fn opposites_are_not_the_same() {
    let store = Store::builder().open_in_memory().unwrap();
    for text in [
        "I do love the red bicycle in the garden by the shed.",
        "I do not love the red bicycle in the garden by the shed.",
        "I do not love the red bicycle in the garden, by the shed!",
    ] {
        store.remember(NewMemory::new(text)).unwrap();
    }
    let hits = store.recall(ask("bicycle").collapse_duplicates()).unwrap();
    let mut stands_for: Vec<usize> = hits.iter().map(|hit| hit.duplicates).collect();
    stands_for.sort_unstable();
    assert_eq!(stands_for, [0, 1]);
}
