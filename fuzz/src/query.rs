//! What may a question say?
//!
//! Anything, of texts that say anything: no error but for a limit, hits that can be highlighted, and the best first.

use mindkeep::{NewMemory, Recall, Store, limits};

use super::assert_refusal;
use super::shelf::{TEXTS, shelf};

/// The first two bytes say how to ask, the rest up to a NUL is the question, and what follows, up to each NUL, is a memory.
pub fn query(data: &[u8]) {
    let [how, limit, data @ ..] = data else { return };
    let mut texts = data.split(|&byte| byte == 0).map(String::from_utf8_lossy);
    let question = texts.next().unwrap_or_default();

    let mut recall = Recall::new(question.clone()).limit(usize::from(*limit) * 5);
    if how & 1 != 0 {
        recall = recall.all_words();
    }
    match how >> 1 & 3 {
        0 => {}
        1 => recall = recall.persona("ada").persona("acme"),
        2 => recall = recall.persona_prefix("acme"),
        _ => recall = recall.min_importance(0.45).tag("fire"),
    }
    ask(&shelf().store, &recall, &question, *limit);

    let own = Store::builder().open_in_memory().expect("opens in memory");
    let own_texts: Vec<_> = texts.filter(|text| !text.trim().is_empty()).take(8).collect();
    if own_texts.is_empty() {
        return;
    }
    // The question itself is a text that has all of its words.
    let texts = own_texts.iter().map(AsRef::as_ref).chain([TEXTS[0]]);
    let kept = own.remember_all(texts.map(|text| NewMemory::new(text).persona("ada").tag("fire")));
    assert_eq!(kept.expect("keeps").rejected_count, 0);
    ask(&own, &recall, &question, *limit);
}

fn ask(store: &Store, recall: &Recall, question: &str, limit: u8) {
    let hits = match store.recall(recall.clone()) {
        Ok(hits) => hits,
        Err(error) => {
            assert_refusal(&error);
            let fits = (1..=200).contains(&limit) && question.len() <= limits::QUESTION_BYTES_MAX;
            assert!(!fits, "a question within its limits was refused: {error}");
            return;
        }
    };
    assert!(hits.len() <= usize::from(limit) * 5);
    assert!(hits.is_sorted_by(|a, b| a.score >= b.score), "the best come first");
    for hit in &hits {
        assert!(hit.score.is_finite());
        assert_eq!(hit.signals.iter().map(|signal| signal.value).sum::<f64>(), hit.score);
        let mut end = 0;
        for &(from, to) in &hit.matches {
            assert!(end <= from && from < to, "matches are in order and do not overlap");
            assert!(hit.memory.content.get(from..to).is_some(), "matches lie between characters");
            end = to;
        }
        assert_eq!(store.get(hit.memory.id).as_ref(), Ok(&hit.memory));
    }
}
