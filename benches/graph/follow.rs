//! What do rules cost, and looking for entities that were written twice?

use mindkeep::Store;
use mindkeep::graph::{NewEntity, NewRelation, Rule};

use crate::table::Table;
use crate::{Dice, Ground, micros, name};

pub fn run(ground: &Ground<'_>, table: &mut Table) {
    let graph = ground.store.graph();
    let read = graph.read().expect("reads");
    let mut line = |what: &str, took: f64, count: usize| {
        table.line(what, "", &format!("{:.1} ms for {count}", took / 1e3), 0.0, None);
    };
    let (took, ranks) = micros(|| {
        read.rank()
            .eigenvector()
            .direction(mindkeep::graph::Direction::Both)
            .run()
            .map_or(0, |ranks| ranks.len())
    });
    line("eigenvector, both directions, until it settles", took, ranks);
    for rule in [Rule::inverse("met_with", "met_by"), Rule::composition("works_for", "lives_in", "works_in")]
    {
        graph.declare_rule(rule.clone()).expect("declares");
        let (took, found) = micros(|| read.inferred().limit(1_000_000).run().expect("runs"));
        line(&format!("what follows by one rule ({})", rule.label()), took, found.len());
        let (took, with) = micros(|| read.inferred().limit(1_000_000).graph().expect("runs"));
        line(&format!("a handle with it ({})", rule.label()), took, with.relations().expect("counts"));
        graph.withdraw_rule(&rule).expect("withdraws");
    }
    let chain = Store::builder().open_in_memory().expect("opens").graph();
    let links = (0..10_000).map(|link| NewRelation::new(name(link), "next", name(link + 1)));
    chain.add_all(links).chunk(10_000).create_ends().save().expect("saves");
    chain.declare_rule(Rule::transitive("next")).expect("declares");
    let (took, found) = micros(|| chain.inferred().run().expect("runs"));
    line("a chain of 10,000 under a transitive rule, cut off", took, found.len());
    duplicates(ground.web.nodes, &mut line);
}

/// People with a title, a first name and a surname of syllables; every tenth is written twice, with a slip.
fn duplicates(nodes: usize, line: &mut dyn FnMut(&str, f64, usize)) {
    let graph = Store::builder().open_in_memory().expect("opens").graph();
    let mut dice = Dice(1667);
    let syllables: Vec<String> = "bdfghklmnprstvw"
        .chars()
        .flat_map(|first| "aeiou".chars().map(move |second| format!("{first}{second}")))
        .collect();
    let mut people = Vec::with_capacity(nodes);
    while people.len() < nodes {
        let mut word = |most: usize| {
            let count = 2 + dice.below(most - 1);
            (0..count).map(|_| syllables[dice.below(syllables.len())].as_str()).collect::<String>()
        };
        let (first, last) = (word(2), word(4));
        let title = ["Mr.", "Mrs.", "Sir", "Lady", "Captain"][dice.below(5)];
        people.push(format!("{title} {first} {last}"));
        if dice.below(10) == 0 {
            let mut letters = last.into_bytes();
            letters.remove(1 + dice.below(2));
            people.push(format!("{title} {first} {}", String::from_utf8_lossy(&letters)));
        }
    }
    graph.add_all(people.into_iter().map(NewEntity::new)).chunk(10_000).save().expect("saves");
    let read = graph.read().expect("reads");
    let (took, found) = micros(|| read.duplicates().limit(100_000).run().expect("runs"));
    line(&format!("entities that may be the same, of {}", read.len().expect("counts")), took, found.len());
}
