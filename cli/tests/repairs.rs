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
    assert!(ran.stdout.contains(r#""memories":{"saved":3,"suspect":1,"lost":0}"#), "{ran:?}");
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
