//! Are memories filtered and sorted by their metadata as a plain list would be, whatever is declared, whenever it was
//! declared, and however far upkeep is?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

#[path = "../ground/mod.rs"]
mod ground;
mod laws;
mod plain;

use ground::{Dice, assert_sound, ms, seed, times};
use mindkeep::{
    Attribute, AttributeType, Budget, Cancel, Error, Filter, Forget, Kind, MemoryId, Metadata, NewMemory,
    Patch, PersonaScope, Store, Timeline, Where,
};
use plain::{Key, Plain, key, value_at};
use serde_json::{Value, json};

struct Entry {
    id: MemoryId,
    persona: &'static str,
    kind: &'static str,
    at: i64,
    metadata: Value,
    forgotten: bool,
    expired: bool,
}

const PERSONAS: [&str; 3] = ["ada", "bo", "acme/carla"];
const KINDS: [&str; 2] = ["task", "command"];

fn values(path: &str) -> Vec<Value> {
    match path {
        "count" => vec![
            json!(1),
            json!(2),
            json!(2.0),
            json!(3),
            json!(-7),
            json!(2.5),
            json!("2"),
            json!([1, 3]),
            json!(null),
        ],
        "title" => vec![
            json!("a"),
            json!("b"),
            json!("é\"\\"),
            json!(""),
            json!("x".repeat(600)),
            json!(1),
            json!(["a", "c"]),
        ],
        "done" => vec![json!(true), json!(false), json!(false), json!("false"), json!(0)],
        "due" => vec![
            json!("2026-01-01"),
            json!("2026-01-01T00:00:00Z"),
            json!("2026-01-02T10:00:00+02:00"),
            json!(1_767_225_600_000_i64),
            json!("soon"),
            json!(["2026-01-01"]),
        ],
        "place.room" => vec![json!("hall"), json!("attic"), json!({ "name": "attic" })],
        other => panic!("{other}"),
    }
}

const PATHS: [&str; 5] = ["count", "title", "done", "due", "place.room"];

fn metadata(dice: &mut Dice) -> Value {
    let mut object = serde_json::Map::new();
    for path in PATHS {
        if dice.below(3) == 0 {
            continue;
        }
        let all = values(path);
        // Mostly the common ones, so that declarations refuse a few only.
        let value = if dice.below(8) == 0 { dice.pick(&all) } else { &all[dice.below(2) as usize] }.clone();
        match path.split_once('.') {
            Some((outer, inner)) => object.insert(outer.to_owned(), json!({ inner: value })),
            None => object.insert(path.to_owned(), value),
        };
    }
    object.into()
}

fn operand(dice: &mut Dice, path: &str) -> Value {
    loop {
        let value = dice.pick(&values(path)).clone();
        match value {
            Value::String(text) if path == "due" && plain::moment(&json!(text)).is_some() => {
                return json!({ "time": text });
            }
            Value::Null | Value::Array(_) | Value::Object(_) => {}
            value => return value,
        }
    }
}

fn leaf(dice: &mut Dice) -> Plain {
    let path = *dice.pick(&PATHS);
    match dice.below(8) {
        0 => Plain::Exists(path),
        1 => Plain::In(path, (0..dice.below(4)).map(|_| operand(dice, path)).collect()),
        2 | 3 => Plain::Compare(path, dice.pick::<&str>(&["lt", "lte", "gt", "gte"]), operand(dice, path)),
        4 => Plain::Not(Box::new(Plain::Compare(path, "eq", operand(dice, path)))),
        _ => Plain::Compare(path, "eq", operand(dice, path)),
    }
}

fn condition(dice: &mut Dice, depth: u64) -> Plain {
    match dice.below(6) {
        0 if depth > 0 => Plain::Or((0..=dice.below(2)).map(|_| condition(dice, depth - 1)).collect()),
        1 if depth > 0 => Plain::Not(Box::new(condition(dice, depth - 1))),
        0..=3 if depth > 0 => Plain::And((0..=dice.below(3)).map(|_| condition(dice, depth - 1)).collect()),
        _ => leaf(dice),
    }
}

fn declaration(dice: &mut Dice) -> Attribute {
    let kind = Kind::new(*dice.pick(&KINDS));
    let path = *dice.pick(&PATHS);
    let value = match path {
        "count" => *dice.pick(&[AttributeType::Integer, AttributeType::Number]),
        "done" => AttributeType::Boolean,
        "due" => AttributeType::Time,
        _ => AttributeType::Text,
    };
    let attribute = Attribute::new(kind, path, value);
    match dice.below(6) {
        0 if path != "done" => attribute.within("done", AttributeType::Boolean),
        1 if path != "title" => attribute.within("title", AttributeType::Text),
        2 if value != AttributeType::Boolean => attribute.unique(),
        _ => attribute,
    }
}

struct Case {
    store: Store,
    entries: Vec<Entry>,
    declared: Vec<Attribute>,
    next_at: i64,
    refused: u64,
    sorted: u64,
}

impl Case {
    fn new(store: Store) -> Self {
        Self { store, entries: Vec::new(), declared: Vec::new(), next_at: 0, refused: 0, sorted: 0 }
    }

    /// Whether a declaration refuses metadata.
    fn has_wrong_type(&self, kind: &str, metadata: &Value) -> bool {
        self.declared.iter().filter(|declared| declared.kind().as_str() == kind).any(|declared| {
            let wrong = |path: &str, value| value_at(metadata, path).is_some_and(|v| key(value, &v).is_err());
            wrong(declared.path(), declared.value_type())
                || declared.grouped_by().is_some_and(|(path, value)| wrong(path, value))
        })
    }

    /// Whether another memory has the value of a unique attribute.
    fn is_taken(&self, persona: &str, kind: &str, metadata: &Value, except: Option<MemoryId>) -> bool {
        let unique = self.declared.iter().filter(|d| d.is_unique() && d.kind().as_str() == kind);
        unique.into_iter().any(|declared| {
            let value = |metadata: &Value| {
                value_at(metadata, declared.path()).and_then(|v| key(declared.value_type(), &v).ok())
            };
            let Some(own) = value(metadata) else { return false };
            self.entries
                .iter()
                .filter(|e| !e.forgotten && !e.expired && e.persona == persona && e.kind == kind)
                .any(|e| Some(e.id) != except && value(&e.metadata).as_ref() == Some(&own))
        })
    }

    fn remember(&mut self, dice: &mut Dice) {
        let (persona, kind) = (*dice.pick(&PERSONAS), *dice.pick(&KINDS));
        let metadata = metadata(dice);
        self.next_at += 1;
        // Some at the same time.
        let at = self.next_at - self.next_at % 2;
        let expired = dice.below(10) == 0;
        let mut new = NewMemory::new(format!("note {at}"))
            .persona(persona)
            .kind(Kind::new(kind))
            .at(ms(at))
            .metadata(Metadata::try_from(metadata.clone()).unwrap());
        if expired {
            new = new.expires_at(ms(1));
        }
        match self.store.remember(new) {
            Ok(remembered) => {
                assert!(!self.has_wrong_type(kind, &metadata), "{metadata}");
                assert!(expired || !self.is_taken(persona, kind, &metadata, None), "{metadata}");
                let id = remembered.id;
                self.entries.push(Entry { id, persona, kind, at, metadata, forgotten: false, expired });
            }
            Err(Error::InvalidInput { field: "metadata", reason }) => {
                assert!(self.has_wrong_type(kind, &metadata), "{metadata} {reason}");
                self.refused += 1;
            }
            Err(Error::Conflict { .. }) => {
                // An old memory that is not indexed may hold a list with the value.
                self.refused += 1;
                let lists = self
                    .entries
                    .iter()
                    .any(|e| PATHS.iter().any(|p| value_at(&e.metadata, p).is_some_and(|v| v.is_array())));
                assert!(lists || self.is_taken(persona, kind, &metadata, None), "{metadata}");
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    fn update(&mut self, dice: &mut Dice) {
        let at = dice.below(self.entries.len() as u64) as usize;
        let (id, persona, kind) = (self.entries[at].id, self.entries[at].persona, self.entries[at].kind);
        if self.entries[at].forgotten || self.entries[at].expired {
            return;
        }
        let metadata = metadata(dice);
        match self.store.update(id, Patch::new().metadata(Metadata::try_from(metadata.clone()).unwrap())) {
            Ok(_) if metadata == self.entries[at].metadata => {}
            Ok(_) => {
                assert!(!self.has_wrong_type(kind, &metadata));
                assert!(!self.is_taken(persona, kind, &metadata, Some(id)), "{metadata}");
                self.entries[at].metadata = metadata;
            }
            Err(Error::InvalidInput { .. }) => assert!(self.has_wrong_type(kind, &metadata)),
            Err(Error::Conflict { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    fn forget(&mut self, dice: &mut Dice) {
        let at = dice.below(self.entries.len() as u64) as usize;
        let entry = &mut self.entries[at];
        if !entry.forgotten {
            assert_eq!(self.store.forget(&[entry.id]).unwrap(), 1);
            entry.forgotten = true;
            return;
        }
        let (id, persona, kind, metadata) = (entry.id, entry.persona, entry.kind, entry.metadata.clone());
        match self.store.undo_forget(&[id]) {
            Ok(_) => {
                assert!(self.entries[at].expired || !self.is_taken(persona, kind, &metadata, Some(id)));
                self.entries[at].forgotten = false;
            }
            Err(Error::Conflict { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    fn declare(&mut self, dice: &mut Dice) {
        let attribute = declaration(dice);
        let same =
            self.declared.iter().position(|d| d.kind() == attribute.kind() && d.path() == attribute.path());
        match same {
            Some(at) if dice.below(2) == 0 => {
                let dropped = self.declared.remove(at);
                self.store.undeclare(dropped.kind(), dropped.path()).unwrap();
            }
            Some(at) if self.declared[at] == attribute => self.store.declare(attribute).unwrap(),
            Some(_) => assert!(matches!(self.store.declare(attribute), Err(Error::Conflict { .. }))),
            None => {
                self.store.declare(attribute.clone()).unwrap();
                self.declared.push(attribute);
            }
        }
        assert_eq!(self.store.attributes().unwrap().len(), self.declared.len());
    }

    /// A few steps of upkeep, not all.
    fn maintain(&self, steps: u64) {
        let cancel = Cancel::new();
        let mut done = 0;
        let result = self.store.with_cancel(&cancel).maintain_with(Budget::all(), |_| {
            done += 1;
            if done >= steps {
                cancel.cancel();
            }
        });
        assert!(matches!(result, Ok(_) | Err(Error::Cancelled)), "{result:?}");
    }

    fn meets(&self, entry: &Entry, filter: &Filter, asked: &Plain) -> bool {
        let of = match &filter.personas {
            PersonaScope::All => true,
            PersonaScope::Named(names) => names.iter().any(|name| name == entry.persona),
            PersonaScope::Prefix(prefix) => entry.persona.starts_with(prefix),
        };
        let kinds = &filter.kinds;
        of && (kinds.is_empty() || kinds.iter().any(|kind| kind.as_str() == entry.kind))
            && filter.since.is_none_or(|since| entry.at >= since.as_millis())
            && asked.is_met(&entry.metadata)
    }

    fn ask(&mut self, dice: &mut Dice) {
        let asked = condition(dice, 2);
        let json = asked.to_json().to_string();
        let matching = Where::parse(&json).unwrap();
        assert_eq!(Where::parse(&matching.to_json()).unwrap(), matching, "{json}");
        let filter = Filter {
            personas: match dice.below(3) {
                0 => PersonaScope::All,
                1 => PersonaScope::Prefix("acme".into()),
                _ => PersonaScope::Named(vec![(*dice.pick(&PERSONAS)).to_owned(), "ada".into()]),
            },
            kinds: if dice.below(5) == 0 { Vec::new() } else { vec![Kind::new(*dice.pick(&KINDS))] },
            since: (dice.below(4) == 0).then(|| ms(self.next_at / 2)),
            matching: Some(matching),
            ..Filter::default()
        };
        let mut expected: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| !entry.forgotten && !entry.expired && self.meets(entry, &filter, &asked))
            .collect();
        let oldest_first = dice.below(2) == 0;
        // Of one time, the one that came later is the newer one.
        expected.sort_by_key(|entry| entry.at);
        if !oldest_first {
            expected.reverse();
        }
        let ids: Vec<MemoryId> = expected.iter().map(|entry| entry.id).collect();
        let mut question = Timeline::new().filter(filter.clone()).limit(1 + dice.below(40) as usize);
        if oldest_first {
            question = question.oldest_first();
        }
        assert_eq!(self.walk(question), ids, "{json} {filter:?} {:?}", self.declared);
        assert_eq!(self.store.count(&filter).unwrap(), ids.len() as u64, "{json} {:?}", self.declared);
        let by_kind = self.store.count_by_kind(&filter).unwrap();
        assert_eq!(by_kind.iter().map(|(_, count)| count).sum::<u64>(), ids.len() as u64);
        let there = self.entries.iter().filter(|e| !e.forgotten && self.meets(e, &filter, &asked)).count();
        let forgotten = self.store.forget_matching(Forget::new().filter(filter).dry_run()).unwrap();
        assert_eq!(forgotten.count, there as u64, "{json}");
    }

    fn ask_sorted(&mut self, dice: &mut Dice) {
        let states = self.store.attributes().unwrap();
        let Some(state) = (!states.is_empty()).then(|| dice.pick(&states)) else { return };
        let declared = state.attribute.clone();
        let mut all = vec![condition(dice, 1)];
        if dice.below(2) == 0 {
            all.push(Plain::Compare(
                PATHS.iter().find(|p| **p == declared.path()).unwrap(),
                dice.pick::<&str>(&["lt", "gte", "eq"]),
                operand(dice, declared.path()),
            ));
        }
        match declared.grouped_by() {
            Some(("title", _)) => all.push(Plain::Compare("title", "eq", operand(dice, "title"))),
            Some(("done", _)) if dice.below(2) == 0 => {
                all.push(Plain::Not(Box::new(Plain::Compare("done", "eq", json!(true)))));
            }
            _ => {}
        }
        let asked = Plain::And(all);
        let descending = dice.below(2) == 0;
        let mut question = Timeline::new()
            .kind(declared.kind().clone())
            .matching(Where::parse(&asked.to_json().to_string()).unwrap())
            .limit(1 + dice.below(20) as usize)
            .sort_by(declared.path());
        let mut whose = PERSONAS.to_vec();
        if dice.below(2) == 0 {
            whose = vec!["bo", "ada"];
            question = question.persona("bo").persona("ada");
        }
        if descending {
            question = question.descending();
        }
        if state.left > 0 {
            assert!(matches!(
                self.store.timeline(question),
                Err(Error::InvalidInput { field: "sort_by", .. })
            ));
            return;
        }
        // A title of another type cannot be looked up.
        if declared.grouped_by().is_some_and(|(path, _)| path == "title")
            && matches!(
                self.store.timeline(question.clone()),
                Err(Error::InvalidInput { field: "sort_by", .. })
            )
        {
            return;
        }
        let mut expected: Vec<(Key, i64, MemoryId)> = Vec::new();
        for entry in
            self.entries.iter().filter(|e| !e.forgotten && !e.expired && e.kind == declared.kind().as_str())
        {
            let like = declared.grouped_by().is_none_or(|(path, value)| {
                value_at(&entry.metadata, path).is_none_or(|v| key(value, &v).is_ok())
            });
            if whose.contains(&entry.persona)
                && like
                && asked.is_met(&entry.metadata)
                && let Some(value) = value_at(&entry.metadata, declared.path())
                && let Ok(key) = key(declared.value_type(), &value)
            {
                expected.push((key, entry.at, entry.id));
            }
        }
        expected.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap().then(a.1.cmp(&b.1)));
        if descending {
            expected.reverse();
        }
        let ids: Vec<MemoryId> = expected.iter().map(|(_, _, id)| *id).collect();
        assert_eq!(self.walk(question), ids, "{} {declared:?}", asked.to_json());
        self.sorted += 1;
    }

    fn walk(&self, mut question: Timeline) -> Vec<MemoryId> {
        let mut ids = Vec::new();
        loop {
            let page = self.store.timeline(question.clone()).unwrap();
            ids.extend(page.memories.iter().map(|memory| memory.id));
            let Some(next) = page.next else { return ids };
            question = question.after(next.to_string().parse().unwrap());
        }
    }
}

fn run(start: u64, steps: u64, dice: &mut Dice) -> Case {
    let mut case = Case::new(Store::builder().open_in_memory().unwrap());
    for _ in 0..start {
        case.remember(dice);
    }
    for _ in 0..steps {
        match dice.below(20) {
            0..=4 => case.remember(dice),
            5 | 6 => case.update(dice),
            7..=9 => case.forget(dice),
            10 | 11 => case.declare(dice),
            12 | 13 => case.maintain(1 + dice.below(3)),
            14..=16 => case.ask_sorted(dice),
            _ => case.ask(dice),
        }
    }
    assert_sound(&case.store);
    case.store.maintain(Budget::all()).unwrap();
    for _ in 0..10 {
        case.ask(dice);
        case.ask_sorted(dice);
    }
    assert_sound(&case.store);
    case
}

#[test]
fn a_plain_list_gives_the_same() {
    let mut dice = Dice(seed());
    let (mut refused, mut sorted) = (0, 0);
    for _ in 0..times("CASES", 25, 400) {
        let case = run(1 + dice.below(30), 60, &mut dice);
        refused += case.refused;
        sorted += case.sorted;
    }
    assert!(refused > 20 && sorted > 50, "{refused} {sorted}");
}

/// With more memories than a declaration indexes at once, so that upkeep is met half-way.
#[test]
fn a_plain_list_gives_the_same_while_upkeep_is_under_way() {
    let mut dice = Dice(seed() + 1);
    for _ in 0..times("CASES", 25, 400).div_ceil(12) {
        run(1_200, 80, &mut dice);
    }
}
