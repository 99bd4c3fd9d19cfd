//! Which files does a store open, which does it leave alone, and what lies on the disk?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ground::{NEWEST, assert_sound, beside, raw};
use mindkeep::{Backup, Error, Filter, Import, Kind, MemoryId, Migrate, NewMemory, Outcome, Store, Timeline};
use rusqlite::config::DbConfig;
use tempfile::{TempDir, tempdir};

/// A closed store with two memories.
fn closed_store(home: &TempDir) -> PathBuf {
    let path = home.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    store.persona("pepys").remember(NewMemory::new("Up betimes.").kind(Kind::EVENT).tag("morning")).unwrap();
    store.persona("ada").remember(NewMemory::new("Tea.").kind(Kind::FACT).key("drink")).unwrap();
    path
}

/// Every file of a folder, byte for byte. No store of this process may be open there.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap());
    files
        .map(|file| {
            let bytes = if file.path().is_dir() { Vec::new() } else { std::fs::read(file.path()).unwrap() };
            (file.file_name().into_string().unwrap(), bytes)
        })
        .collect()
}

fn names(folder: &Path) -> Vec<String> {
    bytes(folder).into_keys().collect()
}

/// Opening `path` in every way fails with an error of this kind and changes no byte. Who only reads may leave shared
/// memory and an empty log.
#[track_caller]
fn assert_refused(path: &Path, kind: &str) {
    let folder = path.parent().unwrap();
    let contents = || {
        let mut files = bytes(folder);
        files.retain(|name, bytes| {
            let beside = name.ends_with("-shm") || (name.ends_with("-wal") && bytes.is_empty());
            !beside
        });
        files
    };
    let before = contents();
    for builder in [
        Store::builder(),
        Store::builder().read_only(),
        Store::builder().extension(),
        Store::builder().migrate(Migrate::Never),
        Store::builder().create(false),
    ] {
        let error = builder.open(path).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!error.to_string().is_empty() && !error.hint().is_empty());
    }
    let after = contents();
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert!(before == after, "a refused file was changed");
}

#[test]
fn a_newer_schema_is_refused_untouched() {
    let home = tempdir().unwrap();
    let path = closed_store(&home);
    let newer = raw(&path);
    newer.pragma_update(None, "user_version", 999).unwrap();
    drop(newer);
    assert_refused(&path, "SchemaTooNew");
    assert_eq!(Store::open(&path).unwrap_err(), Error::SchemaTooNew { found: 999, supported: NEWEST });
    // The same while the newer version's last commits lie in the log.
    let newer = raw(&path);
    newer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    newer.execute_batch("CREATE TABLE later (column); INSERT INTO later VALUES ('x')").unwrap();
    drop(newer);
    assert!(std::fs::metadata(beside(&path, "-wal")).unwrap().len() > 0);
    assert_refused(&path, "SchemaTooNew");
}

#[test]
fn a_schema_that_is_upgraded_meanwhile_is_not_written() {
    let home = tempdir().unwrap();
    let store = Store::open(closed_store(&home)).unwrap();
    let newer = raw(store.path().unwrap());
    newer.execute_batch("UPDATE store_state SET schema_version = 999; PRAGMA user_version = 999").unwrap();
    let error = store.remember(NewMemory::new("Too late.")).unwrap_err();
    assert_eq!(error, Error::SchemaTooNew { found: 999, supported: NEWEST });
    newer.close().unwrap();
}

#[test]
fn foreign_files_are_refused_untouched() {
    let home = tempdir().unwrap();
    let path = home.path().join("notes.db");
    std::fs::write(&path, "Dear diary, this is not a database. ".repeat(10)).unwrap();
    assert_refused(&path, "NotAStore");
    std::fs::write(&path, "Short.").unwrap();
    assert_refused(&path, "NotAStore");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert_refused(&path, "NotAStore");
    std::fs::remove_dir(&path).unwrap();
    let foreign = raw(&path);
    foreign.execute_batch("CREATE TABLE bookmark (url TEXT); INSERT INTO bookmark VALUES ('x')").unwrap();
    foreign.close().unwrap();
    assert_refused(&path, "NotAStore");
    let foreign = raw(&path);
    foreign
        .execute_batch("PRAGMA application_id = 4711; PRAGMA journal_mode = WAL; PRAGMA user_version = 1")
        .unwrap();
    foreign.close().unwrap();
    assert_refused(&path, "NotAStore");
}

#[test]
fn what_is_not_there_is_made_only_if_that_is_wanted() {
    let home = tempdir().unwrap();
    let path = home.path().join("memories.db");
    for builder in
        [Store::builder().create(false), Store::builder().read_only(), Store::builder().extension()]
    {
        assert_eq!(builder.open(&path).unwrap_err(), Error::NotFound { what: "file" });
        assert!(names(home.path()).is_empty());
    }
    assert_eq!(Store::open(home.path().join("no/folder.db")).unwrap_err().kind(), "NotFound");
    std::fs::write(&path, "").unwrap();
    assert_eq!(Store::builder().create(false).open(&path).unwrap_err().kind(), "NotAStore");
    assert_eq!(Store::builder().read_only().open(&path).unwrap_err().kind(), "NotAStore");
    assert!(std::fs::read(&path).unwrap().is_empty());
    let store = Store::open(&path).unwrap();
    store.remember(NewMemory::new("In a file of no bytes.")).unwrap();
    assert_sound(&store);
}

/// Not for the superuser, to whom no file is read-only.
#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_written_can_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempdir().unwrap();
    let path = closed_store(&home);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    if std::fs::File::options().append(true).open(&path).is_ok() {
        println!("skipped: this user may write read-only files");
        return;
    }
    assert_eq!(Store::builder().read_only().open(&path).unwrap().count(&Filter::default()), Ok(2));
    let error = Store::open(&path).and_then(|store| store.remember(NewMemory::new("No."))).unwrap_err();
    assert!(["ReadOnly", "Unavailable"].contains(&error.kind()), "{error}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    assert_eq!(Store::open(&path).unwrap_err().kind(), "Unavailable");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempdir().unwrap();
    let store = Store::open(home.path().join("memories.db")).unwrap();
    store.remember(NewMemory::new("Nobody else's business.")).unwrap();
    store.backup(home.path().join("copy.db"), Backup::new()).unwrap();
    let files: Vec<PathBuf> = home.path().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 4, "{files:?}");
    for file in files {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
}

#[test]
fn a_closed_store_is_one_file() {
    let home = tempdir().unwrap();
    closed_store(&home);
    assert_eq!(names(home.path()), ["memories.db"]);
}

#[test]
fn a_store_that_only_reads_never_writes() {
    let home = tempdir().unwrap();
    let path = closed_store(&home);
    let before = bytes(home.path());
    for builder in [Store::builder().read_only(), Store::builder().extension()] {
        let store = builder.open(&path).unwrap();
        let id = store.timeline(Timeline::new()).unwrap().memories[0].id;
        let line = &br#"{"type":"entity","name":"London"}"#[..];
        for result in [
            store.remember(NewMemory::new("No.")).map(drop),
            store.remember_all([NewMemory::new("No.")]).map(drop),
            store.update(id, mindkeep::Patch::new().importance(0.1)).map(drop),
            store.forget(&[id]).map(drop),
            store.undo_forget(&[id]).map(drop),
            store.forget_matching(mindkeep::Forget::new().persona("ada")).map(drop),
            store.import(line, Import::new()).map(drop),
            store.import(line, Import::new().strict()).map(drop),
        ] {
            assert_eq!(result, Err(Error::ReadOnly));
        }
        assert_eq!(store.forget_matching(mindkeep::Forget::new().persona("ada").dry_run()).unwrap().count, 1);
        assert!(store.verify(true).unwrap().is_sound());
        assert_eq!(store.recall(mindkeep::Recall::new("betimes")).unwrap().len(), 1);
        drop(store);
        let mut after = bytes(home.path());
        after.remove("memories.db-shm");
        assert!(after.remove("memories.db-wal").is_none_or(|log| log.is_empty()));
        assert!(after == before);
    }
}

#[test]
fn one_file_opened_twice_is_one_store() {
    let home = tempdir().unwrap();
    let path = closed_store(&home);
    let first = Store::open(&path).unwrap();
    let notices = first.notices().unwrap();
    let other_way = home.path().join(".").join("memories.db");
    let second = Store::open(other_way).unwrap();
    let told = second.persona("ada").remember(NewMemory::new("Through the other.")).unwrap();
    assert_eq!(first.get(told.id).unwrap().content, "Through the other.");
    assert_eq!(notices.try_next().unwrap().persona.unwrap().as_str(), "ada");
    assert_eq!(notices.try_next(), None, "told once");
    assert_eq!(first.poll_notices(), Ok(false), "told already");
    let reading = Store::builder().read_only().open(&path).unwrap();
    assert_eq!(reading.get(told.id).unwrap().content, "Through the other.");
    assert_eq!(reading.forget(&[told.id]), Err(Error::ReadOnly), "a handle keeps its own word");
    second.pause(std::time::Duration::ZERO).unwrap();
    assert!(first.is_paused() && reading.is_paused());
    first.resume().unwrap();
    drop(first);
    assert!(second.get(told.id).is_ok(), "the last handle closes the file");
}

/// Who writes a file: the id of the replica, of how many.
fn replica(path: &Path) -> (Vec<u8>, u64) {
    let sql = "SELECT uuid, (SELECT count(*) FROM replica) FROM store_state JOIN replica USING (replica_id)";
    raw(path).query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

#[test]
fn a_copy_writes_under_an_id_of_its_own() {
    let home = tempdir().unwrap();
    let path = closed_store(&home);
    let (original, count) = replica(&path);
    assert_eq!(count, 1);
    drop(Store::open(&path).unwrap());
    assert_eq!(replica(&path), (original.clone(), 1), "opening again changes nothing");
    let copy = home.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    drop(Store::open(&copy).unwrap());
    let (copied, count) = replica(&copy);
    assert!(copied != original && count == 2);
    drop(Store::open(&copy).unwrap());
    assert_eq!(replica(&copy), (copied, 2), "once, at the first opening");
    assert_eq!(replica(&path), (original, 1));
}

#[test]
fn a_backup_of_an_empty_store_is_nobodys() {
    let home = tempdir().unwrap();
    let (path, copy) = (home.path().join("memories.db"), home.path().join("copy.db"));
    Store::open(&path).unwrap().backup(&copy, Backup::new()).unwrap();
    drop(Store::open(&copy).unwrap());
    assert_ne!(replica(&path).0, replica(&copy).0);
}

#[test]
fn a_backup_is_one_file_that_opens_and_a_restore_makes_another() {
    let home = tempdir().unwrap();
    let store = Store::open(closed_store(&home)).unwrap();
    let kept = store.remember(NewMemory::new("Before the backup.")).unwrap().id;
    let (copy, restored) = (home.path().join("copy.db"), home.path().join("restored.db"));
    let mut seen = Vec::new();
    let mut backup = Backup::new();
    backup.on_progress(|progress| {
        seen.push(progress.done);
        ControlFlow::Continue(())
    });
    assert!(store.backup(&copy, backup).unwrap() > 0);
    store.remember(NewMemory::new("After the backup.")).unwrap();
    assert!(seen.is_sorted());
    assert_eq!(store.backup(&copy, Backup::new()).unwrap_err().kind(), "Conflict");
    let whole = std::fs::read(&copy).unwrap();
    assert!(Store::restore_backup(&copy, &restored, Backup::new()).unwrap() > 0);
    assert!(whole == std::fs::read(&copy).unwrap(), "restoring changed the backup");
    assert_eq!(Store::restore_backup(&copy, &restored, Backup::new()).unwrap_err().kind(), "Conflict");
    let again = Store::open(&restored).unwrap();
    assert_eq!(again.count(&Filter::default()), Ok(3));
    assert!(again.get(kept).is_ok());
    assert_sound(&again);
    drop((again, store));
    let original = replica(&home.path().join("memories.db")).0;
    assert_ne!(replica(&restored).0, original);
    assert_eq!(names(home.path()), ["copy.db", "memories.db", "restored.db"]);
}

#[test]
fn a_backup_that_is_stopped_or_bad_leaves_no_file() {
    let home = tempdir().unwrap();
    let store = Store::open(closed_store(&home)).unwrap();
    store.remember_all((0..5_000).map(|n| NewMemory::new(format!("Page {n} of a book.")))).unwrap();
    let copy = home.path().join("copy.db");
    let mut stopped = Backup::new();
    stopped.on_progress(|_| ControlFlow::Break(()));
    assert_eq!(store.backup(&copy, stopped), Err(Error::Cancelled));
    assert_eq!(store.backup(home.path().join("no/folder.db"), Backup::new()).unwrap_err().kind(), "NotFound");
    store.backup(&copy, Backup::new()).unwrap();
    drop(store);
    let (bad, target) = (home.path().join("bad.db"), home.path().join("restored.db"));
    let mut damaged = std::fs::read(&copy).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 20_000].fill(0x5a);
    std::fs::write(&bad, damaged).unwrap();
    assert_eq!(Store::restore_backup(&bad, &target, Backup::new()).unwrap_err().kind(), "Corrupt");
    std::fs::write(&bad, "No backup at all.").unwrap();
    assert_eq!(Store::restore_backup(&bad, &target, Backup::new()).unwrap_err().kind(), "NotAStore");
    std::fs::remove_file(&bad).unwrap();
    assert_eq!(Store::restore_backup(&bad, &target, Backup::new()).unwrap_err().kind(), "NotFound");
    assert_eq!(names(home.path()), ["copy.db", "memories.db"]);
}

/// A store of the first schema, as the version that had it made it; see `the_fixture_can_be_made_again`.
const FIRST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/0001.db");

#[test]
fn a_store_of_the_first_schema_opens() {
    let home = tempdir().unwrap();
    let path = home.path().join("memories.db");
    std::fs::copy(FIRST, &path).unwrap();
    // Whoever only reads does not upgrade.
    let reader = Store::builder().read_only().migrate(Migrate::Auto).open(&path);
    assert_eq!(reader.unwrap_err(), Error::UpgradePending { found: 1, needed: NEWEST });
    let store = Store::open(&path).unwrap();
    assert_sound(&store);
    assert!(store.migrations().unwrap().iter().all(|m| m.state == mindkeep::MigrationState::Applied));
    let stats = store.stats().unwrap();
    assert_eq!(
        (stats.personas, stats.memories.hot, stats.memories.superseded, stats.memories.forgotten),
        (2, 4, 1, 1)
    );
    assert_eq!((stats.entities, stats.relations, stats.mentions), (2, 1, 1));
    let history = store.persona("ada").history(&Kind::PREFERENCE, "drink").unwrap();
    assert_eq!(history.iter().map(|m| m.content.as_str()).collect::<Vec<_>>(), ["Tea.", "Coffee."]);
    let fire = &store.recall(mindkeep::Recall::new("great fire")).unwrap()[0].memory;
    assert_eq!(fire.at.to_string(), "1666-09-02T03:00:00Z");
    assert_eq!(
        (fire.tags.as_slice(), fire.thread.as_deref()),
        (&["city".to_owned(), "fire".to_owned()][..], Some("1666-09"))
    );
    assert_eq!(fire.metadata.as_json(), r#"{"speaker":"Jane","score":1.50}"#);
    assert_eq!(store.embeddings(fire.id).unwrap(), [mindkeep::Embedding::f32("tiny-3d", &[0.5, -0.25, 1.0])]);
    // It goes on being written where it was left.
    let told =
        store.persona("ada").remember(NewMemory::new("Milk.").kind(Kind::PREFERENCE).key("drink")).unwrap();
    assert_eq!(told.outcome, Outcome::Superseded);
    assert_sound(&store);
}

/// `MINDKEEP_FIXTURE=tests/fixtures/0003.db cargo test --test files fixture` keeps one of a new schema.
#[test]
fn the_fixture_can_be_made_again() {
    let store = Store::builder().open_in_memory().unwrap();
    let at = |text: &str| text.parse::<mindkeep::Timestamp>().unwrap();
    let pepys = store.persona("pepys");
    pepys
        .remember(
            NewMemory::new("A great fire in the City.")
                .kind(Kind::EVENT)
                .at(at("1666-09-02T03:00:00Z"))
                .importance(0.9)
                .tag("fire")
                .tag("city")
                .thread("1666-09")
                .key("1666-09-02")
                .source("diary")
                .metadata(mindkeep::Metadata::parse(r#"{"speaker":"Jane","score":1.50}"#).unwrap())
                .embedding(mindkeep::Embedding::f32("tiny-3d", &[0.5, -0.25, 1.0])),
        )
        .unwrap();
    let forgotten: MemoryId = pepys.remember(NewMemory::new("A song, badly sung.")).unwrap().id;
    store.forget(&[forgotten]).unwrap();
    pepys.remember(NewMemory::new("Up betimes.").expires_at(at("9000-01-01T00:00:00Z"))).unwrap();
    for (time, drink) in [("2026-01-01T00:00:00Z", "Tea."), ("2026-02-01T00:00:00Z", "Coffee.")] {
        let memory = NewMemory::new(drink).kind(Kind::PREFERENCE).key("drink").at(at(time));
        store.persona("ada").remember(memory).unwrap();
    }
    let graph = r#"{"type":"entity","label":"person","name":"Jane","aliases":["Mistress Jane"],"properties":{"job":"maid"}}
        {"type":"entity","persona":"pepys","label":"place","name":"London"}
        {"type":"relation","persona":"pepys","label":"lives_in","from":"Jane","to":"London","weight":2.5,"valid_from":"1658-01-01"}
        {"type":"mention","persona":"pepys","memory":"1666-09-02","entity":"London"}"#;
    assert_eq!(store.import(graph.as_bytes(), Import::new().strict()).unwrap().rejected_count, 0);
    let score = mindkeep::Attribute::new(Kind::EVENT, "score", mindkeep::AttributeType::Number);
    store.declare(score).unwrap();
    let home = tempdir().unwrap();
    let made = std::env::var_os("MINDKEEP_FIXTURE").map_or(home.path().join("made.db"), Into::into);
    store.backup(&made, Backup::new()).unwrap();
    let stats = Store::builder().read_only().open(&made).unwrap().stats().unwrap();
    assert_eq!((stats.memories.hot, stats.memories.superseded, stats.memories.forgotten), (4, 1, 1));
    assert_eq!((stats.entities, stats.relations, stats.mentions), (2, 1, 1));
}

/// SQLite reads names that begin with `file:` as URIs: another program's file was written to.
#[test]
fn a_name_is_never_a_uri() {
    let home = tempfile::tempdir().unwrap();
    for name in ["file:a.db", "file:b.db?mode=memory", ":memory:", "50%41.db", "a#b.db"] {
        let path = home.path().join(name);
        let store = Store::open(&path).unwrap();
        store.remember(NewMemory::new("Here.")).unwrap();
        store.backup(home.path().join(format!("{name}.copy")), Backup::new()).unwrap();
        drop(store);
        assert!(std::fs::metadata(&path).unwrap().len() > 0, "{name}");
        assert!(std::fs::metadata(home.path().join(format!("{name}.copy"))).unwrap().len() > 0, "{name}");
        assert_eq!(Store::open(&path).unwrap().stats().unwrap().memories.hot, 1, "{name}");
    }
    // Relative names are the ones that SQLite would take apart.
    let missing = Store::builder().create(false).open("file:nowhere.db").unwrap_err();
    assert_eq!(missing.kind(), "NotFound");
}

/// Opening a pipe waits for somebody at its other end.
#[cfg(unix)]
#[test]
fn a_pipe_is_refused_without_waiting() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert_eq!(Store::open(&path).unwrap_err().kind(), "NotAStore");
}

/// Bytes that are no text passed for sound, although no list could be read past them.
#[test]
fn verify_reads_every_memory() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    store.remember(NewMemory::new("Some words that stand in the file.")).unwrap();
    let copy = home.path().join("copy.db");
    store.backup(&copy, Backup::new()).unwrap();
    let mut bytes = std::fs::read(&copy).unwrap();
    let place = bytes.windows(10).position(|window| window == b"that stand").unwrap();
    bytes[place..place + 3].fill(0xff);
    std::fs::write(&copy, bytes).unwrap();
    let restored = Store::restore_backup(&copy, home.path().join("restored.db"), Backup::new());
    assert_eq!(restored.unwrap_err().kind(), "Corrupt");
    assert!(!Store::builder().read_only().open(&copy).unwrap().verify(true).unwrap().is_sound());
}

/// Whoever has made a table, a view or a trigger of their own could back the store up, and was told at the restoring that
/// the backup is damaged. A trigger would do what it likes with what the store writes: it stays, and does not run.
#[test]
fn what_somebody_added_by_hand_is_no_damage() {
    let home = tempdir().unwrap();
    let path = closed_store(&home);
    raw(&path)
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             CREATE TABLE mine (x REFERENCES memory (uuid), y UNIQUE);
             INSERT INTO mine VALUES ('nowhere', 1);
             CREATE VIEW v AS SELECT count(*) FROM mine;
             CREATE INDEX ix ON memory (importance);
             CREATE TRIGGER spy AFTER INSERT ON memory BEGIN INSERT INTO mine VALUES (new.content, NULL); END;
             CREATE TRIGGER moved AFTER UPDATE ON store_state BEGIN DELETE FROM mine; END;",
        )
        .unwrap();
    let store = Store::open(&path).unwrap();
    let told = store.persona("ada").remember(NewMemory::new("Not for spies.").tag("secret")).unwrap();
    for full in [false, true] {
        let found = store.verify(full).unwrap();
        assert!(found.is_sound(), "{found:?}");
        assert_eq!(found.added_by_hand, if full { 5 } else { 0 });
    }
    store.rebuild().unwrap();
    store.maintain(mindkeep::Budget::all()).unwrap();
    let (copy, restored) = (home.path().join("copy.db"), home.path().join("restored.db"));
    store.backup(&copy, Backup::new()).unwrap();
    Store::restore_backup(&copy, &restored, Backup::new()).unwrap();
    let again = Store::open(&restored).unwrap();
    assert_eq!(again.get(told.id).unwrap().content, "Not for spies.");
    again.forget(&[told.id]).unwrap();
    assert_sound(&again);
    drop((store, again));
    for path in [&path, &copy, &restored] {
        let kept = "SELECT count(*) + 10 * (SELECT count(*) FROM sqlite_schema
                     WHERE name IN ('mine', 'v', 'ix', 'spy', 'moved')) FROM mine";
        assert_eq!(raw(path).query_row(kept, [], |row| row.get(0)), Ok(51), "{}", path.display());
    }
    // What is missing of the store's own is damage as before.
    raw(&path).execute_batch("DROP INDEX memory_thread").unwrap();
    let found = Store::open(&path).unwrap().verify(true).unwrap();
    assert_eq!((found.findings.len(), found.findings[0].count, found.added_by_hand), (1, 1, 5), "{found:?}");
}
