//! Does the new store hold nothing that was made up, and is everything told that it does not hold?

use std::path::Path;

use mindkeep::{
    Backup, Embedding, Export, Import, Kind, Metadata, NewMemory, Repair, Repaired, Schema, Store,
};

use super::ground::{Dice, assert_sound, raw, seed, times};
use super::{PAGE, remove, shapes};

/// What is saved from these bytes.
fn repaired(folder: &Path, bytes: &[u8]) -> mindkeep::Result<(Store, Repaired)> {
    let (damaged, new) = (folder.join("damaged.db"), folder.join("new.db"));
    remove(&damaged);
    remove(&new);
    std::fs::write(&damaged, bytes).expect("writes");
    let report = Store::repair(&damaged, &new, Repair::new())?;
    Ok((Store::open(&new).expect("opens"), report))
}

/// Everything of a store that can be exported can be imported into an empty one.
#[track_caller]
pub fn assert_returns(store: &Store, story: &str) {
    let mut lines = Vec::new();
    let exported = store.export(&mut lines, Export::new()).unwrap_or_else(|error| panic!("{story}: {error}"));
    let empty = Store::builder().open_in_memory().expect("opens");
    let report = empty.import(lines.as_slice(), Import::new()).unwrap_or_else(|e| panic!("{story}: {e}"));
    assert_eq!(report.rejected_count, 0, "{story}: {:?}", report.rejected.first());
    let again = empty.export(std::io::sink(), Export::new()).expect("exports");
    assert_eq!(again, exported, "{story}");
    assert!(empty.verify(true).expect("verifies").is_sound(), "{story}");
}

#[test]
fn whatever_is_saved_is_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sound.db");
    shapes::fill(&path, 120);
    let newest = std::fs::read(&path).expect("reads");
    Schema::of(&path).down(1).expect("goes down");
    let first = std::fs::read(&path).expect("reads");
    let mut dice = Dice(seed());
    let (mut dropped, mut unchecked) = (0, 0);
    for round in 0..times("SCATTERED", 12, 300) {
        let mut bytes = if round % 2 == 0 { newest.clone() } else { first.clone() };
        // The head of the file, and of the pages' own lists of rows, is left alone: what is struck are values.
        for _ in 0..bytes.len() / 400 {
            let at = dice.below(bytes.len() as u64) as usize;
            if at % PAGE > 400 && at > PAGE {
                bytes[at] =
                    if dice.below(2) == 0 { bytes[at] ^ (1 << dice.below(8)) } else { dice.roll() as u8 };
            }
        }
        let story = format!("round {round}");
        let (store, report) = repaired(folder.path(), &bytes).unwrap_or_else(|e| panic!("{story}: {e:?}"));
        assert_sound(&store);
        assert_returns(&store, &story);
        assert!(!report.is_complete(), "{story}: {report:?}");
        assert!(round % 2 == 0 || report.memories.unchecked > 0, "{story}: {report:?}");
        let all = report.memories;
        assert!(all.suspect + all.unchecked <= all.saved, "{story}: {report:?}");
        dropped += report.dropped.values().sum::<u64>();
        unchecked += all.unchecked;
    }
    assert!(dropped > 0 && unchecked > 0, "the dice struck nothing that has a form");
}

/// A cell that the cut goes through had the zeros of a page that is not there.
#[test]
fn nothing_is_made_up_beyond_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("memories.db");
    let store = Store::open(&path).expect("opens");
    let memories = (0..500).map(|i| {
        NewMemory::new(format!("{i} {}", "a long winter ".repeat(28)))
            .embedding(Embedding::f32("ones", &[1.0; 96]))
    });
    store.remember_all(memories).expect("writes");
    let copy = folder.path().join("copy.db");
    store.backup(&copy, Backup::new()).expect("copies");
    drop(store);
    let bytes = std::fs::read(copy).expect("reads");
    let mut dice = Dice(seed());
    // No number of a vector is 0, either.
    let made_up = "SELECT (SELECT count(*) FROM memory WHERE content NOT LIKE '% a long winter %winter ')
                        + (SELECT count(*) FROM memory_vector WHERE hex(numbers) NOT LIKE '%0000803F')";
    for _ in 0..times("CUTS", 24, 400) {
        let end = dice.below(bytes.len() as u64) as usize;
        let Ok((store, report)) = repaired(folder.path(), &bytes[..end]) else { continue };
        let made_up: u64 =
            raw(&folder.path().join("new.db")).query_row(made_up, [], |row| row.get(0)).expect("counts");
        assert_eq!(made_up, 0, "cut at {end}");
        assert!(!report.is_complete() && report.pages_cut_off > 0, "cut at {end}: {report:?}");
        assert_returns(&store, &format!("cut at {end}"));
    }
}

/// A zeroed page in the middle of a long text leaves a text with zeros, which is none.
#[test]
fn a_text_with_zeros_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("memories.db");
    let store = Store::open(&path).expect("opens");
    let id = store.remember(NewMemory::new("sand ".repeat(10_000))).expect("writes").id;
    store.remember(NewMemory::new("A short one.")).expect("writes");
    drop(store);
    let mut bytes = std::fs::read(&path).expect("reads");
    let page = bytes
        .chunks(PAGE)
        .rposition(|page| page[4..].starts_with(b"sand ") || page[4..].starts_with(b"and "));
    let page = page
        .or_else(|| bytes.chunks(PAGE).rposition(|page| page[100..].starts_with(b"sand ")))
        .expect("is there");
    bytes[page * PAGE + 4..(page + 1) * PAGE].fill(0);
    let (store, report) = repaired(folder.path(), &bytes).expect("something is left");
    assert_eq!((report.memories.saved, report.memories.lost), (1, 1), "{report:?}");
    assert_eq!(report.lost_ids, [id]);
    assert_eq!(store.timeline(mindkeep::Timeline::new()).expect("lists").memories[0].content, "A short one.");
}

/// A store of three memories with tags and metadata, closed.
fn tagged(path: &Path) -> Vec<mindkeep::MemoryId> {
    let store = Store::open(path).expect("opens");
    let ids = (1..=3).map(|i| {
        let metadata = Metadata::parse(&format!(r#"{{"weather":"rain {i}"}}"#)).expect("an object");
        let memory = NewMemory::new(format!("Day {i}.")).tag(format!("t{i}")).metadata(metadata);
        store.remember(memory).expect("writes").id
    });
    ids.collect()
}

#[test]
fn what_is_dropped_of_a_memory_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("memories.db");
    let ids = tagged(&path);
    let sound = std::fs::read(&path).expect("reads");
    let place =
        |needle: &[u8]| sound.windows(needle.len()).position(|bytes| bytes == needle).expect("is there");
    for (field, needle, byte) in
        [("metadata", &br#"{"weather":"rain 2"}"#[..], b'['), ("tags", &br#"["t2"]"#[..], b'x')]
    {
        let mut bytes = sound.clone();
        bytes[place(needle)] = byte;
        let (store, report) = repaired(folder.path(), &bytes).expect("something is left");
        assert_eq!(
            (report.memories.saved, report.memories.suspect, report.memories.lost),
            (3, 1, 0),
            "{report:?}"
        );
        assert_eq!(report.dropped, [(field, 1)].into());
        assert_eq!(report.suspect_ids, [ids[1]]);
        let kept = store.get(ids[1]).expect("is there");
        assert_eq!(
            (kept.content.as_str(), kept.tags.is_empty(), kept.metadata.is_empty()),
            match field {
                "tags" => ("Day 2.", true, false),
                _ => ("Day 2.", false, true),
            }
        );
    }
    // Without checksums nothing else tells.
    Schema::of(&path).down(1).expect("goes down");
    raw(&path)
        .execute("UPDATE memory SET metadata = 'not json', forgotten_at = 1 << 60 WHERE memory_id = 2", [])
        .expect("writes");
    let bytes = std::fs::read(&path).expect("reads");
    let (store, report) = repaired(folder.path(), &bytes).expect("something is left");
    let memories = report.memories;
    assert_eq!(
        (memories.saved, memories.suspect, memories.unchecked, memories.lost),
        (3, 1, 2, 0),
        "{report:?}"
    );
    assert_eq!(report.dropped, [("forgotten_at", 1), ("metadata", 1)].into());
    assert_eq!(report.suspect_ids, [ids[1]]);
    assert!(!report.is_complete());
    assert!(store.get(ids[1]).is_err(), "what was forgotten came back");
}

#[test]
fn rows_whose_checksum_is_gone_are_counted_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("memories.db");
    tagged(&path);
    raw(&path).execute("DELETE FROM row_checksum WHERE thing = 1", []).expect("deletes");
    let (store, report) =
        repaired(folder.path(), &std::fs::read(&path).expect("reads")).expect("all is left");
    assert_eq!(
        (report.memories.saved, report.memories.suspect, report.memories.unchecked),
        (3, 0, 3),
        "{report:?}"
    );
    assert!(!report.is_complete());
    assert_sound(&store);
}

/// Tables that are not the store's are not saved; that is said.
#[test]
fn what_somebody_added_is_left_in_the_damaged_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("memories.db");
    tagged(&path);
    raw(&path).execute_batch("CREATE TABLE mine (x); CREATE INDEX ours ON mine (x)").expect("makes");
    let (_, report) = repaired(folder.path(), &std::fs::read(&path).expect("reads")).expect("all is left");
    assert_eq!(report.tables_left_out, 1);
    assert!(report.is_complete(), "{report:?}");
}

/// Once the name of a kind is lost, nothing says that its memories have a history; they keep it.
#[test]
fn a_history_outlives_the_name_of_its_kind() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("memories.db");
    let store = Store::open(&path).expect("opens");
    for text in ["Water.", "Tea.", "Oat milk."] {
        store.remember(NewMemory::new(text).kind(Kind::PREFERENCE).key("drink")).expect("writes");
    }
    drop(store);
    let conn = raw(&path);
    let sql = "SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'kind' AND rootpage > 0";
    let mut statement = conn.prepare(sql).expect("prepares");
    let roots: Vec<usize> =
        statement.query_map([], |row| row.get(0)).expect("runs").map(|root| root.expect("reads")).collect();
    drop(statement);
    drop(conn);
    let mut bytes = std::fs::read(&path).expect("reads");
    roots.iter().for_each(|root| bytes[(root - 1) * PAGE..root * PAGE].fill(0));
    let (store, report) = repaired(folder.path(), &bytes).expect("all else is left");
    assert_eq!((report.memories.saved, report.names_lost), (3, 1), "{report:?}");
    let history = store.persona("default").history(&Kind::from("recovered-1"), "drink");
    assert_eq!(history.expect("lists").len(), 3);
    assert_returns(&store, "without the kind's name");
}

/// A declared path whose bytes are no text any more is told, and does not end the repair.
#[test]
fn a_declared_path_that_is_no_text_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("memories.db");
    let store = Store::open(&path).expect("opens");
    for path in ["due", "done"] {
        let attribute = mindkeep::Attribute::new("task".into(), path, mindkeep::AttributeType::Text);
        store.declare(attribute).expect("declares");
    }
    drop(store);
    let mut bytes = std::fs::read(&path).expect("reads");
    for at in 0..bytes.len() - 7 {
        if bytes[at..].starts_with(b"duetext") {
            bytes[at] = 0xC3;
        }
    }
    let (store, report) = repaired(folder.path(), &bytes).expect("all else is left");
    assert_eq!(report.dropped, [("attribute", 1)].into(), "{report:?}");
    assert_eq!(store.attributes().expect("lists").len(), 1);
    assert_returns(&store, "without the path");
}
