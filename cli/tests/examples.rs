//! Do the examples of the help that name the sample's personas find something in the sample?

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise, and so may what it stands on")]

mod program;

use program::Desk;

/// The words of a line, as a shell that knows quotes takes them.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for character in line.chars() {
        match quote {
            Some(open) if open == character => quote = None,
            None if character == '"' || character == '\'' => quote = Some(character),
            None if character == ' ' => words.push(String::new()),
            _ => words.last_mut().unwrap().push(character),
        }
    }
    words
}

#[test]
fn examples_about_the_sample_find_something() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["demo", "--keep", "memories.db"]).code, 0);
    let mut tried = 0;
    for command in ["recall", "list", "history", "thread", "personas"] {
        let help = desk.run(&[command, "--help"]).stdout;
        let examples = help.lines().skip_while(|line| *line != "Examples:").skip(1);
        for example in examples.filter(|line| line.contains("household")) {
            let words = words(example.trim());
            assert_eq!(words[0], "mindkeep", "{example}");
            let ran = desk.run(&words[1..].iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(ran.code, 0, "{example}: {ran:?}");
            for nothing in ["Nothing", "No memories", "No persona"] {
                assert!(!ran.stdout.contains(nothing), "{example}: {ran:?}");
            }
            tried += 1;
        }
    }
    assert!(tried >= 6, "{tried} examples");
}

/// The one for phrases and prefixes is about the sample, too, or it finds nothing.
#[test]
fn the_example_of_a_phrase_names_a_persona() {
    let help = Desk::new().run(&["recall", "--help"]).stdout;
    let example = help.lines().find(|line| line.contains("pendul*")).unwrap();
    assert!(example.contains("--persona household/hearth"), "{example}");
}
