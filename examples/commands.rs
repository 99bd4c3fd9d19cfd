//! A personal assistant: commands it has run, workflows, and preferences that change over time. The shape of ELIXI.
//!
//! ```text
//! cargo run --release --example commands            # 20,000 commands
//! cargo run --release --example commands -- 200000
//! ```
//!
//! | question | index |
//! |---|---|
//! | recent memories | the timeline's |
//! | top commands by use | attribute `usage_count` of the kind `command` |
//! | workflows | the kind's |
//! | what a preference is now, and was | the key's |
//! | habits: what is done at which hour | attribute `hour` of the kind `event` |

#![allow(clippy::print_stdout)]

#[path = "measured/mod.rs"]
mod measured;

use measured::{Dice, HOUR_MS, Table, at, rows};
use mindkeep::{Attribute, AttributeType, Filter, Kind, Metadata, NewMemory, Store, Timeline, Where};

const COMMAND: Kind = Kind::from_static("command");
const WORKFLOW: Kind = Kind::from_static("workflow");
const VERBS: [&str; 8] = ["open", "play", "dim", "read", "call", "find", "start", "remind me of"];
const THINGS: [&str; 10] = [
    "the lights",
    "the mail",
    "jazz",
    "the timer",
    "Ada",
    "my notes",
    "the heating",
    "news",
    "the map",
    "tea",
];

fn main() -> mindkeep::Result<()> {
    let rows = rows(20_000);
    let store = Store::builder().open_in_memory()?;
    store.declare(Attribute::new(COMMAND, "usage_count", AttributeType::Integer))?;
    store.declare(Attribute::new(Kind::EVENT, "hour", AttributeType::Integer))?;
    let assistant = store.persona("assistant");
    let mut dice = Dice::new();

    // A command is kept once, under its own words as key, and counts how often it was used.
    let commands = (0..rows).map(|n| {
        let words = format!("{} {} ({n})", dice.pick(&VERBS), dice.pick(&THINGS));
        let about = serde_json::json!({ "usage_count": dice.skewed(5_000), "ok": dice.below(20) > 0 });
        NewMemory::new(format!("Command: {words}"))
            .kind(COMMAND)
            .key(words)
            .at(at(n as i64 * HOUR_MS / 8))
            .metadata(Metadata::parse(&about.to_string()).expect("is an object"))
    });
    assistant.remember_all(commands.collect::<Vec<_>>())?;
    let mut dice = Dice::new();
    assistant.remember_all((0..200).map(|n| {
        NewMemory::new(format!("Workflow {n}: {}, then {}.", dice.pick(&VERBS), dice.pick(&VERBS)))
            .kind(WORKFLOW)
            .key(format!("workflow-{n}"))
    }))?;
    assistant.remember_all((0..rows / 10).map(|n| {
        let hour = (8 + dice.skewed(14)) as i64;
        NewMemory::new(format!("Ran {} {}.", dice.pick(&VERBS), dice.pick(&THINGS)))
            .kind(Kind::EVENT)
            .at(at((n as i64 / 24 * 24 + hour) * HOUR_MS))
            .metadata(Metadata::parse(&format!("{{\"hour\":{hour}}}")).expect("is an object"))
    }))?;
    for (day, drink) in ["coffee", "green tea", "water"].iter().enumerate() {
        let wish = NewMemory::new(*drink).kind(Kind::PREFERENCE).key("drink");
        assistant.remember(wish.at(at(day as i64 * 30 * 24 * HOUR_MS)))?;
    }

    let mut table = Table::new("ELIXI: Commands, workflows, preferences", rows);
    table.time("recent memories", 50, || assistant.timeline(Timeline::new().limit(20)))?;
    let top = Timeline::new().kind(COMMAND).sort_by("usage_count").descending().limit(10);
    let page = table.time("top 10 commands", 100, || assistant.timeline(top.clone()))?;
    table.time("memories of a type", 75, || assistant.timeline(Timeline::new().kind(WORKFLOW).limit(50)))?;
    let history =
        table.time("a preference, with its history", 50, || assistant.history(&Kind::PREFERENCE, "drink"))?;
    let habits = table.time("habits: events by hour of the day", 500, || {
        (0..24)
            .map(|hour| {
                let matching = Some(Where::eq("hour", hour));
                let filter = Filter { kinds: vec![Kind::EVENT], matching, ..Filter::default() };
                store.count(&filter)
            })
            .collect::<mindkeep::Result<Vec<u64>>>()
    })?;
    drop(table);

    println!("\nmost used:");
    for memory in page.memories.iter().take(3) {
        println!("  {}  {}", memory.metadata.as_json(), memory.content);
    }
    let was: Vec<_> = history.iter().map(|memory| memory.content.as_str()).collect();
    println!("to drink: {}", was.join(", then "));
    let busiest = (0..24).max_by_key(|&hour| habits[hour]).unwrap_or_default();
    println!("busiest hour: {busiest}:00, {} events", habits[busiest]);
    measured::explain(&store, top)
}
