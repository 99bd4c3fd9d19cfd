//! What does a demo leave behind?

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise, and so may what it stands on")]

mod program;

use program::{Desk, Ran};

fn demo(desk: &Desk, arguments: &[&str]) -> Ran {
    let mut command = desk.command(&[&["demo"], arguments].concat());
    for name in ["TMPDIR", "TMP", "TEMP"] {
        command.env(name, desk.path("temp"));
    }
    Ran::new(command.output().unwrap())
}

#[test]
fn a_demo_without_content_leaves_nothing() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("temp")).unwrap();
    desk.write("bad.jsonl", "no JSON\n");
    desk.write("nothing.jsonl", "");
    // What begins as gzip and is none.
    desk.write("bad.jsonl.gz", [0x1f, 0x8b, 0, 0, 0, 0]);
    for file in ["bad.jsonl", "nothing.jsonl", "bad.jsonl.gz", "none.jsonl"] {
        for keep in [&[][..], &["--keep", "kept.db"]] {
            let ran = demo(&desk, &[&["--data", file], keep].concat());
            assert_ne!(ran.code, 0, "{file}: {ran:?}");
            assert!(ran.stderr.contains("hint: "), "{file}: {ran:?}");
            assert_eq!(std::fs::read_dir(desk.path("temp")).unwrap().count(), 0, "{file}");
            assert!(!desk.path("kept.db").exists() && !desk.path("kept.db-wal").exists(), "{file}");
        }
    }
}

#[test]
fn a_demo_that_fails_later_says_where_its_store_is() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("temp")).unwrap();
    desk.write("one.jsonl", "{\"type\":\"memory\",\"persona\":\"p\",\"content\":\"One.\"}\n");
    let ran = demo(&desk, &["--data", "one.jsonl", "--persona", "a//b"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("mindkeep-demo-1.db"), "{ran:?}");
    assert!(desk.path("temp/mindkeep-demo-1.db").exists());
}

/// The program was started by its path, which is what the shell has to be told again.
#[cfg(unix)]
#[test]
fn the_commands_to_go_on_with_can_be_pasted() {
    let desk = Desk::new();
    let ran = demo(&desk, &["--keep", "kept.db"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines: Vec<_> = ran
        .stdout
        .lines()
        .skip_while(|line| !line.starts_with("Go on with it"))
        .filter(|line| line.contains("MINDKEEP_DB=") || line.contains(" --persona "))
        .collect();
    assert_eq!(lines.len(), 3, "{ran:?}");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-e", "-c", &lines.join("\n")]).current_dir(desk.path(".")).env("PATH", "/usr/bin:/bin");
    let pasted = Ran::new(shell.output().unwrap());
    assert_eq!((pasted.code, pasted.stderr.as_str()), (0, ""));
    assert!(pasted.stdout.contains("hits in") && pasted.stdout.contains("More:"), "{pasted:?}");
}
