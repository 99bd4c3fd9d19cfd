//! A council of assistants: many personas with many memories each, asked from many threads. The shape of Optimus.
//!
//! ```text
//! cargo run --release --example council            # 20,000 memories
//! cargo run --release --example council -- 1000000
//! ```
//!
//! | question | index |
//! |---|---|
//! | a memory by id | the identity's |
//! | latest memories of a persona, or of the whole council | the timeline's |
//! | the most trusted facts | attribute `confidence` of the kind `fact` |
//! | a dashboard: how many, by persona, kind and month | the timeline's and the kind's |

#![allow(clippy::print_stdout)]

#[path = "measured/mod.rs"]
mod measured;

use std::time::Instant;

use measured::{Dice, HOUR_MS, Table, at, rows, shown};
use mindkeep::{
    Attribute, AttributeType, Filter, Kind, Metadata, NewMemory, PersonaScope, Recall, Store, Timeline,
};

const MEMBERS: [&str; 5] =
    ["council/analyst", "council/critic", "council/historian", "council/planner", "council/poet"];
const WORDS: [&str; 12] = [
    "harbour", "treaty", "orbit", "garden", "ledger", "bridge", "signal", "harvest", "archive", "theorem",
    "river", "engine",
];

fn main() -> mindkeep::Result<()> {
    let rows = rows(20_000);
    let store = Store::builder().open_in_memory()?;
    store.declare(Attribute::new(Kind::FACT, "confidence", AttributeType::Number))?;
    let mut dice = Dice::new();
    let start = Instant::now();
    let report = store.remember_all((0..rows).map(|n| {
        let words = [*dice.pick(&WORDS), *dice.pick(&WORDS), *dice.pick(&WORDS)];
        let memory = NewMemory::new(format!(
            "Session {n}: the {} depends on the {} and the {}.",
            words[0], words[1], words[2]
        ))
        .persona(MEMBERS[dice.skewed(MEMBERS.len())])
        .importance(dice.below(101) as f64 / 100.0)
        .tag(words[0])
        .at(at(n as i64 * HOUR_MS / 30));
        if dice.below(5) > 0 {
            return memory.kind(Kind::EVENT);
        }
        let about = format!("{{\"confidence\":{}}}", dice.below(1_001) as f64 / 1_000.0);
        memory.kind(Kind::FACT).metadata(Metadata::parse(&about).expect("is an object"))
    }))?;
    let rate = report.added as f64 / start.elapsed().as_secs_f64();

    let mut table = Table::new("Optimus: A council of five", rows);
    table.note("memories kept a second, in batches", "> 1,000", format!("{rate:.0}"));
    let council = Timeline::new().persona_prefix("council");
    let latest = table.time("the council's latest", 100, || store.timeline(council.clone()))?;
    table.time("a memory by id, as from a cache", 10, || store.get(latest.memories[0].id))?;
    table.time("one memory is kept", 100, || {
        store.remember(NewMemory::new("The motion is carried.").persona(MEMBERS[0]))
    })?;
    table.time("a question to one member", 100, || {
        store.persona(MEMBERS[0]).recall(Recall::new("what does the theorem depend on?"))
    })?;
    let trusted =
        Timeline::new().persona(MEMBERS[0]).kind(Kind::FACT).sort_by("confidence").descending().limit(10);
    let facts = table.time("the most trusted facts", 100, || store.timeline(trusted.clone()))?;
    let all = Filter { personas: PersonaScope::Prefix("council".into()), ..Filter::default() };
    let board = table.time("a dashboard", 2_000, || {
        Ok((
            store.stats()?,
            store.count_by_persona(&all)?,
            store.count_by_kind(&all)?,
            store.count_by_month(&all, "UTC")?,
        ))
    })?;
    let took = Instant::now();
    std::thread::scope(|scope| {
        for n in 0..100 {
            let member = store.persona(MEMBERS[n % MEMBERS.len()]);
            scope.spawn(move || member.timeline(Timeline::new().limit(20)).map(drop).expect("answers"));
        }
    });
    table.note("100 questions at once", "100 ms", shown(took.elapsed()));
    drop(table);

    println!("\nmost trusted: {}", facts.memories[0].content);
    for (persona, count) in &board.1 {
        println!("{count:>8}  {persona}");
    }
    measured::explain(&store, trusted)
}
