//! Is an answer about the graph ever older than the file? Whoever wrote, and however little, the next call sees it; what is
//! kept in memory with what was written since is what the rows say.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;
mod web;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use ground::{Dice, again, assert_sound, seed, times};
use mindkeep::graph::{Direction, Graph};
use mindkeep::{Error, NewMemory, Store};
use web::{LABELS, RICH, Web, import, line, name, near};

/// All that a graph says of its entities and relations, in its own order.
fn everything(graph: &Graph) -> String {
    let entities = graph.entities().run().unwrap();
    let names: Vec<&str> = entities.iter().map(|entity| entity.name).collect();
    let part = if names.is_empty() { None } else { Some(graph.subgraph(names).run().unwrap()) };
    let near = entities.iter().step_by(7).map(|entity| {
        let near = graph.neighborhood(entity.name).depth(2).direction(Direction::Both).run().unwrap();
        format!("{near:?}")
    });
    let near: Vec<String> = near.collect();
    let ranks = graph.rank().run().unwrap();
    format!("{} {} {part:?} {near:?} {ranks:?}", graph.len().unwrap(), graph.relations().unwrap())
}

/// The same after everything in memory was given up.
fn reread(store: &Store, graph: &Graph) -> String {
    store.pause(Duration::from_secs(5)).unwrap();
    store.resume().unwrap();
    everything(graph)
}

/// One write by chance: a relation, a changed one, an entity, a changed one, something else, or many at once.
fn write(dice: &mut Dice, web: &mut Web, persona: Option<&str>, store: &Store) {
    let owner = persona.map_or(String::new(), |persona| format!("\"persona\":\"{persona}\","));
    let own = |lines: &str| lines.replace("{\"type\"", &format!("{{{owner}\"type\""));
    match dice.below(12) {
        0 => {
            let node = web.nodes;
            web.nodes += 1;
            import(store, &own(&format!("{{\"type\":\"entity\",\"name\":\"{}\"}}\n", name(node))));
        }
        1 => {
            let (node, sort) = (dice.below(web.nodes as u64) as usize, dice.below(5));
            let lines = format!(
                "{{\"type\":\"entity\",\"name\":\"{}\",\"label\":\"sort {sort}\",\"aliases\":[\"alias {sort} {node}\"]}}\n",
                name(node)
            );
            import(store, &own(&lines));
        }
        2 => drop(store.remember(NewMemory::new("Nothing about the graph.")).unwrap()),
        3 => {
            let edges: Vec<_> = (0..dice.below(900)).map(|_| web.chance(dice, RICH)).collect();
            let lines: String = edges.iter().map(line).collect();
            edges.into_iter().for_each(|edge| web.put(edge));
            import(store, &own(&lines));
        }
        4 if !web.edges.is_empty() => {
            let mut edge = *dice.pick(&web.edges);
            edge.weight = *dice.pick(RICH.weights);
            web.put(edge);
            import(store, &own(&line(&edge)));
        }
        _ => {
            let edge = web.chance(dice, RICH);
            web.put(edge);
            import(store, &own(&line(&edge)));
        }
    }
}

#[test]
fn what_was_written_since_and_what_is_read_anew_are_the_same() {
    let mut dice = Dice(seed() + 20);
    for round in 0..times("ROUNDS", 3, 20) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("memories.db")).unwrap();
        let persona = (round % 2 == 1).then_some("ada");
        let graph = persona.map_or_else(|| store.graph(), |name| store.persona(name).graph());
        let mut web = Web::random(&mut dice, 40, 60, RICH);
        import(&store, &web.lines());
        // Half of the rounds write a persona's own things beside the shared ones.
        assert_eq!(graph.relations().unwrap(), web.edges.len());
        for step in 0..60 {
            write(&mut dice, &mut web, persona, &store);
            let now = everything(&graph);
            if step % 10 == 9 {
                assert_eq!(now, reread(&store, &graph), "round {round}, step {step}");
            }
            if persona.is_none() {
                assert_eq!((graph.len().unwrap(), graph.relations().unwrap()), (web.nodes, web.edges.len()));
                let from = dice.below(web.nodes as u64) as usize;
                let next = web.next(Direction::Out, |_| true);
                let mut wanted = web::distances(&next, from);
                wanted.retain(|_, far| (1..=2).contains(far));
                let mut found = near(&graph, from, 2, Direction::Out);
                found.sort_unstable();
                assert_eq!(found, wanted.into_iter().collect::<Vec<_>>());
            }
        }
        assert_sound(&store);
    }
}

#[test]
fn many_small_writes_are_folded_in() {
    let store = Store::builder().open_in_memory().unwrap();
    let mut dice = Dice(seed() + 21);
    let mut web = Web { nodes: 50, edges: Vec::new() };
    import(&store, &web.lines());
    let graph = store.graph();
    for _ in 0..1_500 {
        let edge = web.chance(&mut dice, RICH);
        web.put(edge);
        import(&store, &line(&edge));
        assert_eq!(graph.relations().unwrap(), web.edges.len());
    }
    let anew = web.store();
    let (mut folded, mut fresh) = (graph.rank().run().unwrap(), anew.graph().rank().run().unwrap());
    assert_eq!(format!("{folded:?}").len(), format!("{fresh:?}").len());
    for node in 0..web.nodes {
        let (a, b) = (folded.get(&name(node)).unwrap(), fresh.get(&name(node)).unwrap());
        assert!((a - b).abs() < 1e-12);
    }
    // The same relations, whichever came first.
    (folded, fresh) = (graph.rank().degree().run().unwrap(), anew.graph().rank().degree().run().unwrap());
    assert_eq!(format!("{folded:?}"), format!("{fresh:?}"));
}

#[test]
fn a_pinned_handle_stays_where_it_is() {
    let web = Web::random(&mut Dice(seed()), 30, 60, RICH);
    let store = web.store();
    let read = store.graph().read().unwrap();
    let before = everything(&read);
    import(
        &store,
        "{\"type\":\"entity\",\"name\":\"late\"}\n{\"type\":\"relation\",\"label\":\"new\",\"from\":\"late\",\"to\":\"entity 1\"}\n",
    );
    assert_eq!(everything(&read), before);
    assert!(matches!(read.neighborhood("late").run(), Err(Error::NotFound { what: "entity" })));
    assert_eq!(store.graph().neighborhood("late").run().unwrap().len(), 1);
    store.pause(Duration::from_secs(5)).unwrap();
    assert_eq!(everything(&read), before);
    assert!(matches!(store.graph().len(), Err(Error::Paused)));
    store.resume().unwrap();
    assert_eq!(store.graph().len().unwrap(), 31);
}

#[test]
fn a_persona_sees_its_own_and_the_shared() {
    let store = Store::builder().open_in_memory().unwrap();
    let ada = store.persona("ada").graph();
    assert!(matches!(ada.entity("London"), Err(Error::NotFound { .. })));
    import(
        &store,
        concat!(
            "{\"type\":\"entity\",\"name\":\"London\",\"label\":\"city\"}\n",
            "{\"type\":\"entity\",\"name\":\"Thames\"}\n",
            "{\"type\":\"relation\",\"label\":\"lies on\",\"from\":\"London\",\"to\":\"Thames\"}\n",
            "{\"type\":\"entity\",\"persona\":\"ada\",\"name\":\"Byron\",\"aliases\":[\"Father\"],\"properties\":{\"peer\":true}}\n",
            "{\"type\":\"relation\",\"persona\":\"ada\",\"label\":\"lived in\",\"from\":\"Byron\",\"to\":\"London\"}\n",
            "{\"type\":\"entity\",\"persona\":\"bo\",\"name\":\"Father\"}\n",
        ),
    );
    assert_eq!((ada.len().unwrap(), ada.relations().unwrap()), (3, 2));
    assert_eq!(store.graph().len().unwrap(), 2);
    assert_eq!(store.persona("bo").graph().relations().unwrap(), 1);
    let father = ada.entity("Father").unwrap();
    assert_eq!((father.name.as_str(), father.shared), ("Byron", false));
    assert_eq!(father.properties.get("peer"), Some(true.into()));
    assert_eq!(ada.neighborhood("Father").depth(2).run().unwrap().len(), 2);
    // An own entity of the same name comes first; relations stay with the one that they were made with.
    import(&store, "{\"type\":\"entity\",\"persona\":\"ada\",\"name\":\"London\",\"label\":\"novel\"}\n");
    let london = ada.entity("London").unwrap();
    assert_eq!((london.label.as_deref(), london.relations_in), (Some("novel"), 0));
    assert_eq!(store.graph().entity("London").unwrap().label.as_deref(), Some("city"));
    // A name comes before an alias; an alias of two is refused, until it is one's own name.
    import(
        &store,
        "{\"type\":\"entity\",\"persona\":\"ada\",\"name\":\"Babbage\",\"aliases\":[\"Father\"]}\n",
    );
    assert!(matches!(ada.entity("Father"), Err(Error::InvalidInput { field: "name", .. })));
    import(&store, "{\"type\":\"entity\",\"persona\":\"ada\",\"name\":\"Byron\",\"aliases\":[]}\n");
    assert_eq!(ada.entity("Father").unwrap().name, "Babbage");
    assert_eq!(store.persona("bo").graph().entity("Father").unwrap().name, "Father");
}

#[test]
fn strange_names_and_relations_have_answers() {
    let store = Store::builder().open_in_memory().unwrap();
    let long = "x".repeat(10_000);
    let names = [long.as_str(), "👩‍👩‍👧 family", "עברית مرحبا", "tab\tand\nline", "\u{202e}turned"];
    for name in names {
        import(&store, &format!("{}\n", serde_json::json!({"type": "entity", "name": name})));
    }
    for pair in names.windows(2) {
        for weight in [0.0, -1.5, 1e100] {
            let line = serde_json::json!({"type": "relation", "label": format!("{weight}"), "from": pair[0], "to": pair[1], "weight": weight});
            import(&store, &format!("{line}\n"));
        }
    }
    let circle = serde_json::json!({"type": "relation", "label": "l", "from": names[4], "to": names[0]});
    let own = serde_json::json!({"type": "relation", "label": "l", "from": names[0], "to": names[0]});
    import(&store, &format!("{circle}\n{own}\n"));
    let graph = store.graph();
    for name in names {
        assert_eq!(graph.entity(name).unwrap().name, name);
        assert_eq!(graph.neighborhood(name).depth(64).run().unwrap().len(), 4);
    }
    assert_eq!(graph.path(names[0], names[4]).direction(Direction::Out).all(64, 100).unwrap().len(), 1);
    assert_eq!(graph.path(names[0], names[0]).run().unwrap().unwrap().hops(), 0);
    // What cannot be stored is refused by line: an empty name, weights that are not numbers, an end before a start.
    let refused = concat!(
        "{\"type\":\"entity\",\"name\":\"\"}\n",
        "{\"type\":\"relation\",\"label\":\"l\",\"from\":\"👩‍👩‍👧 family\",\"to\":\"tab\\tand\\nline\",\"weight\":1e999}\n",
        "{\"type\":\"relation\",\"label\":\"l\",\"from\":\"👩‍👩‍👧 family\",\"to\":\"tab\\tand\\nline\",\"weight\":NaN}\n",
        "{\"type\":\"relation\",\"label\":\"l\",\"from\":\"👩‍👩‍👧 family\",\"to\":\"tab\\tand\\nline\",\"valid_from\":\"2000-01-02\",\"valid_to\":\"2000-01-01\"}\n",
        "{\"type\":\"relation\",\"label\":\"l\",\"from\":\"nobody\",\"to\":\"👩‍👩‍👧 family\"}\n",
    );
    let report = store.import(refused.as_bytes(), mindkeep::Import::new()).unwrap();
    assert_eq!((report.rejected_count, report.relations), (5, 0));
    for unknown in ["", "nobody", "FAMILY"] {
        assert_eq!(graph.entity(unknown).unwrap_err(), Error::NotFound { what: "entity" });
        assert_eq!(graph.neighborhood(unknown).run().unwrap_err(), Error::NotFound { what: "entity" });
        assert_eq!(graph.path(names[0], unknown).run().unwrap_err(), Error::NotFound { what: "entity" });
        assert_eq!(graph.spread([unknown]).run().unwrap_err(), Error::NotFound { what: "entity" });
        assert_eq!(graph.rank().seen_from([unknown]).run().unwrap_err(), Error::NotFound { what: "entity" });
    }
    let empty = Store::builder().open_in_memory().unwrap().graph();
    assert!(empty.rank().run().unwrap().is_empty() && empty.communities().run().unwrap().is_empty());
    assert_eq!(empty.communities().run().unwrap().modularity(), 0.0);
    assert!(empty.rank().betweenness().run().unwrap().is_empty());
}

const PATH: &str = "MINDKEEP_TEST_PATH";

/// Not a test of its own: what the other process runs.
#[test]
fn another_process() {
    let Ok(path) = std::env::var(PATH) else { return };
    let store = Store::open(path).unwrap();
    for order in std::io::stdin().lines() {
        import(&store, &order.unwrap());
        writeln!(std::io::stdout().lock(), "said done").unwrap();
    }
}

/// Has another process write lines, one at a time.
fn elsewhere(path: &Path) -> impl FnMut(&str) {
    let mut child = again("another_process")
        .env(PATH, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let guard = KillAtEnd(child);
    move |line| {
        let _alive = &guard;
        writeln!(input, "{}", line.trim_end()).unwrap();
        let mut said = String::new();
        while !said.contains("said done") {
            said.clear();
            assert!(output.read_line(&mut said).unwrap() > 0, "the other process ended");
        }
    }
}

struct KillAtEnd(std::process::Child);

impl Drop for KillAtEnd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_another_process_wrote_is_seen_by_the_next_call() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    let mut dice = Dice(seed() + 22);
    let mut web = Web::random(&mut dice, 60, 100, RICH);
    import(&store, &web.lines());
    let graph = store.graph();
    let mut other = elsewhere(&path);
    for step in 0..40 {
        let edge = web.chance(&mut dice, RICH);
        match step % 4 {
            0 => {
                web.nodes += 1;
                let label = LABELS[0];
                other(&format!(
                    "{{\"type\":\"entity\",\"name\":\"{}\",\"label\":\"{label}\"}}",
                    name(web.nodes - 1)
                ));
            }
            1 => {
                web.put(edge);
                other(&line(&edge));
            }
            2 => {
                web.put(edge);
                import(&store, &line(&edge));
            }
            // Both, and nobody asked in between.
            _ => {
                let mine = web.chance(&mut dice, RICH);
                web.put(mine);
                import(&store, &line(&mine));
                web.put(edge);
                other(&line(&edge));
            }
        }
        assert_eq!((graph.len().unwrap(), graph.relations().unwrap()), (web.nodes, web.edges.len()));
        let from = dice.below(web.nodes as u64) as usize;
        let mut wanted = web::distances(&web.next(Direction::Both, |_| true), from);
        wanted.retain(|_, far| (1..=2).contains(far));
        let mut found = near(&graph, from, 2, Direction::Both);
        found.sort_unstable();
        assert_eq!(found, wanted.into_iter().collect::<Vec<_>>());
        // Answers that are kept in memory: of a part, which is asked for again and again, and of the whole.
        let part = graph.subgraph((0..60).map(name)).run().unwrap();
        let inside = web.edges.iter().filter(|edge| edge.from < 60 && edge.to < 60);
        assert_eq!(part.relations.len(), inside.count());
        let degrees = graph.rank().degree().run().unwrap();
        assert_eq!(degrees.iter().map(|one| one.score).sum::<f64>(), 2.0 * web.edges.len() as f64);
    }
    assert_eq!(everything(&graph), reread(&store, &graph));
}
