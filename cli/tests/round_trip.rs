//! Does what goes out come back the same, and does a bad line take no good one with it?

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise, and so may what it stands on")]

mod program;

use std::path::{Path, PathBuf};

use program::{Desk, household};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn an_export_imported_elsewhere_exports_the_same_bytes() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["import", "mindkeep", text(&household())]).code, 0);
    assert_eq!(desk.run(&["export", "mindkeep", "one.jsonl"]).code, 0);
    assert_eq!(desk.run(&["--db", "two.db", "import", "mindkeep", "one.jsonl"]).code, 0);
    assert_eq!(desk.run(&["--db", "two.db", "export", "mindkeep", "two.jsonl"]).code, 0);
    assert!(desk.read("one.jsonl") == desk.read("two.jsonl"));
    assert_eq!(desk.run(&["--db", "two.db", "verify", "--full"]).code, 0);
    // Standard output and standard input, and gzip, carry the same.
    let piped = desk.run(&["export", "mindkeep", "-"]);
    assert_eq!(piped.stdout.as_bytes(), desk.read("one.jsonl"));
    let ran = desk.run_with(&["--db", "three.db", "import", "mindkeep", "-"], piped.stdout.as_bytes());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(desk.run(&["--db", "three.db", "export", "mindkeep", "three.jsonl.gz"]).code, 0);
    assert!(desk.read("three.jsonl.gz").starts_with(&[0x1f, 0x8b]));
    assert_eq!(desk.run(&["--db", "four.db", "import", "mindkeep", "three.jsonl.gz"]).code, 0);
    assert_eq!(desk.run(&["--db", "four.db", "export", "mindkeep", "four.jsonl"]).code, 0);
    assert!(desk.read("four.jsonl") == desk.read("one.jsonl"));
}

#[test]
fn importing_again_changes_nothing() {
    let desk = Desk::new();
    let household = household();
    let first = desk.json(&["import", "mindkeep", text(&household)]);
    let before = desk.run(&["export", "mindkeep", "-"]).stdout;
    let again = desk.json(&["import", "mindkeep", text(&household)]);
    assert!(first["memories"].as_u64().unwrap() > 300);
    for member in ["memories", "entities", "relations", "mentions", "updated"] {
        assert_eq!(again[member], 0, "{again}");
    }
    assert_eq!(desk.run(&["export", "mindkeep", "-"]).stdout, before);
}

#[test]
fn good_lines_beside_bad_ones_are_kept() {
    let desk = Desk::new();
    let mut lines = String::from("\u{feff}");
    for number in 0..30 {
        lines += &format!("{{\"type\":\"memory\",\"persona\":\"p\",\"content\":\"Good {number}.\"}}\r\n\n");
        lines += "{\"type\":\"memory\",\"persona\":\"p\",\"content\":\"\"}\n";
    }
    desk.write("mixed.jsonl", lines);
    let ran = desk.run(&["import", "mindkeep", "mixed.jsonl"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("mixed.jsonl:3 ") && ran.stdout.contains("and 20 more"), "{ran:?}");
    assert_eq!(desk.json(&["list", "--persona", "p"])["memories"].as_array().unwrap().len(), 30);
    let report = desk.json(&["import", "mindkeep", "mixed.jsonl"]);
    assert_eq!(
        (&report["memories"], &report["unchanged"], &report["rejected_count"]),
        (&0.into(), &30.into(), &30.into())
    );
    assert_eq!(report["rejected"][0]["line"], 3);
    assert!(report["rejected"][0]["reason"].as_str().unwrap().contains("content"));

    desk.run(&["--db", "strict.db", "import", "mindkeep", "--strict", "mixed.jsonl"]).refused(1);
    assert_eq!(desk.json(&["--db", "strict.db", "stats"])["memories"]["hot"], 0);

    desk.write("bad.jsonl", "no\nno\n");
    let ran = desk.run(&["import", "mindkeep", "bad.jsonl"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("Refused 2 lines") && ran.stderr.contains(" hint: "), "{ran:?}");
}

#[test]
fn a_copy_restores_what_was_there() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["import", "mindkeep", text(&household())]).code, 0);
    assert_eq!(desk.run(&["backup", "copy.db"]).code, 0);
    let copy = desk.read("copy.db");
    desk.run(&["backup", "copy.db"]).refused(1);
    desk.run(&["restore-backup", "copy.db"]).refused(1);
    assert!(desk.read("copy.db") == copy);
    assert_eq!(desk.run(&["--db", "again.db", "restore-backup", "copy.db"]).code, 0);
    let exported = |db: &str| desk.run(&["--db", db, "export", "mindkeep", "-"]).stdout;
    assert_eq!(exported("again.db"), exported("memories.db"));
    // A damaged backup is not restored.
    let mut damaged = copy;
    let middle = damaged.len() / 2;
    damaged[middle..middle + 20_000].fill(0x5a);
    desk.write("damaged.db", damaged);
    desk.run(&["--db", "never.db", "restore-backup", "damaged.db"]).refused(5);
    assert!(!desk.path("never.db").exists());
    let ran = desk.run(&["--db", "damaged.db", "verify"]);
    assert_eq!(ran.code, 5, "{ran:?}");
}

/// The real data beside the repository, or where MINDKEEP_DATA says.
fn real_data() -> Option<PathBuf> {
    let named = std::env::var_os("MINDKEEP_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    named.into_iter().chain([beside]).find(|folder| folder.join("pepys").is_dir())
}

#[test]
fn a_real_diary_goes_out_as_it_came_in() {
    let Some(data) = real_data() else {
        println!("skipped: no real data (set MINDKEEP_DATA to the folder that has pepys/)");
        return;
    };
    let desk = Desk::new();
    let (memories, graph) = (data.join("pepys/memories.jsonl.gz"), data.join("pepys/graph.jsonl.gz"));
    let report = desk.json(&["import", "mindkeep", text(&memories), text(&graph)]);
    assert_eq!(report["rejected_count"], 0, "{}", report["rejected"]);
    assert!(report["memories"].as_u64().unwrap() > 3_000);
    assert_eq!(desk.run(&["export", "mindkeep", "one.jsonl"]).code, 0);
    assert_eq!(desk.run(&["--db", "two.db", "import", "mindkeep", "one.jsonl"]).code, 0);
    assert_eq!(desk.run(&["--db", "two.db", "export", "mindkeep", "two.jsonl"]).code, 0);
    assert!(desk.read("one.jsonl") == desk.read("two.jsonl"));
    let zoned =
        desk.json(&["--tz", "Europe/London", "list", "--all-personas", "--oldest-first", "--limit", "1"]);
    assert!(zoned["memories"][0]["at"].as_str().unwrap().starts_with("16"));
}
