//! Is an answer from memory ever another one than the graph would give now? Stores that keep answers are told and asked the
//! same as stores that keep none.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;
mod web;

use std::time::Duration;

use ground::{Dice, ms, seed, times};
use mindkeep::graph::{CacheCounts, Direction, Graph, PatternSearch, Rule};
use mindkeep::{NewMemory, Store};
use web::{Edge, LABELS, PLAIN, RICH, SIGNED, Web, import, line, name};

fn cache(store: &Store) -> CacheCounts {
    store.stats().unwrap().graph_cache
}

const DIRECTIONS: [Direction; 3] = [Direction::Out, Direction::In, Direction::Both];

/// A question by chance, which can be asked again and of another graph, and what it was told.
struct Question {
    sort: u64,
    names: [String; 3],
    direction: Direction,
    depth: u32,
    label: Option<&'static str>,
    at: Option<i64>,
    least: Option<f64>,
    limit: usize,
    choice: u64,
}

macro_rules! with {
    ($search:expr, $question:expr) => {{
        let mut search = $search;
        if let Some(at) = $question.at {
            search = search.at(ms(at));
        }
        if let Some(least) = $question.least {
            search = search.weight_min(least);
        }
        search
    }};
}

impl Question {
    fn chance(dice: &mut Dice, nodes: usize) -> Self {
        // Some names are not there yet, some are other names.
        let name = |dice: &mut Dice| match dice.below(8) {
            0 => format!("alias {}", dice.below(4)),
            1 => name(nodes + dice.below(6) as usize),
            _ => name(dice.below(nodes as u64) as usize),
        };
        Self {
            sort: dice.below(11),
            names: [name(dice), name(dice), name(dice)],
            direction: *dice.pick(&DIRECTIONS),
            depth: 1 + dice.below(3) as u32,
            label: (dice.below(3) == 0).then(|| *dice.pick(&["met", "married", "new", "unheard of"])),
            at: (dice.below(4) == 0).then(|| dice.below(110) as i64),
            least: (dice.below(4) == 0).then(|| *dice.pick(&[0.0, 0.5, 2.0])),
            limit: *dice.pick(&[3, 40, 100_000]),
            choice: dice.below(6),
        }
    }

    fn step<'g>(&self, search: PatternSearch<'g>) -> PatternSearch<'g> {
        let search = match self.label {
            Some(label) => search.relation(label),
            None => search.any_relation(),
        };
        search.direction(self.direction)
    }

    /// Asks; errors are answers, too.
    fn ask(&self, graph: &Graph) -> String {
        let Self { names: [a, b, c], direction, depth, limit, choice, .. } = self;
        let path = || {
            let path = with!(graph.path(a, b).direction(*direction), self);
            let path = if let Some(label) = self.label { path.label(label) } else { path };
            match choice % 3 {
                0 => path,
                1 => path.by_weight(),
                _ => path.by_strength(),
            }
        };
        match self.sort {
            0 | 1 => {
                let near =
                    with!(graph.neighborhood(a).depth(*depth).direction(*direction).limit(*limit), self);
                let near = if let Some(label) = self.label { near.label(label) } else { near };
                near.run().map(|near| (format!("{near:?}"), near.relations(), near.paths().count())).show()
            }
            2 => with!(graph.subgraph([a, b, c]).depth(depth - 1).direction(*direction).limit(*limit), self)
                .run()
                .show(),
            3 => path().run().show(),
            4 => path().shortest(3).show(),
            5 => path().all(3, 50).show(),
            6 => {
                let spread = with!(graph.spread([a, b]).depth(*depth).direction(*direction), self);
                let spread = if choice % 2 == 0 { spread } else { spread.unweighted().decay(0.8) };
                spread.limit(*limit).run().show()
            }
            7 => {
                let related = graph.related(a).limit(*limit);
                let related = match choice {
                    0 => related.common_neighbors(),
                    1 => related.jaccard(),
                    2 => related.resource_allocation(),
                    3 => related.with_linked(),
                    _ => related,
                };
                related.run().show()
            }
            8 => {
                let search = graph.pattern().limit((*limit).min(500));
                let search = match choice {
                    0 => self.step(search.named(a)).labelled("sort 1"),
                    1 => self.step(search.labelled("sort 1")).named(a),
                    2 => self.step(search.named(a)).relation("met"),
                    3 => self.step(search.named(a).labelled("sort 1")),
                    4 => self.step(search.labelled("sort 2")).relation("met"),
                    _ => self.step(search.any_relation()).named(b),
                };
                with!(search, self).run().show()
            }
            9 => {
                let rank = graph.rank().limit(*limit);
                let rank = match choice {
                    0 => rank.degree().direction(*direction),
                    1 => rank.clustering(),
                    2 => rank.harmonic().exact_up_to(20, 3),
                    3 => rank.betweenness().exact_up_to(20, 3),
                    4 => rank.seen_from([a, b]),
                    _ => rank.iterations(10),
                };
                rank.run().show()
            }
            _ => {
                let parts = graph.communities().seed(*choice);
                let parts = match choice {
                    0 => parts.connected(),
                    1 => parts.strongly_connected(),
                    2 => parts.label_propagation(),
                    3 => parts.unweighted(),
                    _ => parts,
                };
                parts.run().map(|parts| (format!("{parts:?}"), parts.modularity())).show()
            }
        }
    }
}

trait Show {
    fn show(&self) -> String;
}

impl<T: std::fmt::Debug, E: std::fmt::Debug> Show for Result<T, E> {
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

/// A relation at the rim of the graph or anywhere, a new entity, new names, something removed, merged, or not of the graph.
fn write(dice: &mut Dice, nodes: &mut usize, weights: &'static [f64], stores: &[&Store]) {
    let (a, b) = (name(dice.below(*nodes as u64) as usize), name(dice.below(*nodes as u64) as usize));
    let (what, sort, weight) = (dice.below(40), dice.below(4), *dice.pick(weights));
    let label = *dice.pick(&["met", "married", "new"]);
    if what == 0 {
        *nodes += 1;
    }
    for store in stores {
        let graph = store.graph();
        match what {
            0 => drop(graph.add_entity(name(*nodes - 1)).label("sort 1").save()),
            1 | 2 => drop(graph.add_entity(&*a).label(format!("sort {sort}")).save()),
            3 => drop(graph.add_entity(&*a).alias(format!("alias {sort}")).save()),
            4 => drop(graph.merge(&a, &b).run()),
            5 => drop(graph.rename(&a, &format!("renamed {b}")).run()),
            6 => drop(graph.remove_entity(&a)),
            7..12 => drop(graph.remove_relation(&a, label, &b).run()),
            12..18 => drop(store.remember(NewMemory::new("Nothing about the graph.")).unwrap()),
            _ => drop(graph.relate(&*a, label, &*b).weight(weight).save()),
        }
    }
}

#[test]
fn an_answer_from_memory_is_the_one_that_the_graph_gives() {
    let mut dice = Dice(seed() + 70);
    let mut all = CacheCounts::default();
    for round in 0..times("ROUNDS", 4, 60) {
        let sort = if round % 3 == 2 { SIGNED } else { RICH };
        let mut nodes = 30 + dice.below(200) as usize;
        let web = Web::random(&mut dice, nodes, nodes * 6, sort);
        // Few bytes make answers go, all the time.
        let kib = if round % 2 == 0 { 16 << 10 } else { 20 };
        let folder = tempfile::tempdir().unwrap();
        let keeping = Store::builder().graph_cache_kib(kib).open(folder.path().join("memories.db")).unwrap();
        let plain = Store::builder().graph_cache_kib(0).open_in_memory().unwrap();
        import(&keeping, &web.lines());
        import(&plain, &web.lines());
        let questions: Vec<Question> = (0..25).map(|_| Question::chance(&mut dice, nodes)).collect();
        let (kept, anew) = (keeping.graph(), plain.graph());
        let mut pinned: Vec<(Graph, usize, String)> = Vec::new();
        for step in 0..250 {
            for _ in 0..dice.below(4) {
                let question = dice.pick(&questions);
                let (found, wanted) = (question.ask(&kept), question.ask(&anew));
                assert_eq!(found, wanted, "round {round}, step {step}, sort {}", question.sort);
            }
            match dice.below(12) {
                0 => {
                    let place = dice.below(questions.len() as u64) as usize;
                    let read = kept.read().unwrap();
                    let found = questions[place].ask(&read);
                    pinned.push((read, place, found));
                }
                1 if !pinned.is_empty() => {
                    let (read, place, found) = dice.pick(&pinned);
                    assert_eq!(questions[*place].ask(read), *found, "a handle that stays, step {step}");
                }
                2 if dice.below(10) == 0 => {
                    keeping.pause(Duration::from_secs(5)).unwrap();
                    keeping.resume().unwrap();
                }
                _ => write(&mut dice, &mut nodes, sort.weights, &[&keeping, &plain]),
            }
        }
        let counts = cache(&keeping);
        assert!(counts.bytes <= u64::from(kib) << 10, "{counts:?}");
        assert_eq!(cache(&plain), CacheCounts::default());
        all.hits += counts.hits;
        all.misses += counts.misses;
        all.evictions += counts.evictions;
    }
    assert!(all.hits > 100 && all.misses > 100 && all.evictions > 0, "{all:?}");
}

#[test]
fn each_sort_of_question_sees_each_write_to_a_small_graph() {
    let mut dice = Dice(seed() + 71);
    for round in 0..times("SMALL", 4, 40) {
        for sort in 2..11 {
            let mut nodes = 10 + dice.below(15) as usize;
            let web =
                Web::random(&mut dice, nodes, nodes + nodes / 2, if round % 2 == 0 { PLAIN } else { RICH });
            let keeping = web.store();
            let plain = Store::builder().graph_cache_kib(0).open_in_memory().unwrap();
            import(&plain, &web.lines());
            let question =
                |dice: &mut Dice| Question { sort, limit: 100_000, ..Question::chance(dice, nodes) };
            let questions: Vec<Question> = (0..8).map(|_| question(&mut dice)).collect();
            let (kept, anew) = (keeping.graph(), plain.graph());
            for step in 0..40 {
                for question in &questions {
                    let (found, wanted) = (question.ask(&kept), question.ask(&anew));
                    assert_eq!(found, wanted, "round {round}, step {step}, sort {sort}");
                }
                let weights = if step % 10 == 9 { SIGNED.weights } else { RICH.weights };
                write(&mut dice, &mut nodes, weights, &[&keeping, &plain]);
            }
        }
    }
}

/// A hub with many relations, and a pair far away from it.
fn hub() -> Web {
    let edge = |from, to, label| Edge { from, to, label, weight: 1.0, valid_from: None, valid_to: None };
    let mut web = Web { nodes: 3_000, edges: (1..2_000).map(|end| edge(0, end, 0)).collect() };
    web.edges.push(edge(2_500, 2_501, 1));
    web
}

#[test]
fn a_write_elsewhere_empties_nothing_and_one_that_matters_is_seen() {
    let store = Store::builder().open_in_memory().unwrap();
    import(&store, &hub().lines());
    let graph = store.graph();
    let (root, far) = (name(0), name(2_500));
    let near = || graph.neighborhood(&root).depth(2).limit(1_000).run().unwrap();
    let relate = |from: usize, to: usize| {
        graph.relate(name(from), "met", name(to)).save().unwrap();
    };
    let first = format!("{:?}", near());
    assert_eq!((cache(&store).hits, cache(&store).entries), (0, 1));
    assert_eq!(format!("{:?}", near()), first);
    assert_eq!(cache(&store).hits, 1);
    // Elsewhere; among those that were found but not gone on from; and nothing of the graph.
    relate(2_600, 2_601);
    assert_eq!(format!("{:?}", near()), first);
    relate(5, 6);
    assert_eq!(format!("{:?}", near()), first);
    store.remember(NewMemory::new("It rained.")).unwrap();
    assert_eq!(format!("{:?}", near()), first);
    assert_eq!(cache(&store).hits, 4);
    // A label is told as it is now, though the answer is the same.
    graph.add_entity(name(7)).label("ship").save().unwrap();
    assert_eq!(near().iter().find(|found| found.name == name(7)).unwrap().label, Some("ship"));
    assert_eq!(cache(&store).hits, 5);
    relate(0, 2_700);
    graph.remove_relation(&root, "met", &name(1)).run().unwrap();
    let after = near();
    assert_eq!(cache(&store).hits, 5);
    assert!(after.iter().all(|found| found.name != name(1)));
    assert_eq!(near().len(), 1_000);
    assert_eq!(cache(&store).hits, 6);

    // Shared, not copied; and of what was far away, not all is lost.
    let part = || graph.subgraph([far.as_str()]).depth(1).run().unwrap();
    let (one, other) = (part(), part());
    assert!(std::sync::Arc::ptr_eq(&one, &other));
    relate(8, 9);
    assert!(std::sync::Arc::ptr_eq(&one, &part()));
    relate(2_501, 2_502);
    assert_eq!(part().relations.len(), 1);
    relate(2_501, 2_500);
    assert_eq!(part().relations.len(), 2);

    // What is made of the whole graph goes with any change of it, and with no other.
    let hits = || cache(&store).hits;
    let before = (graph.rank().limit(5).run().unwrap(), hits()).1;
    drop(graph.rank().limit(5).run().unwrap());
    store.remember(NewMemory::new("It rained again.")).unwrap();
    drop(graph.rank().limit(5).run().unwrap());
    assert_eq!(hits(), before + 2);
    relate(2_900, 2_901);
    drop(graph.rank().limit(5).run().unwrap());
    assert_eq!(hits(), before + 2);
}

#[test]
fn a_name_that_comes_to_mean_somebody_else_is_another_question() {
    let store = Store::builder().open_in_memory().unwrap();
    import(&store, &hub().lines());
    let graph = store.persona("ada").graph();
    let count = |name: &str| graph.neighborhood(name).run().map(|near| near.len());
    let (root, late) = (name(0), name(5_000));
    assert_eq!(count(&root).unwrap(), 1_999);
    assert_eq!(count(&root).unwrap(), 1_999);
    assert_eq!(cache(&store).hits, 1);
    assert!(count(&late).is_err());
    // One's own entity of the same name comes before the shared one.
    let line = format!("{{\"type\":\"entity\",\"persona\":\"ada\",\"name\":\"{root}\"}}");
    import(&store, &line);
    assert_eq!(count(&root).unwrap(), 0);
    assert_eq!(store.graph().neighborhood(&root).run().unwrap().len(), 1_999);
    import(&store, &format!("{{\"type\":\"entity\",\"name\":\"hub\",\"aliases\":[\"{late}\"]}}"));
    assert_eq!(count(&late).unwrap(), 0);
    store.graph().rename(&root, &name(6_000)).run().unwrap();
    assert_eq!(count(&name(6_000)).unwrap(), 1_999);
    assert!(store.graph().neighborhood(&root).run().is_err());
}

#[test]
fn a_chain_that_a_label_stood_in_the_way_of_is_found_when_it_has_another() {
    let store = Store::builder().open_in_memory().unwrap();
    import(&store, &hub().lines());
    let graph = store.graph();
    let far = name(2_500);
    let from = || graph.pattern().named(&*far).labelled("ship").any_relation().run().unwrap().len();
    let to = || graph.pattern().named(&*far).any_relation().labelled("port").run().unwrap().len();
    assert_eq!((from(), to()), (0, 0));
    graph.add_entity(&*far).label("ship").save().unwrap();
    assert_eq!((from(), to()), (1, 0));
    graph.add_entity(name(2_501)).label("port").save().unwrap();
    assert_eq!((from(), to()), (1, 1));
}

#[test]
fn what_follows_by_rules_is_another_graph_at_the_same_commit() {
    let store = Store::builder().open_in_memory().unwrap();
    import(&store, &hub().lines());
    let graph = store.graph();
    graph.declare_rule(mindkeep::graph::Rule::symmetric(LABELS[0])).unwrap();
    let near = |graph: &Graph| graph.neighborhood(&name(0)).direction(Direction::In).run().unwrap().len();
    let out = |graph: &Graph| graph.neighborhood(&name(0)).depth(2).run().unwrap().relations();
    let part = |graph: &Graph| graph.subgraph([name(0), name(1)]).run().unwrap().relations.len();
    let (read, rules) = (graph.read().unwrap(), graph.with_inferred().unwrap());
    for _ in 0..2 {
        assert_eq!((near(&graph), near(&read), near(&rules)), (0, 0, 1_999));
        assert_eq!((out(&graph), out(&read), out(&rules)), (1_999, 1_999, 3_998));
        assert_eq!((part(&graph), part(&read), part(&rules)), (1, 1, 2));
    }
    assert!(cache(&store).hits > 0);
}

#[test]
fn a_negative_weight_anywhere_is_told_to_those_who_ask_by_weight() {
    let store = Store::builder().open_in_memory().unwrap();
    import(&store, &hub().lines());
    let graph = store.graph();
    let (from, to) = (name(1), name(2));
    let cost = || graph.path(&from, &to).by_weight().run().map(|path| path.map(|path| path.cost));
    assert_eq!(cost().unwrap(), Some(2.0));
    graph.relate(name(2_500), LABELS[0], name(2_502)).weight(2.0).save().unwrap();
    assert_eq!(cost().unwrap(), Some(2.0));
    assert_eq!(cache(&store).hits, 1);
    graph.relate(name(2_500), LABELS[0], name(2_503)).weight(-1.0).save().unwrap();
    assert_eq!(cost().unwrap_err().kind(), "InvalidInput");
    graph.remove_relation(&name(2_500), LABELS[0], &name(2_503)).run().unwrap();
    assert_eq!(cost().unwrap(), Some(2.0));
}

#[test]
fn what_follows_makes_another_graph_with_answers_of_its_own() {
    let store = Store::builder().open_in_memory().unwrap();
    let graph = store.graph();
    for to in ["b", "c"] {
        graph.relate("a", "knows", to).create_ends().save().unwrap();
    }
    graph.declare_rule(Rule::symmetric("knows")).unwrap();
    let degree =
        |graph: &Graph| graph.rank().degree().direction(Direction::Out).run().unwrap().get("b").unwrap();
    let told = || graph.read().unwrap();
    for _ in 0..2 {
        assert_eq!(degree(&graph), 0.0);
        assert_eq!(degree(&told().with_inferred().unwrap()), 1.0);
        assert_eq!(graph.related("b").run().unwrap().len(), 1);
        assert_eq!(
            graph.subgraph(["b"]).depth(1).direction(Direction::Out).run().unwrap().relations.len(),
            0
        );
        let with = told().with_inferred().unwrap();
        assert_eq!(with.subgraph(["b"]).depth(1).direction(Direction::Out).run().unwrap().relations.len(), 2);
    }
    assert!(cache(&store).hits > 0);
}

#[test]
fn answers_about_another_file_are_not_given() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("memories.db"), folder.path().join("other.db"));
    let mut web = hub();
    {
        let store = Store::open(&other).unwrap();
        web.edges.truncate(700);
        import(&store, &web.lines());
    }
    let store = Store::builder().warm_graph(None).warm_graph(Some("ada")).open(&path).unwrap();
    import(&store, &hub().lines());
    let near = |graph: &Graph| graph.neighborhood(&name(0)).run().unwrap().len();
    let (graph, pinned) = (store.graph(), store.graph().read().unwrap());
    assert_eq!((near(&graph), near(&graph), near(&pinned)), (1_999, 1_999, 1_999));
    assert_eq!((cache(&store).hits, cache(&store).entries), (2, 1));
    store.pause(Duration::from_secs(5)).unwrap();
    assert_eq!(near(&pinned), 1_999);
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(ground::beside(&path, suffix));
    }
    std::fs::copy(&other, &path).unwrap();
    store.resume().unwrap();
    assert_eq!((near(&graph), near(&graph), near(&pinned)), (700, 700, 1_999));
    // What the handle knows that stays is of no use to others, and theirs not to it.
    graph.relate(name(0), "met", name(2_000)).save().unwrap();
    assert_eq!((near(&graph), near(&pinned)), (701, 1_999));
    assert!(line(&web.edges[0]).contains("met"));
}

#[test]
fn what_has_no_room_goes_oldest_first_and_what_is_too_large_is_not_kept() {
    let store = Store::builder().graph_cache_kib(64).open_in_memory().unwrap();
    import(&store, &hub().lines());
    let graph = store.graph();
    let rank = |limit: usize| graph.rank().degree().limit(limit).run().unwrap().len();
    // 16 bytes an entity: the first is more than half of all.
    assert_eq!(rank(2_500), 2_500);
    assert_eq!(cache(&store).entries, 0);
    (1..=12).for_each(|more| assert_eq!(rank(500 + more), 500 + more));
    let counts = cache(&store);
    assert!(counts.evictions > 0 && counts.bytes <= 64 << 10, "{counts:?}");
    assert_eq!(counts.entries + counts.evictions, 12);
    rank(512);
    assert_eq!(cache(&store).hits, 1);
    rank(501);
    assert_eq!(cache(&store).hits, 1);
}
