//! What if the graph may take no memory? Whatever is bounded is answered from rows, and is the same answer; whatever needs the
//! whole graph says which setting to raise.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;
mod web;

use ground::{Dice, seed, times};
use mindkeep::graph::{AnsweredFrom, Direction, Graph, NewRelation};
use mindkeep::{Error, Import, Store, Timestamp};
use web::{LABELS, RICH, Web, name};

const WAYS: [Direction; 3] = [Direction::Out, Direction::In, Direction::Both];

/// The same graph twice: with room for arrays, and without. Some of it is a persona's own.
fn twice(dice: &mut Dice) -> [Store; 2] {
    let web = Web::random(dice, 60, 150, RICH);
    let own = Web::random(dice, 20, 40, RICH);
    let lines = web.lines() + &own.lines().replace("{\"type\"", "{\"persona\":\"ada\",\"type\"");
    let aliases = concat!(
        "{\"type\":\"entity\",\"name\":\"entity 3\",\"aliases\":[\"one\",\"two\"]}\n",
        "{\"type\":\"entity\",\"name\":\"entity 4\",\"aliases\":[\"two\",\"entity 5\"]}\n",
        "{\"type\":\"entity\",\"persona\":\"ada\",\"name\":\"entity 6\",\"aliases\":[\"two\"]}\n",
    );
    [Store::builder(), Store::builder().graph_kib(0)].map(|builder| {
        let store = builder.open_in_memory().unwrap();
        store.import((lines.clone() + aliases).as_bytes(), Import::new()).unwrap();
        store
    })
}

fn graphs(stores: &[Store; 2], own: bool) -> [Graph; 2] {
    [0, 1].map(|i| if own { stores[i].persona("ada").graph() } else { stores[i].graph() })
}

#[test]
fn what_is_bounded_is_answered_from_rows_the_same() {
    for round in 0..times("ROUNDS", 6, 60) {
        let mut dice = Dice(seed() + 500 + round);
        let stores = twice(&mut dice);
        let graphs = graphs(&stores, round % 2 == 1);
        let names: Vec<String> =
            (0..62).map(name).chain(["one", "two", "nobody"].map(str::to_owned)).collect();
        for name in &names {
            let [arrays, rows] = graphs.each_ref().map(|graph| graph.entity(name));
            if let Ok(rows) = &rows {
                assert_eq!(rows.answered_from, AnsweredFrom::Rows);
            }
            let [arrays, rows] = [arrays, rows].map(|details| {
                details.map(|mut details| {
                    details.answered_from = AnsweredFrom::Arrays;
                    details
                })
            });
            assert_eq!(arrays, rows, "{name}");
        }
        for step in 0..60 {
            let (from, to) = (dice.pick(&names).clone(), dice.pick(&names).clone());
            let (way, depth) = (*dice.pick(&WAYS), dice.below(5) as u32);
            let limit = if dice.below(2) == 0 { 1_000 } else { 1 + dice.below(30) as usize };
            let (condition, label, at) = (dice.below(4), *dice.pick(&LABELS), dice.below(100) as i64);
            macro_rules! conditions {
                ($asked:expr) => {
                    match condition {
                        0 => $asked.label(label),
                        1 => $asked.weight_min(1.0).label(label).label("no such label"),
                        2 => $asked.at(Timestamp::from_millis(at).unwrap()),
                        _ => $asked,
                    }
                };
            }
            let near = graphs.each_ref().map(|graph| {
                let asked = graph.neighborhood(&from).depth(depth).direction(way).limit(limit);
                let near = conditions!(asked).run()?;
                assert_eq!(near.answered_from() == AnsweredFrom::Rows, std::ptr::eq(graph, &graphs[1]));
                Ok::<_, Error>((near.root().to_owned(), format!("{near:?}"), near.relations()))
            });
            assert_eq!(near[0], near[1], "round {round}, step {step}");
            let parts = graphs.each_ref().map(|graph| {
                let asked = graph.subgraph([&from, &to]).depth(depth.min(2)).direction(way).limit(limit);
                let mut part = mindkeep::graph::Subgraph::clone(&*conditions!(asked).run()?);
                part.answered_from = AnsweredFrom::Arrays;
                part.entities.iter_mut().for_each(|entity| entity.answered_from = AnsweredFrom::Arrays);
                Ok::<_, Error>(part)
            });
            assert_eq!(parts[0], parts[1], "round {round}, step {step}");
            // Of several shortest ways any may be told.
            let paths =
                graphs.each_ref().map(|graph| {
                    let path = conditions!(graph.path(&from, &to).direction(way)).run()?;
                    Ok::<_, Error>(path.map(|path| {
                        (path.hops(), path.cost, path.names[0].clone(), path.names.last().cloned())
                    }))
                });
            assert_eq!(paths[0], paths[1], "round {round}, step {step}");
        }
        assert_eq!(stores[0].stats().unwrap().graph_from_rows, 0);
        assert!(stores[0].stats().unwrap().graph_bytes > 0);
        assert!(stores[1].stats().unwrap().graph_from_rows > 100);
        assert_eq!(stores[1].stats().unwrap().graph_bytes, 0);
    }
}

#[test]
fn what_needs_the_whole_graph_names_the_setting() {
    let stores = twice(&mut Dice(seed()));
    let graph = stores[1].graph();
    let refused = [
        graph.rank().run().err(),
        graph.communities().run().err(),
        graph.read().err(),
        graph.len().err(),
        graph.entities().run().err(),
        graph.path("entity 1", "entity 2").by_weight().run().err(),
        graph.path("entity 1", "entity 2").shortest(3).err(),
        graph.spread(["entity 1"]).run().err(),
        graph.related("entity 1").run().err(),
    ];
    for refused in refused {
        let Some(Error::GraphTooLarge { needed_kib, graph_kib: 0 }) = refused else { panic!("{refused:?}") };
        assert!((1..1_000).contains(&needed_kib));
    }
    let said = graph.len().unwrap_err();
    assert!(said.to_string().contains("graph_kib") && said.hint().contains("graph_kib"));
}

#[test]
fn what_is_too_large_is_not_stored_and_what_is_stored_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memories.db");
    let web = Web::random(&mut Dice(seed() + 1), 300, 1_200, RICH);
    let store = Store::open(&path).unwrap();
    web::import(&store, &web.lines());
    store.rebuild().unwrap();
    store.maintain(mindkeep::Budget::all()).unwrap();
    drop(store);
    let small = || Store::builder().graph_kib(16).open(&path).unwrap();
    let store = small();
    let near = store.graph().neighborhood("entity 1").depth(2).run().unwrap();
    assert_eq!(near.answered_from(), AnsweredFrom::Rows);
    assert!(matches!(store.graph().rank().run(), Err(Error::GraphTooLarge { .. })));
    ground::assert_sound(&store);
    store.rebuild().unwrap();
    assert!(store.maintain(mindkeep::Budget::all()).unwrap().is_done());
    drop(store);
    let stored: i64 =
        ground::raw(&path).query_row("SELECT count(*) FROM graph_chunk", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, 0);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.graph().relations().unwrap(), web.edges.len());
}

/// Writes to both stores, and lets both say the same of some of it. Whether the second one answered from its arrays.
fn both_say_the_same(stores: &[Store; 2], dice: &mut Dice) -> bool {
    let (from, to) = (name(dice.below(40) as usize), name(dice.below(40) as usize));
    let said = stores.each_ref().map(|store| {
        let graph = store.graph();
        let near = graph.neighborhood(&from).depth(2).direction(Direction::Both).run()?;
        let path = graph.path(&from, &to).run()?.map(|path| (path.hops(), path.cost));
        let details =
            graph.entity(&to).map(|details| (details.label, details.aliases, details.relations_in))?;
        Ok::<_, Error>((format!("{near:?} {} {path:?} {details:?}", near.relations()), near.answered_from()))
    });
    let stats = stores[1].stats().unwrap();
    assert!(stats.graph_bytes <= u64::from(stores[1].config().graph_kib) << 10, "{}", stats.graph_bytes);
    match said {
        [Ok((wanted, AnsweredFrom::Arrays)), Ok((found, from))] => {
            assert_eq!(wanted, found);
            assert_eq!(from == AnsweredFrom::Arrays, stats.graph_bytes > 0);
            from == AnsweredFrom::Arrays
        }
        [Err(wanted), Err(found)] => {
            assert_eq!(wanted, found);
            stats.graph_bytes > 0
        }
        said => panic!("{said:?}"),
    }
}

/// What grows, one after the other: relations that are told one by one, many in one commit between few entities, entities whose
/// names and aliases are long.
const GROWTHS: [fn(&Graph, &mut Dice, u64); 3] = [
    |graph, dice, step| {
        let (from, to) = (name(dice.below(40) as usize), name(dice.below(40) as usize));
        let weight = 1.0 + step as f64;
        graph.relate(from, *dice.pick(&LABELS), to).weight(weight).create_ends().save().unwrap();
    },
    |graph, _, step| {
        let ties = (0..300).map(|i| {
            let from = Timestamp::from_millis((step * 300 + i) as i64).unwrap();
            NewRelation::new(name(i as usize % 3), "met", name(i as usize % 5)).valid_from(from)
        });
        graph.add_all(ties).create_ends().save().unwrap();
    },
    |graph, dice, step| {
        let aliases = (0..3).map(|i| format!("{step} {i} {}", "x".repeat(200)));
        let entity = graph.add_entity(name(dice.below(40) as usize)).label("person");
        aliases.fold(entity, |entity, alias| entity.alias(alias)).save().unwrap();
    },
];

#[test]
fn a_graph_that_outgrows_its_memory_is_let_go_and_answered_from_rows() {
    for (sort, grow) in GROWTHS.iter().enumerate() {
        let stores = [Store::builder(), Store::builder().graph_kib(24)].map(|builder| {
            let store = builder.open_in_memory().unwrap();
            web::import(&store, &Web::random(&mut Dice(seed()), 40, 20, RICH).lines());
            store
        });
        let mut dice = Dice(seed() + 3);
        let mut from_arrays = Vec::new();
        for step in 0..times("STEPS", 500, 1_500) / [1, 25, 2][sort] {
            let chance = dice.roll();
            stores.iter().for_each(|store| grow(&store.graph(), &mut Dice(chance), step));
            from_arrays.push(both_say_the_same(&stores, &mut dice));
        }
        // First from arrays, and from some step on from rows, for good.
        let until = from_arrays.iter().take_while(|from_arrays| **from_arrays).count();
        assert!(
            until > 0 && until + 5 < from_arrays.len(),
            "growth {sort}: {until} of {}",
            from_arrays.len()
        );
        assert!(from_arrays[until..].iter().all(|from_arrays| !from_arrays));
        let stats = stores[1].stats().unwrap();
        assert_eq!(stats.graph_bytes, 0);
        assert!(stats.graph_from_rows as usize >= from_arrays.len() - until);
        let refused = stores[1].graph().rank().run().err();
        assert!(
            matches!(refused, Some(Error::GraphTooLarge { graph_kib: 24, needed_kib }) if needed_kib > 24)
        );
    }
}

/// It was asked while there was nothing, of which arrays take nearly nothing; these were kept and brought forward.
#[test]
fn where_no_memory_may_be_taken_nothing_is_kept_from_the_beginning() {
    let stores =
        [Store::builder(), Store::builder().graph_kib(0)].map(|builder| builder.open_in_memory().unwrap());
    assert_eq!(stores.each_ref().map(|store| store.graph().len()), [Ok(0), Ok(0)]);
    assert_eq!(stores[1].stats().unwrap().graph_bytes, 0);
    let mut dice = Dice(seed() + 4);
    for step in 0..40 {
        let chance = dice.roll();
        stores.iter().for_each(|store| GROWTHS[0](&store.graph(), &mut Dice(chance), step));
        assert!(!both_say_the_same(&stores, &mut dice));
    }
    assert!(stores[1].stats().unwrap().graph_from_rows > 40);
}
