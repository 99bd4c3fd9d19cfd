//! Are arrays that lie in the file ever wrong? They are loaded instead of rows, brought up to date by what was touched, and
//! given up where they are damaged; killed or not while they are written, the graph is what the rows say.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;
mod web;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use ground::{Dice, again, assert_sound, raw, seed, times};
use mindkeep::graph::{Direction, Graph, NewRelation};
use mindkeep::{Budget, NewMemory, Store};
use web::{LABELS, RICH, Web, import, line, name, near};

/// All that a graph says of its entities and relations, in its own order.
fn everything(graph: &Graph) -> String {
    let entities = graph.entities().run().unwrap();
    let names: Vec<&str> = entities.iter().map(|entity| entity.name).collect();
    let found: Vec<_> = names.iter().step_by(9).map(|name| graph.entity(name).unwrap()).collect();
    let part = graph.subgraph(names).run().unwrap();
    format!("{} {} {found:?} {part:?}", graph.len().unwrap(), graph.relations().unwrap())
}

fn web(dice: &mut Dice) -> Web {
    Web::random(dice, 400, 1_300, RICH)
}

/// A store whose arrays are in the file.
fn stored(path: &Path, web: &Web) -> Store {
    let store = Store::open(path).unwrap();
    import(&store, &web.lines());
    // Asks for it at once; upkeep would come to it as more is written.
    store.rebuild().unwrap();
    assert!(store.maintain(Budget::all()).unwrap().is_done());
    store
}

/// Entities, relations and pieces of the stored sets.
fn sets(path: &Path) -> (Vec<(i64, i64)>, i64) {
    let conn = raw(path);
    let mut statement =
        conn.prepare("SELECT entities, relations FROM graph_snapshot ORDER BY scope_id").unwrap();
    let sets = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let sets = sets.collect::<Result<_, _>>().unwrap();
    (sets, conn.query_row("SELECT count(*) FROM graph_chunk", [], |row| row.get(0)).unwrap())
}

/// The same store, opened anew: nothing is in memory.
fn reopened(store: Store, path: &Path) -> Store {
    drop(store);
    Store::open(path).unwrap()
}

#[test]
fn arrays_are_loaded_instead_of_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memories.db");
    let web = web(&mut Dice(seed() + 30));
    let store = stored(&path, &web);
    let before = everything(&store.graph());
    assert_sound(&store);
    drop(store);
    let (sets, pieces) = sets(&path);
    assert_eq!(sets, [(400, web.edges.len() as i64)]);
    assert!(pieces > 20);
    // Nobody notices that the rows are gone, but for verify.
    raw(&path).execute("DELETE FROM relation", []).unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!(everything(&store.graph()), before);
    let findings = store.verify(true).unwrap().findings;
    let finding =
        findings.iter().find(|found| found.check == "stored arrays of the graph differ from the rows");
    assert!(finding.is_some_and(|finding| finding.derived), "{findings:?}");
    store.rebuild().unwrap();
    assert!(store.maintain(Budget::all()).unwrap().is_done());
    // What is in memory was not touched by anybody that the store knows of; what is loaded is.
    let store = reopened(store, &path);
    assert_eq!((store.graph().len().unwrap(), store.graph().relations().unwrap()), (400, 0));
}

/// One write by chance, of any sort. Names may be gone already.
fn write(dice: &mut Dice, store: &Store, persona: Option<&str>) {
    let graph = persona.map_or_else(|| store.graph(), |persona| store.persona(persona).graph());
    let any = |dice: &mut Dice| name(dice.below(420) as usize);
    let (one, other) = (any(dice), any(dice));
    // Refusals are as good as writes: names that are gone, shared ones that are not the persona's to change.
    match dice.below(12) {
        0 => drop(graph.remove_entity(&one)),
        1 => drop(graph.rename(&one, &format!("{one} the younger")).keep_alias().run()),
        2 => drop(graph.rename(&format!("{one} the younger"), &one).run()),
        3 => drop(graph.merge(&one, &other).run()),
        4 => drop(graph.remove_relation(&one, LABELS[0], &other).run()),
        5 => drop(graph.add_entity(one).label("other").alias(format!("alias of {other}")).save()),
        6 => drop(store.remember(NewMemory::new("Nothing about the graph.")).unwrap()),
        7 => {
            let ties = (0..dice.below(400))
                .map(|i| NewRelation::new(one.clone(), format!("new {}", i % 3), any(dice)));
            drop(graph.add_all(ties).create_ends().save());
        }
        _ => drop(graph.relate(one, *dice.pick(&LABELS), other).weight(2.5).create_ends().save()),
    }
}

#[test]
fn what_is_loaded_and_touched_and_what_is_read_anew_are_the_same() {
    for round in 0..times("ROUNDS", 2, 20) {
        let mut dice = Dice(seed() + 40 + round);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("memories.db");
        let mut store = stored(&path, &web(&mut dice));
        for step in 0..times("STEPS", 30, 60) {
            let persona = (dice.below(4) == 0).then_some("ada");
            write(&mut dice, &store, persona);
            let ask = |store: &Store| [everything(&store.graph()), everything(&store.persona("ada").graph())];
            let now = ask(&store);
            match dice.below(6) {
                // Compares what is stored and touched with the rows, too.
                0 => assert_sound(&store),
                1 => drop(store.maintain(Budget::millis(dice.below(8))).unwrap()),
                2 => {
                    store.pause(Duration::from_secs(5)).unwrap();
                    store.resume().unwrap();
                }
                _ => store = reopened(store, &path),
            }
            assert_eq!(now, ask(&store), "round {round}, step {step}");
        }
        store.rebuild().unwrap();
        let before = everything(&store.graph());
        let store = reopened(store, &path);
        assert_eq!(before, everything(&store.graph()));
        assert!(store.maintain(Budget::all()).unwrap().is_done());
        assert_sound(&store);
        let store = reopened(store, &path);
        assert_eq!(before, everything(&store.graph()));
    }
}

/// Entities within two steps, by a recursive query.
fn near_by_sql(path: &Path, from: usize) -> Vec<usize> {
    let sql = "WITH RECURSIVE near(id, depth) AS (
                 SELECT entity_id, 0 FROM entity WHERE scope_id = 0 AND name = ?1
                 UNION SELECT target_id, depth + 1 FROM near JOIN relation ON source_id = id WHERE depth < 2)
               SELECT DISTINCT name FROM near JOIN entity ON entity_id = id WHERE name <> ?1";
    let conn = raw(path);
    let mut statement = conn.prepare(sql).unwrap();
    let names = statement.query_map([name(from)], |row| row.get::<_, String>(0)).unwrap();
    let mut near: Vec<usize> = names.map(|name| web::number(&name.unwrap())).collect();
    near.sort_unstable();
    near
}

#[test]
fn what_is_loaded_is_what_sql_and_a_plain_model_say() {
    let mut dice = Dice(seed() + 50);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memories.db");
    let mut web = web(&mut dice);
    let mut store = stored(&path, &web);
    for _ in 0..times("STEPS", 8, 80) {
        for _ in 0..dice.below(120) {
            let edge = web.chance(&mut dice, RICH);
            web.put(edge);
            import(&store, &line(&edge));
        }
        if dice.below(2) == 0 {
            store.maintain(Budget::all()).unwrap();
        }
        store = reopened(store, &path);
        let next = web.next(Direction::Out, |_| true);
        let asked: Vec<usize> = (0..10).map(|_| dice.below(web.nodes as u64) as usize).collect();
        let found: Vec<Vec<usize>> = asked
            .iter()
            .map(|&from| {
                let found = near(&store.graph(), from, 2, Direction::Out);
                let mut wanted = web::distances(&next, from);
                wanted.retain(|_, far| (1..=2).contains(far));
                let mut sorted = found.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, wanted.into_iter().collect::<Vec<_>>());
                sorted.into_iter().map(|(node, _)| node).collect()
            })
            .collect();
        drop(store);
        for (from, found) in asked.into_iter().zip(found) {
            assert_eq!(found, near_by_sql(&path, from));
        }
        store = Store::open(&path).unwrap();
    }
    assert_sound(&store);
}

#[test]
fn a_set_is_written_anew_when_much_was_touched_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memories.db");
    let mut dice = Dice(seed() + 60);
    let mut web = web(&mut dice);
    let mut store = stored(&path, &web);
    let first = (400, web.edges.len() as i64);
    let mut anew = 0;
    for step in 0..40 {
        for _ in 0..60 {
            let edge = web.chance(&mut dice, RICH);
            web.put(edge);
            import(&store, &line(&edge));
        }
        if step == 0 {
            assert!(store.upkeep().unwrap().is_empty(), "little was touched");
        }
        assert!(store.maintain(Budget::all()).unwrap().is_done());
        drop(store);
        let (sets, _) = sets(&path);
        anew += usize::from(sets == [(400, web.edges.len() as i64)]);
        assert!(step > 0 || sets == [first]);
        // However much is written, the note of it is bounded.
        let touched: i64 =
            raw(&path).query_row("SELECT count(*) FROM graph_touched", [], |row| row.get(0)).unwrap();
        assert!(touched < 9_000);
        store = Store::open(&path).unwrap();
        assert_eq!(store.graph().relations().unwrap(), web.edges.len());
    }
    assert!((1..20).contains(&anew), "{anew} times");
    assert_sound(&store);
}

#[test]
fn a_damaged_piece_is_told_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memories.db");
    let mut dice = Dice(seed() + 70);
    let store = stored(&path, &web(&mut dice));
    let before = everything(&store.graph());
    drop(store);
    let whole = std::fs::read(&path).unwrap();
    let parts: Vec<i64> = {
        let conn = raw(&path);
        let mut statement = conn.prepare("SELECT chunk_id FROM graph_chunk ORDER BY part, piece").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let mut harms: Vec<(i64, Option<u64>)> = parts.iter().map(|&id| (id, Some(dice.roll()))).collect();
    harms.extend(parts.iter().step_by(5).map(|&id| (id, None)));
    harms.retain(|_| dice.below(times("HARMS", 2, 1)) == 0);
    for (id, bit) in harms {
        std::fs::write(&path, &whole).unwrap();
        let conn = raw(&path);
        match bit {
            Some(bit) => {
                let sql = "SELECT data FROM graph_chunk WHERE chunk_id = ?1";
                let mut data: Vec<u8> = conn.query_row(sql, [id], |row| row.get(0)).unwrap();
                let bit = bit as usize % (data.len() * 8);
                data[bit / 8] ^= 1 << (bit % 8);
                conn.execute("UPDATE graph_chunk SET data = ?2 WHERE chunk_id = ?1", (id, data)).unwrap();
            }
            None => drop(conn.execute("DELETE FROM graph_chunk WHERE chunk_id = ?1", [id]).unwrap()),
        }
        drop(conn);
        let store = Store::open(&path).unwrap();
        assert_eq!(everything(&store.graph()), before);
        let findings = store.verify(true).unwrap().findings;
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].check == "stored arrays of the graph are damaged" && findings[0].derived);
        store.rebuild().unwrap();
        assert!(store.maintain(Budget::all()).unwrap().is_done());
        assert_sound(&store);
        assert_eq!(everything(&store.graph()), before);
    }
}

/// Numbers that lead nowhere, in pieces whose checksums are right: as a hostile file may have them.
#[test]
fn numbers_that_lead_nowhere_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memories.db");
    let store = stored(&path, &web(&mut Dice(seed() + 80)));
    let before = everything(&store.graph());
    drop(store);
    let whole = std::fs::read(&path).unwrap();
    let parts: i64 = raw(&path).query_row("SELECT max(part) FROM graph_chunk", [], |row| row.get(0)).unwrap();
    let mut refused = 0;
    for part in 0..=parts {
        std::fs::write(&path, &whole).unwrap();
        let conn = raw(&path);
        let sql = "SELECT data FROM graph_chunk WHERE part = ?1 AND piece = 0";
        let Ok(mut data) = conn.query_row(sql, [part], |row| row.get::<_, Vec<u8>>(0)) else { continue };
        let middle = 9 + (data.len() - 9) / 32 * 16;
        let end = (middle + 8).min(data.len());
        data[middle..end].fill(0xfe);
        let sum = xxhash_rust::xxh3::xxh3_64(&data[9..]);
        data[1..9].copy_from_slice(&sum.to_le_bytes());
        conn.execute("UPDATE graph_chunk SET data = ?2 WHERE part = ?1 AND piece = 0", (part, data)).unwrap();
        drop(conn);
        let store = Store::open(&path).unwrap();
        // Nothing panics, whatever the numbers are; where they could lead elsewhere, the rows are read.
        refused += u32::from(everything(&store.graph()) == before);
        assert!(!store.verify(true).unwrap().is_sound(), "part {part}");
    }
    assert!(refused > 12, "{refused} of {parts}");
}

const WRITER: &str = "MINDKEEP_TEST_WRITER";

/// Not a test of its own: what the killed process runs. It stores arrays, again and again.
#[test]
fn the_writer() {
    let Ok(path) = std::env::var(WRITER) else { return };
    let store = Store::open(path).unwrap();
    loop {
        store.rebuild().unwrap();
        store
            .maintain_with(Budget::all(), |_| std::io::stdout().lock().write_all(b"step\n").unwrap())
            .unwrap();
    }
}

#[test]
fn a_kill_while_arrays_are_stored_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memories.db");
    let mut dice = Dice(seed() + 90);
    // Long names, so that there are many pieces.
    let store = stored(&path, &web(&mut dice));
    let long = (0..2_000).map(|n| mindkeep::graph::NewEntity::new(format!("{n} {}", "x".repeat(900))));
    store.graph().add_all(long).save().unwrap();
    let before = everything(&store.graph());
    drop(store);
    for _ in 0..times("KILLS", 12, 100) {
        let mut child = again("the_writer")
            .env(WRITER, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Killed after so many steps: within the next one, or just after.
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let steps = lines.map(Result::unwrap).filter(|line| line.contains("step"));
        assert!(steps.take(dice.below(24) as usize + 1).count() > 0);
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "the writer ended by itself");
        let store = Store::open(&path).unwrap();
        assert_eq!(everything(&store.graph()), before);
        assert_sound(&store);
    }
    let store = Store::open(&path).unwrap();
    assert!(store.maintain(Budget::all()).unwrap().is_done());
    drop(store);
    // Nothing is left over of what was begun.
    let named: i64 = raw(&path)
        .query_row(
            "SELECT count(*) FROM graph_chunk WHERE (scope_id, change_seq) NOT IN
               (SELECT scope_id, change_seq FROM graph_snapshot)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(named, 0);
}
