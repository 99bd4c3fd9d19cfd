//! Keeps three memories, lists them, and asks a question. `cargo run --example first_steps`

#![allow(clippy::print_stdout)]

use mindkeep::{Kind, NewMemory, Recall, Store, Timeline};

fn main() -> mindkeep::Result<()> {
    let store = Store::open("memories.db")?; // made if there is none
    let pepys = store.persona("pepys");

    pepys.remember(
        NewMemory::new("A great fire in the City; the wind carries it towards the bridge.")
            .kind(Kind::EVENT)
            .at("1666-09-02T03:00:00Z".parse()?)
            .importance(0.9)
            .tag("fire"),
    )?;
    let drink = |what: &str| NewMemory::new(what).kind(Kind::PREFERENCE).key("morning-drink");
    pepys.remember(drink("Small beer.").at("1660-01-01T08:00:00Z".parse()?))?;
    pepys.remember(drink("Chocolate.").at("1664-11-24T08:00:00Z".parse()?))?; // takes its place

    for memory in pepys.timeline(Timeline::new().limit(50))?.memories {
        println!("{}  {:<12} {}", memory.at, memory.kind, memory.content);
    }
    for hit in pepys.recall(Recall::new("what burned near the bridge?").limit(10))? {
        println!("{:.2}  {}", hit.score, hit.memory.content);
    }
    Ok(())
}
