//! Where does an export go, and what does it leave alone? No file that holds memories, and nothing that is not a file.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise, and so may what it stands on")]

mod program;

use program::Desk;

fn with_store() -> Desk {
    let desk = Desk::new();
    assert_eq!(desk.run(&["remember", "Bins go out on Tuesday."]).code, 0);
    desk
}

/// What lies there, but for what SQLite keeps beside the store.
fn names(desk: &Desk) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(desk.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("memories.db-"))
        .collect();
    names.sort();
    names
}

#[test]
fn the_store_is_never_the_target() {
    let desk = with_store();
    std::fs::create_dir(desk.path("sub")).unwrap();
    let mut targets = vec![
        "memories.db",
        "./memories.db",
        "sub/../memories.db",
        "memories.db-wal",
        "memories.db-shm",
        "memories.db-journal",
    ];
    std::fs::hard_link(desk.path("memories.db"), desk.path("hard.jsonl")).unwrap();
    if cfg!(unix) {
        targets.push("hard.jsonl");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("memories.db", desk.path("soft.jsonl")).unwrap();
        targets.push("soft.jsonl");
    }
    for target in targets {
        for force in [&[][..], &["--force"]] {
            let ran = desk.run(&[&["export", "mindkeep", target], force].concat());
            ran.refused(2);
            assert!(ran.stderr.contains("the store itself"), "{target}: {ran:?}");
            assert_eq!(desk.json(&["stats"])["memories"]["hot"], 1, "{target}");
        }
    }
    assert_eq!(desk.run(&["verify", "--full"]).code, 0);
}

/// The store may have been named by a link, and lie with its log elsewhere.
#[cfg(unix)]
#[test]
fn the_store_behind_a_link_is_not_the_target_either() {
    let desk = with_store();
    std::os::unix::fs::symlink("memories.db", desk.path("link.db")).unwrap();
    for target in ["memories.db", "memories.db-wal", "link.db", "link.db-wal"] {
        desk.run(&["--db", "link.db", "export", "mindkeep", target, "--force"]).refused(2);
    }
    assert_eq!(desk.json(&["stats"])["memories"]["hot"], 1);
}

#[test]
fn the_name_for_the_meantime_may_not_be_the_store_either() {
    let desk = with_store();
    assert_eq!(desk.run(&["--db", "all.partial", "remember", "x"]).code, 0);
    desk.run(&["--db", "all.partial", "export", "mindkeep", "all", "--force"]).refused(2);
    assert_eq!(desk.json(&["--db", "all.partial", "stats"])["memories"]["hot"], 1);
}

#[test]
fn only_a_plain_file_is_replaced() {
    let desk = with_store();
    std::fs::create_dir(desk.path("folder.jsonl")).unwrap();
    desk.run(&["export", "mindkeep", "folder.jsonl", "--force"]).refused(2);
    assert!(desk.path("folder.jsonl").is_dir());
    desk.write("old.jsonl", "old");
    desk.run(&["export", "mindkeep", "old.jsonl"]).refused(1);
    assert_eq!(desk.read("old.jsonl"), b"old");
    assert_eq!(desk.run(&["export", "mindkeep", "old.jsonl", "--force"]).code, 0);
    assert!(desk.read("old.jsonl").starts_with(b"{\"type\""));
    assert_eq!(names(&desk), ["folder.jsonl", "memories.db", "old.jsonl"]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_what_it_points_to_is_replaced() {
    let desk = with_store();
    std::fs::create_dir(desk.path("far")).unwrap();
    desk.write("far/old.jsonl", "old");
    std::os::unix::fs::symlink("far/old.jsonl", desk.path("link.jsonl")).unwrap();
    desk.run(&["export", "mindkeep", "link.jsonl"]).refused(1);
    assert_eq!(desk.read("far/old.jsonl"), b"old");
    assert_eq!(desk.run(&["export", "mindkeep", "link.jsonl", "--force"]).code, 0);
    assert!(desk.path("link.jsonl").is_symlink());
    assert!(desk.read("far/old.jsonl").starts_with(b"{\"type\""));
    std::os::unix::fs::symlink("nowhere.jsonl", desk.path("broken.jsonl")).unwrap();
    for force in [&[][..], &["--force"]] {
        desk.run(&[&["export", "mindkeep", "broken.jsonl"], force].concat()).refused(2);
    }
    assert!(desk.path("broken.jsonl").is_symlink());
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_replaced() {
    use std::os::unix::fs::FileTypeExt;

    let desk = with_store();
    assert!(std::process::Command::new("mkfifo").arg(desk.path("pipe")).status().unwrap().success());
    for force in [&[][..], &["--force"]] {
        let ran = desk.run(&[&["export", "mindkeep", "pipe"], force].concat());
        ran.refused(2);
        assert!(ran.stderr.contains("`-`"), "{ran:?}");
    }
    assert!(std::fs::metadata(desk.path("pipe")).unwrap().file_type().is_fifo());
}

#[test]
fn what_a_killed_export_left_is_taken_over() {
    let desk = with_store();
    desk.write("all.jsonl.partial", "left behind\n".repeat(1_000));
    assert_eq!(desk.run(&["export", "mindkeep", "all.jsonl"]).code, 0);
    assert_eq!(names(&desk), ["all.jsonl", "memories.db"]);
    let exported = String::from_utf8(desk.read("all.jsonl")).unwrap();
    assert_eq!((exported.lines().count(), exported.contains("left behind")), (1, false));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(desk.path("all.jsonl")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn two_exports_do_not_write_into_one_file() {
    let desk = with_store();
    let other = std::fs::File::create(desk.path("all.jsonl.partial")).unwrap();
    other.lock().unwrap();
    desk.run(&["export", "mindkeep", "all.jsonl"]).refused(4);
    assert_eq!(names(&desk), ["all.jsonl.partial", "memories.db"]);
    drop(other);
    assert_eq!(desk.run(&["export", "mindkeep", "all.jsonl"]).code, 0);
    assert_eq!(names(&desk), ["all.jsonl", "memories.db"]);
}

#[cfg(unix)]
#[test]
fn a_failed_export_leaves_nothing() {
    use std::os::unix::fs::PermissionsExt;

    let desk = Desk::new();
    assert_eq!(desk.run(&["import", "mindkeep", program::household().to_str().unwrap()]).code, 0);
    // An entity without an identity: the export begins, and fails on its way.
    let damaged = rusqlite::Connection::open(desk.path("memories.db")).unwrap();
    damaged.execute_batch("UPDATE entity SET uuid = x'00' WHERE entity_id = 1").unwrap();
    drop(damaged);
    desk.write("all.jsonl", "old");
    let ran = desk.run(&["export", "mindkeep", "all.jsonl", "--force"]);
    ran.refused(5);
    assert_eq!(desk.read("all.jsonl"), b"old");
    assert!(!desk.path("all.jsonl.partial").exists(), "{:?}", names(&desk));
    // Nor does one that others could read.
    desk.write("all.jsonl.partial", "");
    std::fs::set_permissions(desk.path("all.jsonl.partial"), PermissionsExt::from_mode(0o644)).unwrap();
    desk.run(&["export", "mindkeep", "all.jsonl", "--force"]).refused(5);
    assert!(!desk.path("all.jsonl.partial").exists());
}

#[cfg(unix)]
#[test]
fn a_link_with_the_name_for_the_meantime_leads_nowhere() {
    let desk = with_store();
    desk.write("precious.txt", "precious");
    std::os::unix::fs::symlink("precious.txt", desk.path("all.jsonl.partial")).unwrap();
    desk.run(&["export", "mindkeep", "all.jsonl", "--force"]).refused(1);
    assert_eq!(desk.read("precious.txt"), b"precious");
    assert!(desk.path("all.jsonl.partial").is_symlink());
}
