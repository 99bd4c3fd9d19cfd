//! Which memories are asked for? A few dozen of every sort, in memory, made once and never changed.

use std::sync::OnceLock;

use mindkeep::{Kind, Memory, NewMemory, Store, Timeline, Timestamp};

/// A store, and all that is in it, newest first.
pub struct Shelf {
    pub store: Store,
    pub memories: Vec<Memory>,
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
        let memories = store.timeline(Timeline::new().limit(1_000)).expect("lists").memories;
        assert_eq!(memories.len(), 72);
        Shelf { store, memories }
    })
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
        .importance(f64::from(n % 11) / 10.0);
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
