//! Do shells and `man` understand what the program tells about itself?

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise, and so may what it stands on")]

mod program;

use std::collections::BTreeSet;
use std::process::Command;

use program::Desk;

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

/// The commands of the program, as its help lists them.
fn commands(desk: &Desk) -> Vec<String> {
    let help = desk.run(&["--help"]).stdout;
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let listed = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let names: Vec<String> = names.map(str::to_owned).collect();
    assert!(names.len() > 15, "{names:?}");
    names
}

/// Whether a tool is there; says so if not.
#[allow(clippy::print_stdout, reason = "a check that was not made is not passed over in silence")]
fn is_there(tool: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok();
    if !there {
        println!("skipped: no {tool} here");
    }
    there
}

#[test]
fn every_shell_learns_every_command() {
    let desk = Desk::new();
    for shell in SHELLS {
        let ran = desk.run(&["completions", shell]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{shell}");
        for command in commands(&desk) {
            assert!(ran.stdout.contains(&command), "{shell} does not learn {command}");
        }
        assert!(ran.stdout.contains("importance") && ran.stdout.contains("quiet"), "{shell} learns no flags");
        assert_eq!(desk.json(&["completions", shell])["script"], ran.stdout.as_str());
        if !["bash", "zsh", "fish"].contains(&shell) || !is_there(shell) {
            continue;
        }
        desk.write("script", &ran.stdout);
        let checked = Command::new(shell).arg("-n").arg(desk.path("script")).output().unwrap();
        assert!(checked.status.success(), "{shell}: {}", String::from_utf8_lossy(&checked.stderr));
    }
    desk.run(&["completions", "tcsh"]).refused(2);
}

#[test]
fn bash_completes_a_command() {
    if !is_there("bash") {
        return;
    }
    let desk = Desk::new();
    desk.write("script", desk.run(&["completions", "bash"]).stdout);
    let ask = "source ./script; COMP_WORDS=(mindkeep rec); COMP_CWORD=1; _mindkeep mindkeep rec mindkeep; echo ${COMPREPLY[*]}";
    let output = Command::new("bash").args(["-c", ask]).current_dir(desk.path("")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "recall", "{output:?}");
}

#[test]
fn every_command_has_a_page() {
    let desk = Desk::new();
    let told = desk.json(&["man", "--dir", "share/man1"]);
    let pages: Vec<&str> =
        told["pages"].as_array().unwrap().iter().map(|page| page["name"].as_str().unwrap()).collect();
    let mut expected: BTreeSet<String> =
        commands(&desk).iter().map(|name| format!("mindkeep-{name}.1")).collect();
    expected.extend(["mindkeep.1".to_owned(), "mindkeep-migrate-status.1".to_owned()]);
    let missing: Vec<_> = expected.iter().filter(|name| !pages.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "no page for {missing:?}");
    for page in &pages {
        let text = String::from_utf8(desk.read(&format!("share/man1/{page}"))).unwrap();
        assert!(
            text.contains(".SH NAME") && text.contains(".SH SYNOPSIS") && text.contains("Example"),
            "{page}"
        );
    }
    // Again, over those that are there.
    assert!(desk.run(&["man", "--dir", "share/man1"]).stdout.contains("mindkeep.1"));
    let one = desk.run(&["man"]);
    assert_eq!(one.stdout.as_bytes(), desk.read("share/man1/mindkeep.1"));
    desk.write("file", "in the way");
    desk.run(&["man", "--dir", "file"]).refused(1);
}

#[test]
fn groff_renders_the_pages_without_a_complaint() {
    if !is_there("groff") {
        return;
    }
    let desk = Desk::new();
    assert_eq!(desk.run(&["man", "--dir", "."]).code, 0);
    for page in ["mindkeep.1", "mindkeep-recall.1"] {
        let mut groff = Command::new("groff");
        groff.args(["-man", "-Tascii", "-P-cbou", "-Kutf8", "-ww"]).arg(desk.path(page));
        let output = groff.output().unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && complaints.is_empty(), "{page}: {complaints}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("EVERYWHERE"), "{page}");
    }
}
