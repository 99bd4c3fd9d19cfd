//! What may a filter ask for?
//!
//! Anything: timelines, counts and recalls give what a plain walk over all memories gives, or all refuse. Conditions on
//! metadata mean the same whether their paths are declared or not.

use mindkeep::{Filter, Forget, Kind, Memory, PersonaScope, Recall, Store, Timeline, Timestamp, Where};

use super::assert_refusal;
use super::shelf::{all, shelf};

/// Each line is a condition: a word, a space, and its value. `page` is how many memories a page has, `sort` and `down` say
/// by which path and which way they are sorted.
pub fn filter(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (filter, page) = read(&text);
    if let Some(condition) = &filter.matching {
        assert_eq!(Where::parse(&condition.to_json()).as_ref(), Ok(condition), "a condition travels as JSON");
    }
    for store in [&shelf().store, &shelf().declared] {
        ask(store, filter.clone(), page);
    }
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("sort ") {
            sort(&filter, Timeline::new().sort_by(path).limit(page));
        } else if let Some(path) = line.strip_prefix("down ") {
            sort(&filter, Timeline::new().sort_by(path).descending().limit(page));
        }
    }
}

fn ask(store: &Store, filter: Filter, page: usize) {
    let question = Timeline::new().filter(filter.clone()).limit(page);
    if let Err(error) = store.explain(question.clone()) {
        assert_refusal(&error);
    }

    let count = match store.count(&filter) {
        Ok(count) => count,
        Err(error) => {
            assert_refusal(&error);
            assert_refusal(&store.timeline(question).expect_err("refused alike"));
            assert_refusal(&store.recall(Recall::new("fire").filter(filter)).expect_err("refused alike"));
            return;
        }
    };
    // What the metadata has to meet is asked where nothing is declared: there it is read from each memory.
    let plain = shelf().store.count(&filter).expect("counts");
    assert_eq!(count, plain, "declared paths change no answer");
    let matching = Filter { matching: filter.matching.clone(), ..Filter::default() };
    let matching =
        shelf().store.timeline(Timeline::new().filter(matching).limit(1_000)).expect("lists").memories;
    let all = all(store);
    let expected = all.iter().filter(|memory| matching.contains(memory) && meets(&filter, memory));
    let expected: Vec<&Memory> = expected.collect();
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
    assert!(hits.iter().all(|hit| expected.contains(&&hit.memory)), "recall");
    match store.forget_matching(Forget::new().filter(filter).dry_run()) {
        Ok(forgotten) => assert_eq!(forgotten.count, count, "forget"),
        Err(error) => assert_refusal(&error),
    }
}

/// Sorted pages have each memory once that meets the filter and has a value there, where the path may be sorted by.
fn sort(filter: &Filter, question: Timeline) {
    let mut walked: Vec<Memory> = Vec::new();
    for memory in shelf().declared.iterate(question.filter(filter.clone())) {
        match memory {
            Ok(memory) => walked.push(memory),
            Err(error) => {
                assert!(walked.is_empty(), "a walk that began is not refused");
                return assert_refusal(&error);
            }
        }
    }
    let whole =
        shelf().declared.timeline(Timeline::new().filter(filter.clone()).limit(1_000)).expect("lists");
    assert!(walked.iter().all(|memory| whole.memories.contains(memory)), "what is sorted meets the filter");
    let mut ids: Vec<_> = walked.iter().map(|memory| memory.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), walked.len(), "each comes once");
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
            "where" => match Where::parse(value) {
                Ok(condition) => filter.matching = Some(condition),
                Err(error) => assert_refusal(&error),
            },
            "page" => page = value.parse().unwrap_or(page),
            _ => {}
        }
    }
    (filter, page)
}

/// The filter's meaning, word by word, but for metadata.
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
