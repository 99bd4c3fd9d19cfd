//! What may a filter ask for?
//!
//! Anything: timelines, counts and recalls give what a plain walk over all memories gives, or all refuse.

use mindkeep::{Filter, Forget, Kind, Memory, PersonaScope, Recall, Timeline, Timestamp};

use super::assert_refusal;
use super::shelf::shelf;

/// Each line is a condition: a word, a space, and its value. `page` is how many memories a page has.
pub fn filter(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (filter, page) = read(&text);
    let store = &shelf().store;
    let question = Timeline::new().filter(filter.clone()).limit(page);

    let count = match store.count(&filter) {
        Ok(count) => count,
        Err(error) => {
            assert_refusal(&error);
            assert_refusal(&store.timeline(question).expect_err("refused alike"));
            assert_refusal(&store.recall(Recall::new("fire").filter(filter)).expect_err("refused alike"));
            return;
        }
    };
    let expected: Vec<&Memory> = shelf().memories.iter().filter(|memory| meets(&filter, memory)).collect();
    assert_eq!(count, expected.len() as u64, "count");

    if let Err(error) = store.timeline(question.clone()) {
        assert_refusal(&error);
        assert!(!(1..=1_000).contains(&page), "{error}");
        return;
    }
    let walk = |question: Timeline| -> Vec<Memory> {
        store.iterate(question).collect::<mindkeep::Result<_>>().expect("lists")
    };
    assert!(walk(question.clone()).iter().eq(expected.iter().copied()), "newest first");
    assert!(walk(question.oldest_first()).iter().eq(expected.iter().rev().copied()), "oldest first");

    let sum = |counts: &[u64]| counts.iter().sum::<u64>();
    let by_persona: Vec<u64> =
        store.count_by_persona(&filter).expect("counts").into_iter().map(|c| c.1).collect();
    let by_kind: Vec<u64> = store.count_by_kind(&filter).expect("counts").into_iter().map(|c| c.1).collect();
    let by_month: Vec<u64> =
        store.count_by_month(&filter, "UTC").expect("counts").into_iter().map(|c| c.1).collect();
    assert_eq!([sum(&by_persona), sum(&by_kind), sum(&by_month)], [count; 3]);

    let hits =
        store.recall(Recall::new("fire key note").filter(filter.clone()).limit(1_000)).expect("recalls");
    assert!(hits.iter().all(|hit| meets(&filter, &hit.memory)), "recall");
    match store.forget_matching(Forget::new().filter(filter).dry_run()) {
        Ok(forgotten) => assert_eq!(forgotten.count, count, "forget"),
        Err(error) => assert_refusal(&error),
    }
}

fn read(text: &str) -> (Filter, usize) {
    let mut filter = Filter::default();
    let mut page = 10;
    let time = |value: &str| value.parse().ok().and_then(|ms| Timestamp::from_millis(ms).ok());
    for line in text.lines() {
        let (word, value) = line.split_once(' ').unwrap_or((line, ""));
        let own = value.to_owned();
        match word {
            "persona" => match &mut filter.personas {
                PersonaScope::Named(names) => names.push(own),
                scope => *scope = PersonaScope::Named(vec![own]),
            },
            "prefix" => filter.personas = PersonaScope::Prefix(own),
            "nobody" => filter.personas = PersonaScope::Named(Vec::new()),
            "kind" => filter.kinds.push(Kind::new(own)),
            "thread" => filter.thread = Some(own),
            "tag" => filter.tags.push(own),
            "source" => filter.source = Some(own),
            "key" => filter.key = Some(own),
            "since" => filter.since = time(value).or(filter.since),
            "until" => filter.until = time(value).or(filter.until),
            "importance" => filter.min_importance = value.parse().ok().or(filter.min_importance),
            "page" => page = value.parse().unwrap_or(page),
            _ => {}
        }
    }
    (filter, page)
}

/// The filter's meaning, word by word.
fn meets(filter: &Filter, memory: &Memory) -> bool {
    let persona = memory.persona.as_str();
    let whose = match &filter.personas {
        PersonaScope::All => true,
        PersonaScope::Named(names) => names.iter().any(|name| name == persona),
        PersonaScope::Prefix(prefix) => {
            persona.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
    };
    let same = |asked: &Option<String>, has: &Option<String>| asked.is_none() || asked == has;
    whose
        && (filter.kinds.is_empty() || filter.kinds.contains(&memory.kind))
        && filter.tags.iter().all(|tag| memory.tags.contains(tag))
        && same(&filter.thread, &memory.thread)
        && same(&filter.source, &memory.source)
        && same(&filter.key, &memory.key)
        && filter.since.is_none_or(|since| memory.at >= since)
        && filter.until.is_none_or(|until| memory.at < until)
        && filter.min_importance.is_none_or(|least| memory.importance >= least)
}
