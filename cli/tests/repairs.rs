//! Does a person with a damaged store get told, and get back what is whole?

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise, and so may what it stands on")]

mod program;

use program::Desk;

const PAGE: usize = 8192;

#[test]
fn a_damaged_store_is_told_of_and_saved_into_a_new_file() {
    let desk = Desk::new();
    for i in 0..300 {
        if i % 100 == 0 {
            desk.run(&["remember", &format!("Letter {i} of the long winter.")]);
        }
    }
    let path = desk.path("memories.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // One letter of a text: SQLite sees nothing wrong with it.
    let at = bytes.windows(10).position(|ten| ten == b"Letter 100").unwrap();
    bytes[at] = b'B';
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(desk.run(&["verify"]).code, 0);
    let ran = desk.run(&["verify", "--full"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stdout.contains("a memory differs from its checksum"), "{ran:?}");
    let ran = desk.run(&["repair"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("--into"), "{ran:?}");
    let ran = desk.run(&["repair", "--into", "new.db", "--format", "json"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stdout.contains(r#""memories":{"saved":3,"suspect":1,"unchecked":0,"lost":0}"#), "{ran:?}");
    assert_eq!(desk.run(&["--db", "new.db", "verify", "--full"]).code, 0);

    // Without the page that everything else is found by, and the text mended.
    bytes[at] = b'L';
    bytes[..PAGE].fill(0);
    std::fs::write(&path, &bytes).unwrap();
    let ran = desk.run(&["list"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("mindkeep repair --into"), "{ran:?}");
    let ran = desk.run(&["repair", "--into", "again.db"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

/// A table or view of somebody's own could be backed up, but the backup was called damaged.
#[test]
fn what_was_added_by_hand_is_told_and_kept() {
    let desk = Desk::new();
    desk.run(&["remember", "Tea at four."]);
    let by_hand = "CREATE TABLE mine (x); CREATE VIEW v AS SELECT 1; CREATE INDEX ix ON memory (importance);
                   CREATE TRIGGER t AFTER INSERT ON memory BEGIN DELETE FROM memory; END";
    rusqlite::Connection::open(desk.path("memories.db")).unwrap().execute_batch(by_hand).unwrap();
    let remark = "4 tables, views, indexes or triggers added by hand: no damage, and left alone";
    for command in [&["verify", "--full"][..], &["migrate", "check"]] {
        let ran = desk.run(command);
        assert!(ran.code == 0 && ran.stdout.contains(remark), "{ran:?}");
        let ran = desk.run(&[command, &["--format", "json"]].concat());
        assert!(ran.code == 0 && ran.stdout.contains(r#""added_by_hand":4"#), "{ran:?}");
    }
    for command in [&["remember", "Cake."][..], &["repair"], &["backup", "copy.db"]] {
        let ran = desk.run(command);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let ran = desk.run(&["--db", "again.db", "restore-backup", "copy.db"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(desk.run(&["--db", "again.db", "list"]).stdout.contains("Tea at four."));
    let ran = desk.run(&["repair", "--into", "new.db"]);
    assert!(ran.code == 0 && ran.stdout.contains("1 table that was added by hand"), "{ran:?}");
}

/// A file without checksums lost metadata that could not be read, and the exit code was 0.
#[test]
fn what_a_repair_drops_is_told() {
    let desk = Desk::new();
    desk.run(&["remember", "Tea at four.", "--meta", "mood=good"]);
    assert_eq!(desk.run(&["migrate", "down", "--to", "1"]).code, 0);
    let conn = rusqlite::Connection::open(desk.path("memories.db")).unwrap();
    conn.execute("UPDATE memory SET metadata = 'not json'", []).unwrap();
    drop(conn);
    let ran = desk.run(&["repair", "--into", "new.db"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stdout.contains("dropped metadata of 1 row"), "{ran:?}");
    assert!(ran.stderr.contains("as it was written"), "{ran:?}");
    let ran = desk.run(&["repair", "--into", "again.db", "--format", "json"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stdout.contains(r#""dropped":{"metadata":1}"#), "{ran:?}");
    assert!(ran.stdout.contains(r#""memories":{"saved":1,"suspect":1,"unchecked":0,"lost":0}"#), "{ran:?}");
}
