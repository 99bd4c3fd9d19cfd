//! A life in order: goals, tasks with due dates, events. The shape of SelfOS.
//!
//! ```text
//! cargo run --release --example goals            # 20,000 tasks
//! cargo run --release --example goals -- 200000
//! ```
//!
//! | question | index |
//! |---|---|
//! | what is due and not done | attribute `due` of the kind `task`, within `done` |
//! | goals by progress | attribute `progress` of the kind `goal` |
//! | events of a month | the kind's |
//!
//! Each question is asked once more without its index, over the same tasks kept under a kind that declares nothing.

#![allow(clippy::print_stdout)]

#[path = "measured/mod.rs"]
mod measured;

use measured::{DAY_MS, Dice, HOUR_MS, Table, at, median, rows, shown};
use mindkeep::{Attribute, AttributeType, Filter, Kind, Metadata, NewMemory, Patch, Store, Timeline, Where};

const TASK: Kind = Kind::from_static("task");
/// The same as a task, without an index.
const NOTE: Kind = Kind::from_static("task_note");
const GOAL: Kind = Kind::from_static("goal");
const VERBS: [&str; 6] = ["Water", "Repair", "Write to", "Pay", "Learn", "Sort"];
const THINGS: [&str; 8] =
    ["the ferns", "the gate", "Mr Pym", "the rent", "a fugue", "old letters", "the shed", "seeds"];

fn main() -> mindkeep::Result<()> {
    let rows = rows(20_000);
    let store = Store::builder().open_in_memory()?;
    let due = Attribute::new(TASK, "due", AttributeType::Time).within("done", AttributeType::Boolean);
    store.declare(due)?;
    store.declare(Attribute::new(GOAL, "progress", AttributeType::Number))?;
    let me = store.persona("me");

    for kind in [TASK, NOTE] {
        let mut dice = Dice::new();
        let tasks = (0..rows).map(|n| {
            let due = at((n as i64 - rows as i64 / 2) * HOUR_MS / 2);
            // Most of what was due is done, and some of what is to come.
            let done = if n < rows / 2 { dice.below(50) > 0 } else { dice.below(50) == 0 };
            let about =
                serde_json::json!({ "due": due.to_string(), "done": done, "priority": dice.below(5) });
            NewMemory::new(format!("{} {}.", dice.pick(&VERBS), dice.pick(&THINGS)))
                .kind(kind.clone())
                .at(at((n as i64 - rows as i64) * HOUR_MS / 2))
                .metadata(Metadata::parse(&about.to_string()).expect("is an object"))
        });
        me.remember_all(tasks.collect::<Vec<_>>())?;
    }
    let mut dice = Dice::new();
    me.remember_all((0..500).map(|n| {
        NewMemory::new(format!("Goal {n}: {} {} every week.", dice.pick(&VERBS), dice.pick(&THINGS)))
            .kind(GOAL)
            .key(format!("goal-{n}"))
            .metadata(
                Metadata::parse(&format!("{{\"progress\":{}}}", dice.below(1_000) as f64 / 1_000.0))
                    .expect("is an object"),
            )
    }))?;
    me.remember_all((0..rows / 4).map(|n| {
        NewMemory::new(format!("{} {} with friends.", dice.pick(&VERBS), dice.pick(&THINGS)))
            .kind(Kind::EVENT)
            .at(at(n as i64 * 6 * HOUR_MS))
    }))?;

    let overdue = |kind: Kind| {
        let question = Timeline::new().kind(kind).limit(10);
        question.matching(Where::eq("done", false).and(Where::lt("due", at(0))))
    };
    let first = overdue(TASK).sort_by("due");
    let mut table = Table::new("SelfOS: Goals, tasks and events", rows);
    let page = table.time("due and not done, most urgent first", 50, || me.timeline(first.clone()))?;
    let filter = |kind| {
        let matching = Some(Where::eq("done", false).and(Where::lt("due", at(0))));
        Filter { kinds: vec![kind], matching, ..Filter::default() }
    };
    let (count, with) = median(21, || store.count(&filter(TASK)))?;
    let (_, without) = median(21, || store.count(&filter(NOTE)))?;
    table.note(&format!("{count} tasks that are overdue, counted"), "", shown(with));
    table.note("the same without the index", "", shown(without));
    table.note(
        "the index is faster by",
        "10 to 100 x",
        format!("{:.0} x", without.as_secs_f64() / with.as_secs_f64()),
    );
    table.time("goals that are furthest", 50, || {
        me.timeline(Timeline::new().kind(GOAL).sort_by("progress").descending().limit(10))
    })?;
    table.time("events of a month", 50, || {
        me.timeline(Timeline::new().kind(Kind::EVENT).between(at(0), at(30 * DAY_MS)))
    })?;
    let done =
        Patch::new().metadata(Metadata::parse(r#"{"due":"2025-12-24","done":true}"#).expect("is an object"));
    table.time_once("a task is done", 50, || store.update(page.memories[0].id, done))?;
    drop(table);

    println!("\nmost urgent:");
    for memory in me.timeline(first.limit(3))?.memories {
        println!("  {}  {}", memory.metadata.as_json(), memory.content);
    }
    measured::explain(&store, overdue(TASK))?;
    measured::explain(&store, overdue(NOTE))
}
