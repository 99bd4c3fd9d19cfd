//! What does a traversal cost just after a relation was written?

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use mindkeep::{Import, Store};

use crate::table::{Goal, Table, median};
use crate::{Dice, Ground, micros, name, open};

/// What another process does: writes each line that it reads.
pub fn child(path: &str) {
    let store = Store::open(path).expect("a store");
    for line in std::io::stdin().lines() {
        let line = line.expect("a line");
        store.import(line.as_bytes(), Import::new()).expect("imports");
        println!("done");
    }
}

/// A question just after another process wrote a relation, and after a new name.
fn elsewhere(ground: &Ground<'_>, table: &mut Table) {
    let graph = ground.store.graph();
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .arg(open::WRITER)
        .arg(ground.path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut input = child.stdin.take().expect("a pipe");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut dice = Dice(5);
    let ask = |root: &str| graph.neighborhood(root).depth(2).run().expect("known").len();
    let (mut before, mut other, mut renamed) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..100 {
        let (from, to) = (name(dice.below(ground.web.nodes)), name(dice.below(ground.web.nodes)));
        ask(&from);
        before.push(micros(|| ask(&from)).0);
        let line =
            format!(r#"{{"type":"relation","label":"answers","from":"{from}","to":"{to}","weight":1}}"#);
        writeln!(input, "{line}").expect("a pipe");
        output.read_line(&mut String::new()).expect("an answer");
        other.push(micros(|| ask(&from)).0);
        let new = format!("{to} the {n}th");
        graph.rename(&to, &new).run().expect("known");
        renamed.push(micros(|| ask(&new)).0);
        graph.rename(&new, &to).run().expect("known");
        ask(&to);
    }
    drop(input);
    child.wait().expect("an end");
    let [before, other, renamed] = [before, other, renamed].map(|mut times| median(&mut times));
    table.micros("2 hops just after another process related the entity / before", before, other, None);
    table.micros("2 hops just after an entity was renamed / before", before, renamed, None);
}

pub fn run(ground: &Ground<'_>, table: &mut Table) {
    elsewhere(ground, table);
    let graph = ground.store.graph();
    let mut dice = Dice(4);
    for depth in [2, 3] {
        let ask = |root: &str| graph.neighborhood(root).depth(depth).run().expect("known").len();
        let (mut before, mut first, mut second) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..200 {
            let (from, to) = (name(dice.below(ground.web.nodes)), name(dice.below(ground.web.nodes)));
            ask(&from);
            before.push(micros(|| ask(&from)).0);
            let line =
                format!(r#"{{"type":"relation","label":"wrote_to","from":"{from}","to":"{to}","weight":1}}"#);
            ground.store.import(line.as_bytes(), Import::new()).expect("imports");
            first.push(micros(|| ask(&from)).0);
            second.push(micros(|| ask(&from)).0);
        }
        let [before, first, second] = [before, first, second].map(|mut times| median(&mut times));
        let what = format!("{depth} hops just after a relation of the entity was written / before");
        table.micros(&format!("{what}, the first call"), before, first, Some(Goal::AtMost(2.0)));
        table.micros(&format!("{what}, the next call"), before, second, Some(Goal::AtMost(2.0)));
    }
}
