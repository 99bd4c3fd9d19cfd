//! What does an import say when it ends before its end?

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise, and so may what it stands on")]

mod program;

use program::Desk;

fn lines(of: &str, many: usize) -> String {
    (0..many)
        .map(|number| format!("{{\"type\":\"memory\",\"persona\":\"p\",\"content\":\"{of} {number}\"}}\n"))
        .collect()
}

/// A file that ends in the middle of what was compressed.
fn cut_short(desk: &Desk, name: &str, many: usize) {
    let maker = Desk::new();
    maker.write("all.jsonl", lines("Cut", many));
    assert_eq!(maker.run(&["import", "mindkeep", "all.jsonl"]).code, 0);
    assert_eq!(maker.run(&["export", "mindkeep", "all.jsonl.gz"]).code, 0);
    let mut bytes = maker.read("all.jsonl.gz");
    bytes.truncate(bytes.len() - 40);
    desk.write(name, bytes);
}

#[test]
fn a_file_that_fails_is_named_with_what_is_kept_and_what_was_not_read() {
    let desk = Desk::new();
    desk.write("one.jsonl", lines("One", 3));
    desk.write("three.jsonl", lines("Three", 3));
    cut_short(&desk, "two.jsonl.gz", 2_500);
    let command = ["import", "mindkeep", "one.jsonl", "two.jsonl.gz", "three.jsonl"];
    let ran = desk.run(&command);
    ran.refused(1);
    let said = "two.jsonl.gz: ";
    assert!(ran.stderr.contains(said), "{ran:?}");
    // How much can be read of a file that is cut short depends on how it was packed: a thousand lines and more.
    let kept = desk.json(&["stats"])["memories"]["hot"].as_u64().unwrap() - 3;
    assert!((2_000..2_500).contains(&kept), "{kept}");
    let told = format!("3 lines before it and 2,{:03} lines of it are kept", kept - 2_000);
    assert!(ran.stderr.contains(&told), "{ran:?}");
    assert!(ran.stderr.contains("not read: three.jsonl"), "{ran:?}");
    let ran = desk.run(&[&["--format", "json"], &command[..]].concat());
    let document: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    let message = document["error"]["message"].as_str().unwrap();
    assert!(message.contains(said) && message.contains("not read: three.jsonl"), "{message}");
    assert!(message.contains("3 lines before it"), "{message}");
}

#[test]
fn one_file_that_fails_says_how_much_of_it_is_kept() {
    let desk = Desk::new();
    cut_short(&desk, "two.jsonl.gz", 1_500);
    let ran = desk.run(&["import", "mindkeep", "two.jsonl.gz"]);
    ran.refused(1);
    let kept = desk.json(&["stats"])["memories"]["hot"].as_u64().unwrap();
    assert!((1_000..1_500).contains(&kept), "{kept}");
    assert!(ran.stderr.contains(&format!("1,{:03} lines of it are kept", kept - 1_000)), "{ran:?}");
    assert!(!ran.stderr.contains("not read"), "{ran:?}");
}

#[test]
fn nothing_has_no_speed() {
    let desk = Desk::new();
    desk.write("nothing.jsonl", "");
    let ran = desk.run(&["import", "mindkeep", "nothing.jsonl"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("nothing new") && !ran.stdout.contains("a second"), "{ran:?}");
}
