//! Is what somebody damaged by hand in the graph's own tables found, said and mended?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;
mod web;

use std::path::{Path, PathBuf};

use ground::{Dice, assert_sound, raw, seed};
use mindkeep::graph::{NewEntity, Rule};
use mindkeep::{Budget, Finding, Repair, Store};
use rusqlite::Connection;
use web::{RICH, Web, import};

/// A store whose arrays are in the file, closed.
fn stored(folder: &Path) -> PathBuf {
    let path = folder.join("memories.db");
    let store = Store::open(&path).unwrap();
    import(&store, &Web::random(&mut Dice(seed() + 700), 400, 1_300, RICH).lines());
    store.rebuild().unwrap();
    assert!(store.maintain(Budget::all()).unwrap().is_done());
    assert_sound(&store);
    path
}

/// Changes the file as no store would, with nothing to keep references whole.
fn by_hand(path: &Path, change: impl FnOnce(&Connection)) {
    let conn = raw(path);
    conn.pragma_update(None, "foreign_keys", false).unwrap();
    change(&conn);
}

fn findings(path: &Path) -> Vec<Finding> {
    Store::open(path).unwrap().verify(true).unwrap().findings
}

/// All that the shared graph says.
fn everything(store: &Store) -> String {
    let (graph, entities) = (store.graph(), store.graph().entities().run().unwrap());
    let names: Vec<&str> = entities.iter().map(|entity| entity.name).collect();
    format!("{:?} {:?}", entities, graph.subgraph(names).run().unwrap())
}

/// Repairs the damaged file into a new one, which is sound, and counts the names that were lost.
fn names_lost(path: &Path) -> u64 {
    let new = path.with_extension("new");
    let repaired = Store::repair(path, &new, Repair::new()).unwrap();
    assert_eq!(repaired.is_complete(), repaired.names_lost == 0, "{repaired:?}");
    assert_eq!((repaired.relations.lost, repaired.entities.lost), (0, 0));
    let store = Store::open(&new).unwrap();
    assert_sound(&store);
    assert!(store.graph().relations().unwrap() > 1_000);
    drop(store);
    std::fs::remove_file(&new).unwrap();
    repaired.names_lost
}

#[test]
fn a_label_that_is_not_there_is_found_and_its_relations_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = stored(folder.path());
    let whole = std::fs::read(&path).unwrap();
    let cases = [
        ("DELETE FROM relation_label WHERE name = 'met'", "a reference that leads nowhere", 1),
        ("UPDATE relation SET label_id = 77 WHERE label_id = 2", "a reference that leads nowhere", 1),
        ("UPDATE relation_label SET label_id = -3 WHERE label_id = 3", "a reference that leads nowhere", 1),
        ("UPDATE relation_label SET name = ' ' WHERE label_id = 1", "a label of relations is no name", 1),
        (
            "UPDATE relation_label SET name = 'a' || char(0) WHERE label_id = 1",
            "a label of relations is no name",
            1,
        ),
        (
            "UPDATE relation_label SET name = printf('%.50000c', 'x') WHERE label_id = 4",
            "a label of relations is no name",
            1,
        ),
        (
            "UPDATE relation_label SET name = CAST(x'ff61' AS TEXT) WHERE label_id = 4",
            "a label of relations is no name",
            1,
        ),
        (
            "INSERT INTO relation_label (label_id, name) VALUES (-1, 'odd')",
            "a label of relations is no name",
            0,
        ),
    ];
    for (sql, check, lost) in cases {
        std::fs::write(&path, &whole).unwrap();
        by_hand(&path, |conn| assert!(conn.execute(sql, []).unwrap() > 0));
        let findings = findings(&path);
        let found = findings.iter().find(|found| found.check == check);
        assert!(found.is_some_and(|found| found.count > 0 && !found.derived), "{sql}: {findings:?}");
        assert_eq!(names_lost(&path), lost, "{sql}");
    }
    // A label that no relation has any more is nothing wrong, nor is one that only a rule has.
    std::fs::write(&path, &whole).unwrap();
    let store = Store::open(&path).unwrap();
    store.graph().relate("entity 1", "fought", "entity 2").save().unwrap();
    store.graph().remove_relation("entity 1", "fought", "entity 2").run().unwrap();
    store.graph().declare_rule(Rule::symmetric("allied with")).unwrap();
    assert_sound(&store);
}

#[test]
fn what_was_touched_by_a_change_that_never_was_is_found_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let path = stored(folder.path());
    by_hand(&path, |conn| {
        let sql =
            "INSERT INTO graph_touched (change_seq, entity_id) SELECT change_seq + ?1, ?2 FROM store_state";
        conn.execute(sql, (1, 5)).unwrap();
        conn.execute(sql, (1_000_000, 7)).unwrap();
    });
    assert_eq!(names_lost(&path), 0);
    let store = Store::open(&path).unwrap();
    let found = store.verify(true).unwrap().findings;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].check == "the graph's notes are of changes that never were");
    assert!(found[0].count == 2 && found[0].derived);
    let before = everything(&store);
    store.rebuild().unwrap();
    assert!(store.maintain(Budget::all()).unwrap().is_done());
    assert_sound(&store);
    assert_eq!(everything(&store), before);
    drop(store);
    // It does not hide that a change was not noted.
    by_hand(&path, |conn| {
        conn.execute("DELETE FROM graph_touched", []).unwrap();
        conn.execute("INSERT INTO graph_touched (change_seq, entity_id) VALUES (1 << 40, 7)", []).unwrap();
    });
    let checks: Vec<&str> = findings(&path).iter().map(|finding| finding.check).collect();
    assert!(checks.contains(&"a change of the graph was not noted for its arrays"), "{checks:?}");
}

/// The stored pieces, in their order.
fn pieces(path: &Path) -> Vec<(i64, i64, Vec<u8>)> {
    let conn = raw(path);
    let mut statement =
        conn.prepare("SELECT part, piece, data FROM graph_chunk ORDER BY part, piece").unwrap();
    let pieces = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    pieces.collect::<Result<_, _>>().unwrap()
}

fn sets(path: &Path) -> i64 {
    raw(path).query_row("SELECT count(*) FROM graph_snapshot", [], |row| row.get(0)).unwrap()
}

/// Upkeep used to come to them only when much else had been written.
#[test]
fn damaged_arrays_are_stored_anew_by_upkeep() {
    let folder = tempfile::tempdir().unwrap();
    let path = stored(folder.path());
    let (whole, wanted) = (std::fs::read(&path).unwrap(), pieces(&path));
    let harms = [
        "UPDATE graph_chunk SET data = CAST(substr(data, 1, length(data) - 1) || x'01' AS BLOB) WHERE part = 19",
        "UPDATE graph_chunk SET data = zeroblob(length(data)) WHERE part IN (0, 4)",
        "DELETE FROM graph_chunk WHERE part = 20",
        "DELETE FROM graph_chunk",
        // It is whole, but where none belongs.
        "UPDATE graph_chunk SET part = part + 100 WHERE part = 3",
        "UPDATE graph_chunk SET piece = -1 WHERE part = 0",
        "UPDATE graph_snapshot SET entities = entities + 1",
    ];
    for harm in harms {
        for writes in [false, true] {
            std::fs::write(&path, &whole).unwrap();
            by_hand(&path, |conn| assert!(conn.execute(harm, []).unwrap() > 0));
            let store = Store::open(&path).unwrap();
            // Nobody has asked anything yet, and there may be no time to look for it.
            assert!(store.maintain(Budget::millis(60_000)).unwrap().is_done());
            assert!(!store.verify(true).unwrap().is_sound(), "{harm}");
            if writes {
                store.graph().relate("entity 1", "met", "entity 2").weight(5.5).save().unwrap();
            }
            let before = everything(&store);
            assert!(store.maintain(Budget::millis(60_000)).unwrap().is_done());
            assert_sound(&store);
            drop(store);
            assert_eq!(sets(&path), 1, "{harm}");
            assert!(writes || pieces(&path) == wanted, "{harm}");
            assert_eq!(pieces(&path).len(), wanted.len());
            assert_eq!(everything(&Store::open(&path).unwrap()), before);
        }
        // Whoever has time for all needs nobody to ask.
        std::fs::write(&path, &whole).unwrap();
        by_hand(&path, |conn| assert!(conn.execute(harm, []).unwrap() > 0));
        let store = Store::open(&path).unwrap();
        assert!(store.maintain(Budget::all()).unwrap().is_done());
        assert_sound(&store);
        drop(store);
        assert!(sets(&path) == 1 && pieces(&path) == wanted, "{harm}");
    }
}

/// By their number they fit, with their names they do not: that was taken for damage.
#[test]
fn arrays_that_are_too_large_for_this_process_are_not_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    let long = (0..1_100).map(|n| NewEntity::new(format!("{n} {}", "x".repeat(900))));
    store.graph().add_all(long).save().unwrap();
    store.rebuild().unwrap();
    assert!(store.maintain(Budget::all()).unwrap().is_done());
    drop(store);
    let whole = pieces(&path);
    let store = Store::builder().graph_kib(512).open(&path).unwrap();
    assert!(store.graph().entity(&format!("7 {}", "x".repeat(900))).is_ok());
    assert!(store.maintain(Budget::all()).unwrap().is_done());
    assert_sound(&store);
    drop(store);
    assert!(sets(&path) == 1 && pieces(&path) == whole);
}
