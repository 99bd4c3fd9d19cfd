//! Are pages the pieces of one long answer?

use mindkeep::{Embedding, NewMemory, Recall, Store};

use crate::ask;
use crate::ground::{Dice, seed};

fn store() -> Store {
    let store = Store::builder().open_in_memory().unwrap();
    let mut dice = Dice(seed());
    let words = ["moth", "lamp", "jar", "key", "rain", "garden"];
    let texts = (0..400).map(|_| {
        let text: Vec<&str> = (0..1 + dice.below(12)).map(|_| *dice.pick(&words)).collect();
        NewMemory::new(text.join(" "))
    });
    store.remember_all(texts).unwrap();
    store
}

#[test]
fn pages_are_pieces_of_a_longer_answer() {
    let store = store();
    for question in ["moth", "lamp rain", "garden -key"] {
        let all = store.recall(ask(question).limit(1_000)).unwrap();
        assert!(all.len() > 50);
        for size in [1, 7, 100] {
            let mut pages = Vec::new();
            while pages.len() < all.len() {
                let page = store.recall(ask(question).offset(pages.len()).limit(size)).unwrap();
                assert!(!page.is_empty());
                pages.extend(page);
                if size == 1 && pages.len() > 20 {
                    break;
                }
            }
            assert_eq!(pages, all[..pages.len()]);
        }
        let beyond = store.recall(ask(question).offset(all.len()).limit(10)).unwrap();
        assert!(beyond.is_empty());
    }
}

#[test]
fn a_least_score_cuts_the_answer_where_it_falls_below() {
    let store = store();
    let all = store.recall(ask("moth lamp").limit(1_000)).unwrap();
    for place in [0, 10, all.len() / 2, all.len() - 1] {
        let least = all[place].score;
        let expected: Vec<_> = all.iter().filter(|hit| hit.score >= least).cloned().collect();
        let asked = ask("moth lamp").min_score(least);
        assert_eq!(store.recall(asked.clone().limit(1_000)).unwrap(), expected);
        assert_eq!(store.count_hits(asked.clone()).unwrap(), expected.len() as u64);
        let rest = store.recall(asked.offset(5).limit(1_000)).unwrap();
        assert_eq!(rest, expected[5.min(expected.len())..]);
    }
    assert!(store.recall(ask("moth").min_score(f64::INFINITY)).unwrap().is_empty());
}

#[test]
fn what_is_out_of_its_limits_is_refused() {
    let store = store();
    for asked in [
        ask("moth").limit(0),
        ask("moth").limit(1_001),
        ask("moth").offset(10_001),
        ask("moth").min_score(f64::NAN),
        ask("moth").entity(""),
    ] {
        assert_eq!(store.recall(asked).unwrap_err().kind(), "InvalidInput");
    }
}

#[test]
fn an_explanation_says_which_times_the_question_speaks_of() {
    let store = store();
    let asked = Recall::new("which moth came last May?").as_of("2023-06-15T10:30:00Z".parse().unwrap());
    let explained = store.explain(asked.clone()).unwrap();
    let may = |text: &str| text.parse::<mindkeep::Timestamp>().unwrap();
    assert_eq!(explained.times, [(may("2023-05-01T00:00:00Z"), may("2023-06-01T00:00:00Z"))]);
    let explained = store.explain(asked.tz("Europe/Berlin")).unwrap();
    assert_eq!(explained.times, [(may("2023-04-30T22:00:00Z"), may("2023-05-31T22:00:00Z"))]);
    assert!(store.explain(Recall::new("may I?")).unwrap().times.is_empty());
}

/// What a vector has to say reaches every memory that has one, and the first hits do not depend on how many are wanted.
#[test]
fn pages_are_pieces_with_vectors_too() {
    let store = Store::builder().open_in_memory().unwrap();
    let mut dice = Dice(seed());
    let words = ["moth", "lamp", "jar", "key", "rain", "garden", "shed", "roof"];
    let numbers =
        |dice: &mut Dice| -> Vec<f32> { (0..48).map(|_| dice.below(2_001) as f32 / 1_000.0 - 0.8).collect() };
    let memories: Vec<NewMemory> = (0..1_500)
        .map(|n| {
            let text: Vec<&str> = (0..1 + dice.below(12)).map(|_| *dice.pick(&words)).collect();
            let memory = NewMemory::new(text.join(" ")).thread(format!("thread {}", n / 9));
            memory.embedding(Embedding::f32("some", &numbers(&mut dice)))
        })
        .collect();
    store.remember_all(memories).unwrap();
    for question in ["moth", "lamp rain", "", "garden -key"] {
        let asked = ask(question).vector("some", &numbers(&mut dice));
        let all = store.recall(asked.clone().limit(1_000)).unwrap();
        assert!(all.len() > 250);
        // Behind those that all signals were asked of come the others, in an order of their own.
        let rises = all.windows(2).filter(|pair| pair[0].score < pair[1].score).count();
        assert!(rises <= 1);
        for size in [50, 90, 120, 170] {
            let mut pages = Vec::new();
            while pages.len() + size <= all.len() {
                pages.extend(store.recall(asked.clone().offset(pages.len()).limit(size)).unwrap());
            }
            assert!(pages == all[..pages.len()], "pages of {size} of \"{question}\"");
        }
        let counted = store.count_hits(asked.clone()).unwrap();
        let mut reached = all.len();
        while let more @ 1.. = store.recall(asked.clone().offset(reached).limit(1_000)).unwrap().len() {
            reached += more;
        }
        assert_eq!(counted, reached as u64, "{question}");
    }
    let collapsed = ask("moth").collapse_duplicates();
    assert_eq!(
        store.count_hits(collapsed.clone()).unwrap(),
        store.recall(collapsed.limit(1_000)).unwrap().len() as u64
    );
}
