//! Do upgrades go forward and back without losing a row, and does a file that may not be upgraded stay as it is?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::path::Path;

use ground::rows::rows_and_counters;
use ground::{Dice, NEWEST, assert_sound, first_schema, names, raw, seed, times};
use mindkeep::{
    Attribute, AttributeType, Embedding, Error, Filter, Kind, Metadata, Migrate, MigrationState, NewMemory,
    Schema, Snapshot, Store,
};
use tempfile::tempdir;

/// The schema's own text, as SQLite keeps it.
fn schema(path: &Path) -> Vec<(String, Option<String>)> {
    let conn = raw(path);
    let sql = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

fn newest(path: &Path) -> u32 {
    Schema::of(path).status().unwrap().len() as u32
}

/// Down to every older schema and up again, twice: the same rows, the same schema, and no file beside it.
fn up_and_down(path: &Path) {
    let newest = newest(path);
    drop(Store::open(path).unwrap());
    let (rows, text) = (rows_and_counters(path), schema(path));
    for target in (1..newest).rev().chain(1..newest) {
        let back = Schema::of(path).down(target).unwrap().unwrap();
        assert_eq!((back.from, back.to), (newest, target));
        assert_ne!(back.snapshot, Snapshot::None);
        assert_eq!(rows_and_counters(path), rows, "down to {target}");
        assert!(Schema::of(path).check().unwrap().is_sound());
        let store = Store::open(path).unwrap();
        let upgrade = store.upgraded().unwrap();
        assert_eq!((upgrade.from, upgrade.to), (target, newest));
        assert!(upgrade.snapshot != Snapshot::None && !upgrade.took.is_zero());
        drop(store);
        assert_eq!(rows_and_counters(path), rows, "up from {target}");
        assert_eq!(schema(path), text);
        assert_eq!(names(path.parent().unwrap()), ["memories.db"]);
        assert!(Schema::of(path).check().unwrap().is_sound());
    }
}

#[test]
fn up_and_down_keeps_an_empty_and_a_small_store() {
    let home = tempdir().unwrap();
    let path = home.path().join("memories.db");
    drop(Store::open(&path).unwrap());
    up_and_down(&path);
    let home = tempdir().unwrap();
    let path = first_schema(home.path());
    up_and_down(&path);
    let store = Store::open(&path).unwrap();
    assert_sound(&store);
    assert_eq!(store.upgraded(), None, "it was upgraded before");
    assert_eq!(store.count(&Filter::default()), Ok(3));
}

/// `MINDKEEP_BIG_MB=1000` makes it as large as the acceptance asks.
#[test]
fn up_and_down_keeps_a_big_store() {
    let megabytes = times("BIG_MB", 8, 100);
    let home = tempdir().unwrap();
    let path = home.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    let mut dice = Dice(seed());
    let mut memories = 0;
    // A vector has 16 KiB.
    for chunk in 0..megabytes.div_ceil(8) {
        let batch: Vec<_> = (0..480)
            .map(|n| {
                let numbers: Vec<f32> = (0..4_096).map(|_| dice.roll() as f32).collect();
                let memory = NewMemory::new(format!("Day {n} of chunk {chunk}.")).key(format!("{chunk}/{n}"));
                memory.tag("big").embedding(Embedding::f32("large", &numbers))
            })
            .collect();
        memories += batch.len() as u64;
        store.remember_all(batch).unwrap();
    }
    drop(store);
    let bytes = std::fs::metadata(&path).unwrap().len();
    assert!(bytes >= megabytes * 900_000, "{bytes} bytes");
    up_and_down(&path);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.count(&Filter::default()), Ok(memories));
    let took = Schema::of(&path).status().unwrap().last().unwrap().took.unwrap();
    println!("up and down with {bytes} bytes: equal; the step itself took {took:?}");
}

#[test]
fn an_upgraded_schema_is_a_fresh_one() {
    let home = tempdir().unwrap();
    let (old, fresh) = (first_schema(home.path()), home.path().join("fresh.db"));
    drop((Store::open(&old).unwrap(), Store::open(&fresh).unwrap()));
    assert_eq!(schema(&old), schema(&fresh));
    let steps = Schema::of(&old).status().unwrap();
    // When the first step was taken, such records were not kept.
    assert_eq!((steps[0].applied_at, steps[0].took), (None, None));
    assert!(steps.iter().all(|step| step.state == MigrationState::Applied));
    assert!(steps[1].applied_at.is_some() && steps[1].took.is_some());
    let steps = Schema::of(&fresh).status().unwrap();
    assert!(steps.iter().all(|step| step.applied_at.is_some() && step.took.is_some()));
    assert_eq!(Store::open(&fresh).unwrap().upgraded(), None);
}

#[test]
fn what_is_written_after_an_upgrade_survives_going_back() {
    let home = tempdir().unwrap();
    let path = first_schema(home.path());
    let store = Store::open(&path).unwrap();
    let told = store.persona("later").remember(
        NewMemory::new("Written by the new version.")
            .kind(Kind::new("task"))
            .key("1")
            .tag("late")
            .metadata(Metadata::parse(r#"{"done":false}"#).unwrap())
            .embedding(Embedding::f32("tiny-3d", &[1.0, 2.0, 3.0])),
    );
    let id = told.unwrap().id;
    store.update(id, mindkeep::Patch::new().importance(0.75)).unwrap();
    let done = Attribute::new(Kind::new("task"), "done", AttributeType::Boolean);
    store.declare(done.clone()).unwrap();
    let lines = &br#"{"type":"entity","name":"Thames"}"#[..];
    store.import(lines, mindkeep::Import::new().strict()).unwrap();
    store.maintain(mindkeep::Budget::all()).unwrap();
    let before = store.get(id).unwrap();
    drop(store);
    let rows = rows_and_counters(&path);
    Schema::of(&path).down(1).unwrap();
    assert_eq!(rows_and_counters(&path), rows);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.get(id), Ok(before));
    // The first schema has no place for declarations; the app makes them again.
    assert!(store.attributes().unwrap().is_empty());
    store.declare(done).unwrap();
    assert_sound(&store);
}

/// The copy from before an upgrade holds what is deleted after it: nothing of it may outlast the upgrade.
#[test]
fn deleted_text_does_not_come_back() {
    const MARKER: &str = "Xylopyrography";
    let home = tempdir().unwrap();
    let path = first_schema(home.path());
    let store = Store::open(&path).unwrap();
    let id = store.remember(NewMemory::new(format!("A secret about {MARKER}."))).unwrap().id;
    drop(store);
    Schema::of(&path).down(1).unwrap();
    let found = || {
        let files = names(home.path()).into_iter().map(|name| std::fs::read(home.path().join(name)).unwrap());
        let word = MARKER.to_lowercase();
        files
            .filter(|bytes| bytes.to_ascii_lowercase().windows(word.len()).any(|w| w == word.as_bytes()))
            .count()
    };
    assert_eq!(found(), 1, "it can be found where it is");
    drop(Store::open(&path).unwrap());
    assert_eq!(found(), 1, "the copy has gone");
    let conn = raw(&path);
    let row: i64 = conn
        .query_row("SELECT memory_id FROM memory WHERE uuid = ?1", [id.as_bytes()], |row| row.get(0))
        .unwrap();
    conn.execute("DELETE FROM memory WHERE memory_id = ?1", [row]).unwrap();
    conn.execute("DELETE FROM word_log WHERE memory_id = ?1", [row]).unwrap();
    conn.execute_batch("VACUUM").unwrap();
    conn.close().unwrap();
    assert_eq!(found(), 0, "deleted");
    Schema::of(&path).down(1).unwrap();
    assert_eq!(found(), 0, "after going back");
    drop(Store::open(&path).unwrap());
    assert_eq!(found(), 0, "after another upgrade");
}

#[test]
fn who_may_not_upgrade_changes_nothing() {
    let home = tempdir().unwrap();
    let path = first_schema(home.path());
    let before = std::fs::read(&path).unwrap();
    for builder in [Store::builder().migrate(Migrate::Never), Store::builder().read_only()] {
        let pending = Error::UpgradePending { found: 1, needed: newest(&path) };
        assert_eq!(builder.open(&path).unwrap_err(), pending);
    }
    let steps = Schema::of(&path).status().unwrap();
    assert_eq!((steps[0].state, steps[1].state), (MigrationState::Applied, MigrationState::Pending));
    assert!(Schema::of(&path).check().unwrap().is_sound());
    assert!(std::fs::read(&path).unwrap() == before);
    for (to, field) in [(0, "to"), (2, "to")] {
        let error = Schema::of(&path).down(to).unwrap_err();
        assert!(matches!(error, Error::InvalidInput { field: f, .. } if f == field), "{error}");
    }
    assert_eq!(Schema::of(&path).down(1), Ok(None));
    for (name, kind) in [("nowhere.db", "NotFound"), ("", "NotAStore")] {
        let schema = Schema::of(home.path().join(name));
        let kinds = [
            schema.status().unwrap_err().kind(),
            schema.check().unwrap_err().kind(),
            schema.up().unwrap_err().kind(),
            schema.down(1).unwrap_err().kind(),
        ];
        assert_eq!(kinds, [kind; 4]);
    }
    assert!(std::fs::read(&path).unwrap() == before);
}

/// A handle that is open while the schema goes: it says so, whatever its statements miss, and works again after.
#[test]
fn an_open_handle_says_that_the_schema_went() {
    let home = tempdir().unwrap();
    let path = first_schema(home.path());
    let store = Store::open(&path).unwrap();
    let pending = || Error::UpgradePending { found: 1, needed: NEWEST };
    assert!(store.upkeep().is_ok());
    let back = Schema::of(&path).down(1).unwrap().unwrap();
    assert_eq!(back.snapshot, Snapshot::Copied, "a file that is open is not cloned");
    assert_eq!(store.remember(NewMemory::new("Too late.")), Err(pending()));
    assert_eq!(store.upkeep(), Err(pending()));
    assert_eq!(store.maintain(mindkeep::Budget::all()), Err(pending()));
    assert!(store.count(&Filter::default()).is_ok_and(|count| count == 3), "what needs nothing new goes on");
    Schema::of(&path).up().unwrap().unwrap();
    assert!(store.upkeep().is_ok());
    store.remember(NewMemory::new("In time again.")).unwrap();
    // The same where a newer version took something away.
    let newer = raw(&path);
    newer
        .execute_batch(
            "DROP TABLE upkeep; UPDATE store_state SET schema_version = 999; PRAGMA user_version = 999",
        )
        .unwrap();
    assert_eq!(store.upkeep(), Err(Error::SchemaTooNew { found: 999, supported: NEWEST }));
    newer.close().unwrap();
}

/// After a pause a file may have been taken back; resuming upgrades it as opening does.
#[test]
fn resuming_upgrades_again() {
    let home = tempdir().unwrap();
    let path = first_schema(home.path());
    let store = Store::open(&path).unwrap();
    store.pause(std::time::Duration::from_secs(1)).unwrap();
    Schema::of(&path).down(1).unwrap().unwrap();
    store.resume().unwrap();
    store.remember(NewMemory::new("After the pause.")).unwrap();
    assert_eq!(store.upgraded().map(|upgrade| (upgrade.from, upgrade.to)), Some((1, NEWEST)));
}

#[test]
fn check_finds_what_was_altered() {
    let home = tempdir().unwrap();
    let path = home.path().join("memories.db");
    let cases = [
        ("UPDATE migration SET checksum = checksum + 1 WHERE version = 2", "is not the one", true),
        ("DELETE FROM migration WHERE version = 1", "is missing", true),
        ("DROP INDEX memory_thread", "missing or altered", true),
        ("ALTER TABLE memory ADD COLUMN colour TEXT", "missing or altered", true),
        ("UPDATE store_state SET memory_seq = -1", "counter", false),
    ];
    // What somebody only added is not wrong.
    drop(Store::open(&path).unwrap());
    raw(&path).execute_batch("CREATE INDEX mine ON memory (source); CREATE VIEW v AS SELECT 1").unwrap();
    let found = Schema::of(&path).check().unwrap();
    assert!(found.is_sound() && found.added_by_hand == 2, "{found:?}");
    assert!(Schema::of(&path).down(1).is_ok());
    for (sql, what, is_refused) in cases {
        let _ = std::fs::remove_file(&path);
        drop(Store::open(&path).unwrap());
        assert!(Schema::of(&path).check().unwrap().findings.is_empty());
        raw(&path).execute_batch(sql).unwrap();
        let found = Schema::of(&path).check().unwrap();
        assert_eq!(found.findings.len(), 1, "{sql}: {found:?}");
        assert!(found.findings[0].check.contains(what) && found.findings[0].count == 1, "{sql}: {found:?}");
        // No step is taken from a schema that this version does not know; what is only added is in nobody's way.
        let down = Schema::of(&path).down(1);
        match is_refused {
            true => assert_eq!(down.unwrap_err().kind(), "SchemaDiffers", "{sql}"),
            false => assert!(down.is_ok(), "{sql}: {down:?}"),
        }
        assert_eq!(names(home.path()), ["memories.db"]);
    }
}

#[test]
fn every_schema_has_a_fixture_that_opens() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let home = tempdir().unwrap();
    for version in 1..=newest(&first_schema(home.path())) {
        let home = tempdir().unwrap();
        let path = home.path().join("memories.db");
        std::fs::copy(fixtures.join(format!("{version:04}.db")), &path).unwrap();
        let steps = Schema::of(&path).status().unwrap();
        assert_eq!(
            steps.iter().filter(|step| step.state == MigrationState::Applied).count(),
            version as usize
        );
        assert!(Schema::of(&path).check().unwrap().is_sound(), "{version}");
        let store = Store::open(&path).unwrap();
        assert_sound(&store);
        assert_eq!(store.count(&Filter::default()), Ok(3));
        assert_eq!(store.attributes().unwrap().len(), usize::from(version > 1));
        store.remember(NewMemory::new("It goes on.")).unwrap();
    }
}

/// SQLite has the log beside the file itself, not beside the link; who looked there took an open file for closed.
#[cfg(unix)]
#[test]
fn a_link_leads_to_the_file_and_what_lies_beside_it() {
    let (home, elsewhere) = (tempdir().unwrap(), tempdir().unwrap());
    let path = first_schema(home.path());
    let link = elsewhere.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let other = raw(&path);
    other.execute_batch("INSERT INTO kind (name) VALUES ('in the log')").unwrap();
    assert_eq!(Schema::of(&link).up().unwrap().unwrap().snapshot, Snapshot::Copied);
    other.close().unwrap();
    // What an upgrade left that was cut off is found by either name.
    std::fs::write(home.path().join("memories.db.before-1"), "half a copy").unwrap();
    let store = Store::open(&link).unwrap();
    assert!(store.verify(true).unwrap().is_sound());
    // The last to close takes the log into the file if it has written.
    store.remember(NewMemory::new("By the link.")).unwrap();
    drop(store);
    assert_eq!(
        (names(home.path()), names(elsewhere.path())),
        (vec!["memories.db".to_owned()], vec!["link.db".to_owned()])
    );
}

/// Where the file system can clone, nothing is copied; while somebody else has the file open, it is.
#[test]
fn a_closed_file_is_cloned_where_that_can_be_done() {
    let home = tempdir().unwrap();
    let path = first_schema(home.path());
    let can = reflink_copy::reflink(&path, home.path().join("clone")).is_ok();
    let expected = if can { Snapshot::Cloned } else { Snapshot::Copied };
    println!("this file system {} clone", if can { "can" } else { "cannot" });
    let _ = std::fs::remove_file(home.path().join("clone"));
    let snapshot = |upgrade: Option<mindkeep::Upgrade>| upgrade.unwrap().snapshot;
    assert_eq!(snapshot(Schema::of(&path).up().unwrap()), expected);
    let other = raw(&path);
    other.query_row("SELECT count(*) FROM memory", [], |_| Ok(())).unwrap();
    assert_eq!(snapshot(Schema::of(&path).down(1).unwrap()), Snapshot::Copied);
    other.close().unwrap();
    assert_eq!(snapshot(Schema::of(&path).up().unwrap()), expected);
    assert_eq!(names(home.path()), ["memories.db"]);
}
