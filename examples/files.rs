//! A library of files: each once by its hash, with tags, ratings and owners. The shape of SampleMind.
//!
//! ```text
//! cargo run --release --example files            # 20,000 files
//! cargo run --release --example files -- 200000
//! ```
//!
//! | question | index |
//! |---|---|
//! | the file with this hash | unique attribute `sha256` of the kind `file` |
//! | a user | the key's |
//! | best rated, largest | attributes `rating` and `bytes` |
//! | newest files | the kind's |
//! | files with a tag | the tags' |
//! | how many, by kind and month | the timeline's and the kind's |

#![allow(clippy::print_stdout)]

#[path = "measured/mod.rs"]
mod measured;

use measured::{Dice, HOUR_MS, Table, at, rows};
use mindkeep::{Attribute, AttributeType, Error, Filter, Kind, Metadata, NewMemory, Store, Timeline, Where};

const FILE: Kind = Kind::from_static("file");
const USER: Kind = Kind::from_static("user");
const TAGS: [&str; 12] =
    ["drums", "bass", "vocal", "field", "piano", "noise", "loop", "strings", "rain", "city", "choir", "tape"];

fn main() -> mindkeep::Result<()> {
    let rows = rows(20_000);
    let store = Store::builder().open_in_memory()?;
    store.declare(Attribute::new(FILE, "sha256", AttributeType::Text).unique())?;
    store.declare(Attribute::new(FILE, "rating", AttributeType::Integer))?;
    store.declare(Attribute::new(FILE, "bytes", AttributeType::Integer))?;
    let library = store.persona("library");
    let mut dice = Dice::new();

    library.remember_all(
        (0..200).map(|n| NewMemory::new(format!("User {n}.")).kind(USER).key(format!("user-{n}"))),
    )?;
    let files = (0..rows).map(|n| {
        let about = serde_json::json!({
            "sha256": hash(n),
            "rating": dice.below(101),
            "bytes": 4_096 + dice.skewed(50_000_000),
            "owner": format!("user-{}", dice.skewed(200)),
        });
        let tag = *dice.pick(&TAGS);
        NewMemory::new(format!(
            "{tag}-{n:06}.wav, recorded on a {} day",
            dice.pick(&["quiet", "wet", "windy"])
        ))
        .kind(FILE)
        .at(at(n as i64 * HOUR_MS / 4))
        .tag(tag)
        .tag(*dice.pick(&TAGS))
        .metadata(Metadata::parse(&about.to_string()).expect("is an object"))
    });
    library.remember_all(files.collect::<Vec<_>>())?;

    // The same file again is refused, whatever its name.
    let copy = NewMemory::new("a copy.wav").kind(FILE);
    let copy =
        copy.metadata(Metadata::parse(&format!("{{\"sha256\":\"{}\"}}", hash(7))).expect("is an object"));
    assert!(matches!(library.remember(copy), Err(Error::Conflict { .. })));

    let mut table = Table::new("SampleMind: Files by hash, with tags", rows);
    let by_hash = Timeline::new().kind(FILE).matching(Where::eq("sha256", hash(rows / 2)));
    table.time("a user", 3, || library.timeline(Timeline::new().kind(USER).key("user-42")))?;
    let found = table.time("the file with a hash", 15, || library.timeline(by_hash.clone()))?;
    table.time("the newest 100 files", 95, || library.timeline(Timeline::new().kind(FILE).limit(100)))?;
    let choir = table.time("files with a tag", 45, || library.timeline(Timeline::new().tag("choir")))?;
    let best = Timeline::new().kind(FILE).sort_by("rating").descending().limit(10);
    table.time("the best rated", 45, || library.timeline(best.clone()))?;
    let filter = Filter { kinds: vec![FILE], ..Filter::default() };
    table.time("how many in each month", 245, || store.count_by_month(&filter, "UTC"))?;
    drop(table);

    println!("\nfound: {}", found.memories[0].content);
    println!("choir, newest: {}", choir.memories[0].content);
    measured::explain(&store, by_hash)
}

/// Stands for a file's SHA-256: 64 hexadecimal digits.
fn hash(n: usize) -> String {
    let mut dice = Dice::new();
    let word =
        |dice: &mut Dice| dice.below(usize::MAX) as u64 ^ (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..4).map(|_| format!("{:016x}", word(&mut dice))).collect()
}
