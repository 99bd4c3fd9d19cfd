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

/// The examples of a command's help.
fn examples(desk: &Desk, command: &[&str]) -> Vec<String> {
    let help = desk.run(&[command, &["--help"]].concat()).stdout;
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    let examples = lines.map(str::trim).filter(|line| line.starts_with("mindkeep "));
    examples.map(str::to_owned).collect()
}

/// Runs an example as it stands there, but for what its output is piped into.
fn run(desk: &Desk, example: &str) -> String {
    let words = words(example.split(" | ").next().unwrap());
    let ran = desk.run(&words[1..].iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(ran.code, 0, "{example}: {ran:?}");
    for nothing in ["Nothing", "No ", "0 memories", "0 chains", "0 entities", "0 relations"] {
        let found = ran.stdout.lines().all(|line| !line.starts_with(nothing));
        assert!(found, "{example}: {ran:?}");
    }
    ran.stdout
}

#[test]
fn examples_about_the_sample_find_something() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["demo", "--keep", "memories.db"]).code, 0);
    let mut tried = 0;
    for command in ["recall", "list", "history", "thread", "personas"] {
        for example in examples(&desk, &[command]).iter().filter(|line| line.contains("household")) {
            run(&desk, example);
            tried += 1;
        }
    }
    assert!(tried >= 6, "{tried} examples");
}

/// One after the other: what is told by the first is asked for by the last. Nothing that is told makes a second entity of one
/// that the sample knows by an alias.
#[test]
fn examples_of_the_graph_find_something_in_the_sample() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["demo", "--keep", "memories.db"]).code, 0);
    let some = desk.json(&["list", "--persona", "household/hearth", "--limit", "1"]);
    let id = some["memories"][0]["id"].as_str().unwrap();
    let entities = || {
        let graph = desk.run(&["graph", "export", "--as", "json", "-"]).stdout;
        let graph: serde_json::Value = serde_json::from_str(&graph).unwrap();
        graph["nodes"].as_array().unwrap().clone()
    };
    let aliases: Vec<_> =
        entities().iter().flat_map(|entity| entity["aliases"].as_array().unwrap().clone()).collect();
    assert!(aliases.contains(&"Tilda".into()));
    // What suggests a merge before that is done, and rules before what follows from them.
    let commands = "duplicates, add-entity, relate, rename, merge, remove, mention, unmention, find-mentions, \
                    rule, rule add, rule remove, rule list, inferred, show, neighbors, path, pattern, about, \
                    subgraph, rank, communities, related, spread, export,";
    let mut tried = 0;
    for command in commands.split(',') {
        let command: Vec<&str> = std::iter::once("graph").chain(command.split_whitespace()).collect();
        let examples = examples(&desk, &command);
        assert!(!examples.is_empty(), "{command:?}");
        for example in examples {
            run(&desk, &example.replace("0190b0a4-5f1e-7cc0-98c4-dc0c0c07398f", id));
            tried += 1;
        }
    }
    assert!(tried > 45, "{tried} examples");
    assert!(entities().iter().all(|entity| !aliases.contains(&entity["name"])), "{:?}", entities());
}

/// The one for phrases and prefixes is about the sample, too, or it finds nothing.
#[test]
fn the_example_of_a_phrase_names_a_persona() {
    let help = Desk::new().run(&["recall", "--help"]).stdout;
    let example = help.lines().find(|line| line.contains("pendul*")).unwrap();
    assert!(example.contains("--persona household/hearth"), "{example}");
}
