//! Is damage found, and is what it left whole saved?
//!
//! A store of every shape is closed, its file damaged at random: a bit, a run of bytes, a page of zeros, an end cut off.
//! What `verify` must find is judged by what the file answers before and after, to SQL and to the library. What `repair`
//! must save is judged by where the bytes of each memory lie in the sound file, which this test works out for itself.
//! `cargo test --test damage -- --nocapture` prints the figures; `MINDKEEP_DAMAGES` and `MINDKEEP_DAMAGE_MEMORIES` say how many.

mod ground;
#[path = "damage/kept.rs"]
mod kept;
#[path = "damage/map.rs"]
mod map;
#[path = "damage/shapes.rs"]
mod shapes;

use std::ops::Range;
use std::path::{Path, PathBuf};

use ground::{Dice, assert_sound, beside, raw, seed, times};
use mindkeep::{Error, Export, NewMemory, Recall, Repair, Store};
use rusqlite::types::Value;

const PAGE: usize = 8192;

/// A way to damage a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    Bit,
    Run,
    Page,
    Cut,
}

impl Damage {
    const ALL: [Self; 4] = [Self::Bit, Self::Run, Self::Page, Self::Cut];

    /// Damages bytes, and says which.
    fn strike(self, bytes: &mut Vec<u8>, dice: &mut Dice) -> Range<usize> {
        let at = dice.below(bytes.len() as u64) as usize;
        match self {
            Self::Bit => {
                bytes[at] ^= 1 << dice.below(8);
                at..at + 1
            }
            Self::Run => {
                let end = (at + 1 + dice.below(600) as usize).min(bytes.len());
                bytes[at..end].iter_mut().for_each(|byte| *byte = dice.roll() as u8);
                at..end
            }
            Self::Page => {
                let at = at / PAGE * PAGE;
                bytes[at..at + PAGE].fill(0);
                at..at + PAGE
            }
            Self::Cut => {
                let end = bytes.len();
                bytes.truncate(at);
                at..end
            }
        }
    }
}

/// What a file answers; `None` where it does not.
#[derive(PartialEq)]
struct Answers {
    rows: Vec<Option<Vec<Vec<Value>>>>,
    export: Option<Vec<u8>>,
    hits: Option<Vec<String>>,
}

/// Base rows with every column that anything depends on: not when a name was first used, nor where the file lies.
const BASE: &[&str] = &[
    "SELECT * FROM memory NOT INDEXED ORDER BY memory_id",
    "SELECT persona_id, name FROM persona NOT INDEXED ORDER BY 1",
    "SELECT * FROM kind NOT INDEXED ORDER BY 1",
    "SELECT * FROM memory_vector NOT INDEXED ORDER BY 1",
    "SELECT * FROM embedding_model NOT INDEXED ORDER BY 1",
    "SELECT * FROM entity NOT INDEXED ORDER BY 1",
    "SELECT * FROM relation_label NOT INDEXED ORDER BY 1",
    "SELECT * FROM relation NOT INDEXED ORDER BY 1, 2, 3, 4, 5",
    "SELECT * FROM mention NOT INDEXED ORDER BY 1, 2",
    "SELECT * FROM change NOT INDEXED ORDER BY 1",
    "SELECT * FROM memory_tag ORDER BY 1, 2, 3, 4",
    "SELECT * FROM memory_attribute ORDER BY 1, 2, 3, 4, 5, 6",
    "SELECT replica_id, uuid FROM replica NOT INDEXED ORDER BY 1",
];

fn rows(conn: &rusqlite::Connection, sql: &str) -> Option<Vec<Vec<Value>>> {
    let mut statement = conn.prepare(sql).ok()?;
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|i| row.get(i)).collect()).ok()?;
    rows.collect::<rusqlite::Result<_>>().ok()
}

fn answers(path: &Path) -> Answers {
    let conn = raw(path);
    let _ = conn.pragma_update(None, "query_only", true);
    let rows = BASE.iter().map(|sql| rows(&conn, sql)).collect();
    drop(conn);
    let store = Store::builder().read_only().open(path).ok();
    let export = store.as_ref().and_then(|store| {
        let mut out = Vec::new();
        store.export(&mut out, Export::new()).ok()?;
        Some(out)
    });
    let hits = store.and_then(|store| {
        let mut hits = Vec::new();
        for word in shapes::WORDS {
            let found = store.recall(Recall::new(*word).limit(20)).ok()?;
            hits.extend(found.iter().map(|hit| format!("{} {:.6}", hit.memory.id, hit.score)));
        }
        Some(hits)
    });
    Answers { rows, export, hits }
}

/// Whether the product says that the file is damaged, by refusing it or by `verify`.
fn is_found(path: &Path) -> bool {
    match Store::builder().read_only().open(path) {
        Ok(store) => !store.verify(true).expect("verifies to its end").is_sound(),
        Err(_) => true,
    }
}

/// Memories as they are, by id, with names for numbers; the names apart.
fn memories(path: &Path) -> Vec<(Vec<Value>, Vec<Value>)> {
    let sql = "SELECT uuid, at, memory.recorded_at, importance, expires_at, superseded_at, forgotten_at, thread, key, source, tags,
                      metadata, import_hash, stamp, content, persona.name, kind.name, memory_id
                 FROM memory JOIN persona USING (persona_id) JOIN kind USING (kind_id) ORDER BY uuid";
    let all = rows(&raw(path), sql).expect("a sound file");
    all.into_iter()
        .map(|mut row| {
            let names = row.split_off(15);
            (row, names)
        })
        .collect()
}

#[derive(Default, Clone, Copy)]
struct Figures {
    times: u64,
    answered_otherwise: u64,
    found: u64,
    touched: u64,
    saved: u64,
    suspect: u64,
    lost: u64,
}

fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(path, suffix));
    }
}

#[test]
fn damage_is_found_and_what_is_whole_is_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = folder.path().join("sound.db");
    shapes::fill(&sound, times("DAMAGE_MEMORIES", 500, 23_000));
    let bytes = std::fs::read(&sound).expect("reads");
    println!("{} bytes, {} pages", bytes.len(), bytes.len() / PAGE);
    let expected = memories(&sound);
    let places = map::places(&sound, &bytes);
    assert_eq!(places.len(), expected.len(), "every memory has its place");
    let before = answers(&sound);
    assert!(before.rows.iter().all(Option::is_some) && before.export.is_some() && before.hits.is_some());
    assert!(!is_found(&sound));

    let mut figures = [Figures::default(); 4];
    let mut dice = Dice(seed());
    let rounds = times("DAMAGES", 20, 24);
    for round in 0..rounds {
        let kind = (round % 4) as usize;
        let mut damaged_bytes = bytes.clone();
        let struck = Damage::ALL[kind].strike(&mut damaged_bytes, &mut dice);
        let story = format!("round {round}, {:?} at {struck:?}", Damage::ALL[kind]);
        let differs = |at: usize| damaged_bytes.get(at) != Some(&bytes[at]);
        let damaged = folder.path().join("damaged.db");
        remove(&damaged);
        std::fs::write(&damaged, &damaged_bytes).expect("writes");

        let found = is_found(&damaged);
        let repaired_path = folder.path().join("repaired.db");
        remove(&repaired_path);
        let repaired = Store::repair(&damaged, &repaired_path, Repair::new());
        assert!(std::fs::read(&damaged).expect("reads") == damaged_bytes, "{story}: the file was changed");
        let otherwise = answers(&damaged) != before;
        assert!(found || !otherwise, "{story}: answers otherwise, and verify finds nothing");

        let untouched: Vec<bool> = expected
            .iter()
            .map(|(row, _)| {
                let ranges = &places[&map::uuid(&row[0])];
                !ranges.iter().any(|range| range.clone().any(differs))
            })
            .collect();
        let figure = &mut figures[kind];
        figure.times += 1;
        figure.found += u64::from(found);
        figure.answered_otherwise += u64::from(otherwise);
        figure.touched += untouched.iter().filter(|untouched| !**untouched).count() as u64;
        let repaired = match repaired {
            Ok(repaired) => repaired,
            Err(error) => {
                assert!(!untouched.contains(&true), "{story}: {error:?}, though memories are whole");
                continue;
            }
        };
        figure.saved += repaired.memories.saved;
        figure.suspect += repaired.memories.suspect;
        figure.lost += repaired.memories.lost;
        let saved = memories(&repaired_path);
        let mut of = std::collections::HashMap::new();
        for (row, names) in &saved {
            of.insert(map::uuid(&row[0]), (row, names));
        }
        for ((row, names), untouched) in expected.iter().zip(&untouched) {
            if *untouched {
                let Some((saved, saved_names)) = of.get(&map::uuid(&row[0])) else {
                    panic!("{story}: a memory that is whole was not saved");
                };
                assert_eq!(*saved, row, "{story}");
                assert!(repaired.names_lost > 0 || *saved_names == names, "{story}: {names:?}");
            }
        }
        if !found {
            assert!(repaired.is_complete(), "{story}: {repaired:?}");
        }
        let store = Store::open(&repaired_path).unwrap_or_else(|error| panic!("{story}: {error}"));
        let verification = store.verify(true).expect("verifies");
        assert!(verification.is_sound(), "{story}: {:?}", verification.findings);
        kept::assert_returns(&store, &story);
        store.remember(NewMemory::new("Life goes on.")).expect("writes");
    }
    println!("damage  times  answers differ  found  memories touched  saved  suspect  lost");
    for (kind, f) in Damage::ALL.iter().zip(&figures) {
        println!(
            "{:<7} {:>5}  {:>14}  {:>5}  {:>16}  {:>5}  {:>7}  {:>4}",
            format!("{kind:?}"),
            f.times,
            f.answered_otherwise,
            f.found,
            f.touched,
            f.saved,
            f.suspect,
            f.lost
        );
    }
    let all = figures.iter().map(|figure| figure.answered_otherwise).sum::<u64>();
    assert!(all > 0, "nothing was damaged that anybody would miss");
}

fn small(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    shapes::fill(&path, 60);
    path
}

#[test]
fn a_log_beside_the_damaged_file_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("memories.db");
    let store = Store::open(&path).expect("opens");
    store.remember(NewMemory::new("In the file.")).expect("writes");
    drop(store);
    let store = Store::open(&path).expect("opens");
    store.remember(NewMemory::new("In the log alone.")).expect("writes");
    // As a kill leaves them: both files, copied while they are open.
    let (damaged, new) = (folder.path().join("damaged.db"), folder.path().join("new.db"));
    let refused = Store::repair(&path, &new, Repair::new());
    assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
    std::fs::copy(beside(&path, "-wal"), beside(&damaged, "-wal")).expect("copies");
    let mut bytes = std::fs::read(&path).expect("reads");
    bytes[..PAGE].fill(0);
    std::fs::write(&damaged, &bytes).expect("writes");
    let log = std::fs::read(beside(&damaged, "-wal")).expect("reads");

    let repaired = Store::repair(&damaged, &new, Repair::new()).expect("repairs");
    assert_eq!(repaired.memories.saved, 2, "{repaired:?}");
    assert!(repaired.is_complete(), "{repaired:?}");
    assert_eq!(std::fs::read(beside(&damaged, "-wal")).expect("reads"), log);
    assert_sound(&Store::open(&new).expect("opens"));
    assert!(matches!(Store::repair(&damaged, &new, Repair::new()), Err(Error::Conflict { .. })));
}

#[test]
fn what_is_no_store_is_refused_and_nothing_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("empty"), []).expect("writes");
    std::fs::write(at("zeros"), vec![0; 10 * PAGE]).expect("writes");
    std::fs::write(at("text"), "no store".repeat(5_000)).expect("writes");
    std::fs::create_dir(at("folder")).expect("makes");
    let foreign = raw(&at("foreign"));
    foreign
        .execute_batch(
            "PRAGMA page_size = 8192; CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);
             INSERT INTO person (name) VALUES ('Ada'), ('Grace')",
        )
        .expect("writes");
    drop(foreign);
    for name in ["empty", "zeros", "text", "folder", "foreign"] {
        let refused = Store::repair(at(name), at("new.db"), Repair::new());
        assert!(matches!(refused, Err(Error::NotAStore { .. })), "{name}: {refused:?}");
        assert!(!at("new.db").exists() && !at("new.db.partial").exists(), "{name}");
    }
    let refused = Store::repair(at("nothing"), at("new.db"), Repair::new());
    assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
}

#[test]
fn a_repair_of_a_sound_file_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, new) = (small(folder.path(), "sound.db"), folder.path().join("new.db"));
    let repaired = Store::repair(&path, &new, Repair::new()).expect("repairs");
    assert!(repaired.is_complete(), "{repaired:?}");
    assert!(repaired.entities.saved > 0 && repaired.relations.saved > 0 && repaired.mentions.saved > 0);
    assert!(repaired.vectors.saved > 0 && repaired.changes.saved > repaired.memories.saved);
    assert_eq!(memories(&path), memories(&new));
    for sql in [
        "SELECT * FROM attribute",
        "SELECT count(*), sum(value) FROM memory_attribute",
        "SELECT count(*) FROM memory_vector",
    ] {
        assert_eq!(rows(&raw(&path), sql), rows(&raw(&new), sql), "{sql}");
    }
    let (before, after) = (answers(&path), answers(&new));
    // Scores differ a little: the old index still counts the words of what was forgotten.
    assert!(before.export.is_some() && before.export == after.export);
    assert_sound(&Store::open(&new).expect("opens"));
}

#[test]
fn a_repair_that_is_stopped_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, new) = (small(folder.path(), "sound.db"), folder.path().join("new.db"));
    let mut repair = Repair::new();
    repair.on_progress(|_| std::ops::ControlFlow::Break(()));
    assert_eq!(Store::repair(&path, &new, repair), Err(Error::Cancelled));
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("lists")
        .map(|entry| entry.expect("reads").file_name())
        .collect();
    assert_eq!(left, ["sound.db"]);
}

#[test]
fn what_is_derived_is_made_anew_in_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = small(folder.path(), "memories.db");
    let before = answers(&path);
    let conn = raw(&path);
    conn.execute("DELETE FROM memory_tag", []).expect("deletes");
    conn.execute("DELETE FROM word_log", []).expect("deletes");
    conn.execute("DELETE FROM word_segment", []).expect("deletes");
    drop(conn);
    let store = Store::open(&path).expect("opens");
    let verification = store.verify(true).expect("verifies");
    assert!(!verification.is_sound() && verification.is_base_sound(), "{:?}", verification.findings);
    store.rebuild().expect("begins");
    // A write meanwhile is neither lost nor indexed twice.
    assert!(!store.upkeep().expect("lists").is_empty());
    let id = store.remember(NewMemory::new("Between two steps.").tag("meanwhile")).expect("writes").id;
    store.maintain(mindkeep::Budget::all()).expect("maintains");
    assert_sound(&store);
    store.forget(&[id]).expect("forgets");
    drop(store);
    assert!(answers(&path).hits.is_some_and(|hits| hits.len() == before.hits.as_ref().map_or(0, Vec::len)));
}

#[test]
fn rows_from_before_there_were_checksums_get_them_in_upkeep() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = small(folder.path(), "memories.db");
    let conn = raw(&path);
    let sums = "SELECT * FROM row_checksum ORDER BY 1, 2";
    let before = rows(&conn, sums);
    conn.execute_batch(
        "DELETE FROM row_checksum;
         INSERT INTO upkeep (task, done_to, target) VALUES
           ('checksum:memory', 0, 10000), ('checksum:entity', 0, 10000), ('checksum:relation', 0, 10000),
           ('checksum:vector', 0, 10000), ('checksum:change', 0, 10000)",
    )
    .expect("writes");
    drop(conn);
    let store = Store::open(&path).expect("opens");
    assert_sound(&store);
    store.maintain(mindkeep::Budget::all()).expect("maintains");
    assert_sound(&store);
    drop(store);
    assert_eq!(rows(&raw(&path), sums), before);
    // Without upkeep to come, a row without a checksum is a finding.
    raw(&path).execute("DELETE FROM row_checksum WHERE thing = 1", []).expect("deletes");
    assert!(is_found(&path));
}
