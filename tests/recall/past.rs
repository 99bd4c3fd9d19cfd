//! Is what is recalled as of a moment what had happened, held and been told by then?

use std::collections::BTreeSet;
use std::fmt::Write;

use mindkeep::{Filter, Hit, Import, Kind, MemoryId, NewMemory, Recall, Store, Timestamp};

use crate::ask;
use crate::ground::{Dice, assert_sound, ms, seed, times};

const DAY: i64 = 86_400_000;

/// A memory of the plain model: what was told, in the order in which it was.
#[derive(Debug, Clone)]
struct Told {
    content: String,
    /// `None` is an event, which nothing supersedes.
    key: Option<u64>,
    at: i64,
    recorded: i64,
    tag: u64,
    forgotten: bool,
}

impl Told {
    fn line(&self) -> String {
        let Self { content, key, at, recorded, tag, .. } = self;
        let (at, recorded) = (ms(*at), ms(*recorded));
        let key = key.map_or(String::new(), |key| format!(r#""kind":"fact","key":"k{key}","#));
        format!(
            r#"{{"type":"memory","persona":"p",{key}"content":"{content}","at":"{at}","recorded_at":"{recorded}","tags":["t{tag}"]}}"#
        )
    }
}

/// What is there at a moment, by all that was told by another.
fn there(all: &[Told], as_of: i64, recorded_by: i64) -> impl Iterator<Item = &Told> {
    let known = move |told: &&Told| told.at <= as_of && told.recorded <= recorded_by;
    all.iter()
        .enumerate()
        .filter(move |(place, told)| {
            let followed = |key| {
                let links = all.iter().enumerate().filter(|(_, link)| link.key == Some(key) && known(link));
                links.max_by_key(|(place, link)| (link.at, *place)).is_some_and(|(last, _)| last != *place)
            };
            known(told) && !told.forgotten && !told.key.is_some_and(followed)
        })
        .map(|(_, told)| told)
}

fn contents(hits: &[Hit]) -> BTreeSet<&str> {
    hits.iter().map(|hit| hit.memory.content.as_str()).collect()
}

/// Facts in any order, of a few keys, and events between them.
#[test]
fn what_held_then_is_recalled_and_nothing_later() {
    for run in 0..times("PAST_RUNS", 12, 300) {
        let mut dice = Dice(seed() + run);
        let moment = |dice: &mut Dice| (dice.below(40) as i64 - 20) * DAY;
        let mut all: Vec<Told> = (0..60)
            .map(|number| Told {
                content: format!("word number{number}"),
                key: (dice.below(4) > 0).then(|| dice.below(6)),
                at: moment(&mut dice),
                recorded: moment(&mut dice),
                tag: dice.below(3),
                forgotten: false,
            })
            .collect();
        let store = Store::builder().open_in_memory().unwrap();
        let lines = all.iter().fold(String::new(), |mut lines, told| {
            writeln!(lines, "{}", told.line()).unwrap();
            lines
        });
        assert_eq!(store.import(lines.as_bytes(), Import::new()).unwrap().memories, 60);
        // An event that is forgotten is gone from all of the past.
        for (place, told) in all.iter_mut().enumerate() {
            if told.key.is_none() && dice.below(4) == 0 {
                let hits = store.recall(ask(format!("number{place}"))).unwrap();
                store.forget(&[hits[0].memory.id]).unwrap();
                told.forgotten = true;
            }
        }
        for _ in 0..60 {
            let as_of = (dice.below(3) > 0).then(|| moment(&mut dice));
            let recorded_by = (dice.below(2) > 0).then(|| moment(&mut dice));
            let tag = (dice.below(3) == 0).then(|| dice.below(3));
            let kind = (dice.below(4) == 0).then_some(Kind::FACT);
            let mut recall = ask("word").limit(100);
            recall = as_of.map_or(recall.clone(), |as_of| recall.as_of(ms(as_of)));
            recall = recorded_by.map_or(recall.clone(), |by| recall.recorded_by(ms(by)));
            recall = tag.map_or(recall.clone(), |tag| recall.tag(format!("t{tag}")));
            recall = kind.clone().map_or(recall.clone(), |kind| recall.kind(kind));
            let hits = store.recall(recall.clone()).unwrap();
            let expected: BTreeSet<&str> =
                there(&all, as_of.unwrap_or(i64::MAX), recorded_by.unwrap_or(i64::MAX))
                    .filter(|told| tag.is_none_or(|tag| told.tag == tag))
                    .filter(|told| kind.is_none() || told.key.is_some())
                    .map(|told| told.content.as_str())
                    .collect();
            assert_eq!(contents(&hits), expected, "as of {as_of:?}, recorded by {recorded_by:?}");
            assert_eq!(hits.len(), expected.len(), "each once");
            assert_eq!(store.count_hits(recall.clone()).unwrap(), hits.len() as u64);
            for pair in hits.windows(2) {
                assert!(pair[0].score >= pair[1].score, "best first");
            }
            // One of them alone is found by its own word, and counts as a rare one.
            if let Some(one) = hits.first() {
                let word = one.memory.content.split(' ').nth(1).unwrap();
                let mut alone = ask(word).limit(1);
                alone = as_of.map_or(alone.clone(), |as_of| alone.as_of(ms(as_of)));
                alone = recorded_by.map_or(alone.clone(), |by| alone.recorded_by(ms(by)));
                let alone = store.recall(alone).unwrap();
                assert_eq!((alone.len(), &alone[0].memory), (1, &one.memory));
                assert_eq!(alone[0].matches.len(), 1);
            }
        }
        // At the end of time it is the same as without a word of time, to the last figure of a score.
        let plain = store.recall(ask("word number7 number9").limit(100)).unwrap();
        let end = ask("word number7 number9").limit(100).as_of(Timestamp::MAX);
        assert_eq!(store.recall(end.recorded_by(Timestamp::MAX)).unwrap(), plain);
        assert_sound(&store);
    }
}

/// More than one segment's worth, in two personas.
#[test]
fn many_that_were_superseded_are_ranked_as_live_ones_are() {
    let store = Store::builder().open_in_memory().unwrap();
    let all = |when: i64| {
        (0..1_500).map(move |number| {
            let fact =
                NewMemory::new(format!("Fact{when} number{number} of {}.", "many ".repeat(number % 7)));
            fact.kind(Kind::FACT).key(format!("key{number}")).at(ms(when * DAY))
        })
    };
    for persona in ["a", "b"] {
        store.persona(persona).remember_all(all(1)).unwrap();
    }
    let before = store.recall(ask("many").limit(1_000)).unwrap();
    for persona in ["a", "b"] {
        store.persona(persona).remember_all(all(2)).unwrap();
    }
    let then = ask("many").limit(1_000).as_of(ms(DAY));
    let after = store.recall(then.clone()).unwrap();
    let ids = |hits: &[Hit]| hits.iter().map(|hit| hit.memory.id).collect::<Vec<MemoryId>>();
    assert_eq!(ids(&after), ids(&before), "the same order");
    assert_eq!(store.count_hits(then.clone()).unwrap(), store.count_hits(ask("many")).unwrap());
    let explained = store.explain(then).unwrap();
    let history = explained.steps.iter().find(|step| step.index == "memory_history").unwrap();
    assert_eq!((history.rows_at_most, history.personas), (3_000, 2));
}

#[test]
fn what_expires_and_what_is_bounded_stays_so() {
    let store = Store::builder().open_in_memory().unwrap();
    let fact = |text: &str, day: i64| NewMemory::new(text).kind(Kind::FACT).key("k").at(ms(day * DAY));
    store.remember(fact("old lamp", 1).expires_at(ms(3 * DAY))).unwrap();
    store.remember(fact("new lamp", 5)).unwrap();
    let found = |recall: Recall| store.recall(recall).unwrap().len();
    assert_eq!(found(ask("lamp").as_of(ms(2 * DAY))), 0, "it has expired by now");
    assert_eq!(found(ask("lamp").as_of(ms(5 * DAY))), 1);
    assert_eq!(found(ask("lamp").as_of(ms(5 * DAY - 1))), 0);
    // A filter that begins after the moment lets nothing through, and is no error.
    assert_eq!(found(ask("lamp").since(ms(6 * DAY)).as_of(ms(5 * DAY))), 0);
    let nobody =
        Filter { personas: mindkeep::PersonaScope::Named(vec!["nobody".into()]), ..Filter::default() };
    assert_eq!(found(ask("lamp").filter(nobody).as_of(ms(DAY))), 0);
}

#[test]
fn what_held_then_is_found_by_its_vector_alone() {
    let store = Store::builder().open_in_memory().unwrap();
    let told = |content: &str, at: &str, vector: [f32; 2]| {
        let fact = NewMemory::new(content).kind(Kind::FACT).key("home").at(at.parse().unwrap());
        store.remember(fact.embedding(mindkeep::Embedding::f32("some", &vector))).unwrap();
    };
    told("Lives in Seething Lane.", "1660-07-18T00:00:00Z", [1.0, 0.1]);
    told("Lives in York Buildings.", "1688-01-01T00:00:00Z", [0.9, 0.2]);
    for question in ["", "?", "the"] {
        let asked =
            Recall::new(question).vector("some", &[1.0, 0.0]).as_of("1666-01-01T00:00:00Z".parse().unwrap());
        let hits = store.recall(asked.clone()).unwrap();
        assert_eq!(
            hits.iter().map(|hit| &*hit.memory.content).collect::<Vec<_>>(),
            ["Lives in Seething Lane."]
        );
        assert_eq!(store.count_hits(asked).unwrap(), 1);
    }
}
