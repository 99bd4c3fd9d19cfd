//! Does the graph speak, as of a moment, by nothing but what held then?

use std::collections::BTreeMap;

use mindkeep::{Kind, NewMemory, Persona, Store};

use crate::ask;
use crate::ground::{Dice, assert_sound, ms, seed, times};

const DAY: i64 = 86_400_000;
const NAMES: [&str; 6] = ["Alba", "Bruno", "Celia", "Dario", "Elena", "Fabio"];

/// A relation of the plain model: by the places of its ends, in days.
struct Related {
    from: usize,
    to: usize,
    weight: f64,
    since: Option<i64>,
    until: Option<i64>,
}

/// A memory: which entities it names, on which day, and its key if it is a fact.
struct Told {
    names: Vec<usize>,
    day: i64,
    key: Option<u64>,
}

/// The memories that are there on a day, by their numbers: of facts with the same key the last one.
fn there(all: &[Told], day: i64) -> Vec<usize> {
    let is_last = |place: usize, told: &Told| {
        let later = |(other, one): (usize, &Told)| {
            one.key == told.key && one.day <= day && (one.day, other) > (told.day, place)
        };
        told.key.is_none() || !all.iter().enumerate().any(later)
    };
    let known = all.iter().enumerate().filter(|(place, told)| told.day <= day && is_last(*place, told));
    known.map(|(place, _)| place).collect()
}

/// How active each entity is, where one is named and half of what it has is shared by weight among those it is related to.
fn activation(related: &[&Related], named: usize) -> BTreeMap<usize, f64> {
    let mut ends: Vec<(usize, f64)> = Vec::new();
    for one in related {
        ends.extend((one.from == named).then_some((one.to, one.weight)));
        ends.extend((one.to == named).then_some((one.from, one.weight)));
    }
    let sum: f64 = ends.iter().map(|(_, weight)| weight).sum();
    let mut active = BTreeMap::new();
    for (end, weight) in ends {
        *active.entry(end).or_insert(0.0) += 0.5 * weight / sum;
    }
    active.insert(named, 1.0);
    active
}

fn relate(persona: &Persona, number: usize, one: &Related) {
    let graph = persona.graph();
    let mut relation =
        graph.relate(NAMES[one.from], format!("label{number}"), NAMES[one.to]).weight(one.weight);
    if let Some(since) = one.since {
        relation = relation.valid_from(ms(since * DAY));
    }
    relation.valid_to(one.until.map(|until| ms(until * DAY))).save().unwrap();
}

#[test]
fn the_graph_speaks_by_what_held_then() {
    let (mut by_relation, mut by_history, mut silent) = (0, 0, 0);
    for run in 0..times("GRAPH_RUNS", 15, 400) {
        let mut dice = Dice(seed() + run);
        let store = Store::builder().open_in_memory().unwrap();
        let persona = store.persona("p");
        for name in NAMES {
            persona.graph().add_entity(name).save().unwrap();
        }
        let related: Vec<Related> = (0..dice.below(14))
            .map(|_| {
                let day = dice.below(20) as i64;
                Related {
                    from: dice.below(6) as usize,
                    to: dice.below(6) as usize,
                    weight: 1.0 + dice.below(4) as f64,
                    since: (dice.below(2) == 0).then_some(day),
                    until: (dice.below(2) == 0).then_some(day + 1 + dice.below(10) as i64),
                }
            })
            .collect();
        related.iter().enumerate().for_each(|(number, one)| relate(&persona, number, one));
        let told: Vec<Told> = (0..15)
            .map(|_| Told {
                names: (0..6).filter(|_| dice.below(4) == 0).collect(),
                day: dice.below(30) as i64,
                key: (dice.below(2) == 0).then(|| dice.below(3)),
            })
            .collect();
        for (number, one) in told.iter().enumerate() {
            let names: Vec<&str> = one.names.iter().map(|&name| NAMES[name]).collect();
            let memory =
                NewMemory::new(format!("word number{number}: {}", names.join(" and "))).at(ms(one.day * DAY));
            let fact = |key| memory.clone().kind(Kind::FACT).key(format!("k{key}"));
            persona.remember(one.key.map_or(memory.clone(), fact)).unwrap();
        }
        for _ in 0..12 {
            let (day, named) = (dice.below(32) as i64, dice.below(6) as usize);
            let question = ask(format!("word of {}", NAMES[named])).as_of(ms(day * DAY)).limit(100);
            let there = there(&told, day);
            // Only what a memory mentions that answers it is looked for in the question.
            let is_known = there.iter().any(|&place| told[place].names.contains(&named));
            let held = |one: &&Related| {
                one.since.is_none_or(|since| since <= day) && one.until.is_none_or(|until| day < until)
            };
            let held: Vec<&Related> = related.iter().filter(held).collect();
            let active = if is_known { activation(&held, named) } else { BTreeMap::new() };
            let hits = persona.recall(question).unwrap();
            assert_eq!(hits.len(), there.len(), "run {run}, day {day}");
            for hit in &hits {
                let number = hit.memory.content.split(['r', ':']).nth(2).unwrap().parse::<usize>().unwrap();
                let expected = told[number].names.iter().filter_map(|name| active.get(name)).copied();
                let expected = expected.fold(0.0, f64::max);
                let signal = hit.signals.iter().find(|signal| signal.name == "graph");
                let raw = signal.map_or(0.0, |signal| signal.raw);
                assert!(
                    (raw - expected).abs() < 1e-12,
                    "run {run}, day {day}: {raw}, {expected} for {number}"
                );
                by_relation += usize::from(expected > 0.0 && expected < 1.0 && held.len() < related.len());
                by_history += usize::from(expected > 0.0 && hit.memory.superseded_at.is_some());
                silent += usize::from(expected == 0.0);
            }
        }
        assert_sound(&store);
    }
    assert!(by_relation > 50 && by_history > 20 && silent > 50, "{by_relation}, {by_history}, {silent}");
}
