//! Which memories are asked for? A few dozen of every sort, in memory, made once and never changed.

use std::sync::OnceLock;

use mindkeep::{
    Attribute, AttributeType, Export, Import, Kind, Memory, Metadata, NewMemory, Store, Timeline, Timestamp,
};

/// A store, and another with the same memories and with declared attributes.
pub struct Shelf {
    pub store: Store,
    pub declared: Store,
}

pub const PERSONAS: [&str; 5] = ["ada", "acme", "acme/bo", "acme/bo/planner", "acme0"];
pub const TEXTS: [&str; 6] = [
    "The spare key is under the third flower pot.",
    "Élodie's café opens at nine; the naïve fire alarm rings at ten.",
    "হারানো আংটি পাওয়া গেছে 🔥 fire",
    "Fire, fire and more fire in the \"old\" mill.",
    "A note\nof two lines, with a tab\tin it.",
    "key",
];

/// The shelf, the same for every input.
pub fn shelf() -> &'static Shelf {
    static SHELF: OnceLock<Shelf> = OnceLock::new();
    SHELF.get_or_init(|| {
        let store = Store::builder().open_in_memory().expect("opens in memory");
        let report = store.remember_all((0..72).map(memory)).expect("keeps");
        assert_eq!(report.added, 72);
        let declared = declared();
        let mut lines = Vec::new();
        store.export(&mut lines, Export::new()).expect("exports");
        declared.import(lines.as_slice(), Import::new().strict()).expect("imports");
        assert_eq!((all(&store).len(), all(&declared).len()), (72, 72));
        Shelf { store, declared }
    })
}

/// All that is in a store, newest first.
pub fn all(store: &Store) -> Vec<Memory> {
    store.timeline(Timeline::new().limit(1_000)).expect("lists").memories
}

/// An empty store that looks some paths up on indexes.
fn declared() -> Store {
    let store = Store::builder().open_in_memory().expect("opens in memory");
    for kind in [Kind::EVENT, Kind::new("recipe")] {
        let attribute = |path: &str, of| Attribute::new(kind.clone(), path, of);
        for attribute in [
            attribute("n", AttributeType::Integer),
            attribute("share", AttributeType::Number),
            attribute("done", AttributeType::Boolean),
            attribute("state", AttributeType::Text).within("done", AttributeType::Boolean),
            attribute("due", AttributeType::Time),
        ] {
            store.declare(attribute).expect("declares");
        }
    }
    store
}

/// Metadata of several shapes; what is declared has its type, or is `null`.
fn metadata(n: u32) -> String {
    let due = ["\"2026-05-01\"", "\"2026-05-01T12:00:00+02:00\"", "1777593600000", "null"][n as usize % 4];
    let state = ["open", "failed", "QZ stuck", ""][n as usize / 3 % 4];
    match n % 5 {
        0 => "{}".to_owned(),
        1 => format!(r#"{{"n":{},"done":{},"state":"{state}"}}"#, i64::from(n) - 30, n.is_multiple_of(2)),
        2 => format!(r#"{{"share":{},"due":{due},"a.b":1,"a":{{"b":[{n},"x"]}}}}"#, f64::from(n) / 7.0),
        3 => format!(r#"{{"n":{},"due":{due},"state":"{state}","owner":null}}"#, n % 3),
        _ => {
            format!(r#"{{"done":true,"state":"{state}","n":9007199254740993,"share":-0.0,"list":[1,2,[3]]}}"#)
        }
    }
}

fn memory(n: u32) -> NewMemory {
    let pick = |from: &[&'static str], by: u32| from[(n / by) as usize % from.len()];
    let kinds = [Kind::EVENT, Kind::CONVERSATION, Kind::PREFERENCE, Kind::new("recipe")];
    // Several share a moment, and some lie before 1970.
    let at = i64::from(n / 3) * 3_600_000 - 36_000_000;
    let mut memory = NewMemory::new(format!("{} {n}", pick(&TEXTS, 1)))
        .persona(pick(&PERSONAS, 2))
        .kind(kinds[n as usize % kinds.len()].clone())
        .at(Timestamp::from_millis(at).expect("within range"))
        .importance(f64::from(n % 11) / 10.0)
        .metadata(Metadata::parse(&metadata(n)).expect("is JSON"));
    for tag in ["fire", "home", "QZ tag", "été"].iter().take(n as usize % 5) {
        memory = memory.tag(*tag);
    }
    if n.is_multiple_of(4) {
        memory = memory.thread(pick(&["monday", "QZ thread"], 4));
    }
    if n.is_multiple_of(5) {
        memory = memory.source(pick(&["diary", "mail"], 5));
    }
    if n.is_multiple_of(7) {
        // One a persona and kind, so that none replaces another.
        memory = memory.key(format!("key {n}"));
    }
    memory
}
