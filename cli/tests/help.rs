//! Does the help of every command say what it said when somebody last read it?
//!
//! `MINDKEEP_BLESS=1 cargo test -p mindkeep-cli --test help` writes `help.txt` anew; read the difference.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise, and so may what it stands on")]

mod program;

use program::Desk;

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

fn collect(desk: &Desk, path: &mut Vec<String>, whole: &mut String) {
    let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
    arguments.push("--help");
    let ran = desk.run(&arguments);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    assert!(ran.stdout.contains("Example"), "{arguments:?} shows no example");
    let title = format!("mindkeep {}", path.join(" "));
    *whole += &format!("════ {}\n\n{}\n", title.trim_end(), ran.stdout);
    for command in commands(&ran.stdout) {
        path.push(command);
        collect(desk, path, whole);
        path.pop();
    }
}

#[test]
fn the_help_says_what_it_said() {
    let mut whole = String::new();
    collect(&Desk::new(), &mut Vec::new(), &mut whole);
    let whole: String = whole.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help.txt");
    if std::env::var_os("MINDKEEP_BLESS").is_some() {
        std::fs::write(&file, &whole).unwrap();
    }
    let known = std::fs::read_to_string(&file).unwrap().replace("\r\n", "\n");
    for (place, (now, then)) in whole.lines().zip(known.lines()).enumerate() {
        assert_eq!(now, then, "help.txt, line {}", place + 1);
    }
    assert_eq!(whole.lines().count(), known.lines().count(), "help.txt has another length");
}

#[test]
fn the_name_alone_prints_the_help_and_is_wrong_usage() {
    for arguments in [vec![], vec!["migrate"]] {
        let ran = Desk::new().run(&arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains("Usage: mindkeep"), "{ran:?}");
    }
    assert_eq!(Desk::new().run(&["--version"]).code, 0);
}

/// Command lines in a document stand in blocks of code and between backticks: every other part between backticks.
#[test]
fn the_documents_name_commands_that_are_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let help = std::fs::read_to_string(root.join("cli/tests/help.txt")).unwrap();
    let titles = help.lines().filter_map(|line| line.strip_prefix("════ mindkeep"));
    let known: Vec<Vec<&str>> = titles.map(|title| title.split_whitespace().collect()).collect();
    let (mut folders, mut tried) = (vec![root], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !name.starts_with('.') && !["target", "sessions"].contains(&name) {
                folders.push(path);
                continue;
            }
            if !name.ends_with(".md") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = text.split('`').skip(1).step_by(2).flat_map(str::lines);
            for line in lines.filter_map(|line| line.trim_start_matches("$ ").strip_prefix("mindkeep ")) {
                let words: Vec<&str> = line.split_whitespace().collect();
                let words = if words[0] == "--db" { &words[2..] } else { &words[..] };
                // As many words as there are commands within commands.
                let is_group = known.iter().any(|command| command.len() > 1 && command[0] == words[0]);
                let most = if is_group { words.len().min(2) } else { 1 };
                let is_there = known.iter().any(|command| *command == words[..most]);
                assert!(words[0].starts_with("--") || is_there, "{}: mindkeep {line}", path.display());
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "{tried} command lines");
}
