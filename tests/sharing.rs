//! Does what a user wrote stay where it was written? Not in the change log, not in errors, not in telemetry.

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use ground::{ms, raw};
use mindkeep::{
    Embedding, Error, Export, Filter, Forget, Import, Kind, MemoryId, Metadata, NewMemory, Patch, Recall,
    Store, Timeline,
};

/// A word that stands in everything that a user writes here, and nowhere else.
const MARK: &str = "Quincunx";

fn marked(rest: &str) -> String {
    format!("{MARK}{rest}")
}

fn marked_memory(n: u32) -> NewMemory {
    NewMemory::new(format!("{MARK} content {n}"))
        .persona(marked("/persona"))
        .kind(Kind::new(marked("Kind")))
        .tag(marked("Tag"))
        .thread(marked("Thread"))
        .key(format!("{MARK}Key{n}"))
        .source(marked("Source"))
        .metadata(Metadata::parse(&format!(r#"{{"{MARK}":"{MARK}"}}"#)).unwrap())
        .embedding(Embedding::f32(marked("Model"), &[0.5]))
}

const GRAPH: &str = r#"{"type":"entity","persona":"Quincunx/persona","label":"Quincunx","name":"Quincunx","properties":{"Quincunx":1}}
{"type":"entity","name":"Quincunx shared","aliases":["Quincunx"]}
{"type":"relation","persona":"Quincunx/persona","label":"Quincunx","from":"Quincunx","to":"Quincunx shared","weight":2}
{"type":"mention","persona":"Quincunx/persona","memory":"QuincunxKey1","entity":"Quincunx"}"#;

#[test]
fn the_change_log_holds_no_content() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let store = Store::open(&path).unwrap();
    let ids: Vec<MemoryId> = (0..3).map(|n| store.remember(marked_memory(n)).unwrap().id).collect();
    store.remember(marked_memory(0).tag("another")).unwrap();
    let fact = |n: u32| marked_memory(7).kind(Kind::FACT).at(ms(i64::from(n)));
    (1..4).for_each(|n| assert!(store.remember(fact(n)).is_ok()));
    let patch = Patch::new()
        .content(marked("new"))
        .thread(Some(marked("t")))
        .tags([marked("u")])
        .source(None::<String>);
    store.update(ids[0], patch).unwrap();
    assert_eq!(store.import(GRAPH.as_bytes(), Import::new()).unwrap().rejected_count, 0);
    assert_eq!(
        store.import(GRAPH.replace("weight\":2", "weight\":3").as_bytes(), Import::new()).unwrap().updated,
        1
    );
    store.forget(&ids).unwrap();
    store.undo_forget(&ids[..1]).unwrap();
    drop(store);
    let file = raw(&path);
    let mut statement = file.prepare("SELECT * FROM change").unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let (mut changes, mut fields) = (0, std::collections::BTreeSet::new());
    while let Some(row) = rows.next().unwrap() {
        changes += 1;
        for column in 0..columns {
            let value: rusqlite::types::Value = row.get(column).unwrap();
            let bytes = match &value {
                rusqlite::types::Value::Text(text) => text.as_bytes(),
                rusqlite::types::Value::Blob(blob) => blob,
                _ => continue,
            };
            assert!(!String::from_utf8_lossy(bytes).to_lowercase().contains("quincunx"), "{value:?}");
        }
        let named: Option<String> = row.get("fields").unwrap();
        fields.extend(named.unwrap_or_default().split(',').map(str::to_owned));
    }
    assert!(changes > 15);
    let columns = "at aliases content embedding expires_at forgotten_at importance label metadata properties source \
                   superseded_at tags thread valid_to weight";
    for field in fields.iter().filter(|field| !field.is_empty()) {
        assert!(columns.split(' ').any(|column| column == field), "{field} is no column");
    }
}

#[track_caller]
fn assert_tells_nothing<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.expect_err("refused");
    let mut told = format!("{error} {error:?} {} {}", error.kind(), error.hint());
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        told += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    assert!(!told.contains(MARK), "{told}");
}

#[test]
fn no_error_holds_what_a_user_wrote() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path().join("memories.db")).unwrap();
    let id = store.remember(marked_memory(1)).unwrap().id;
    let long = MARK.repeat(3_000);
    let nul = format!("{MARK}\0");
    let m = || NewMemory::new(marked(" content"));
    for bad in [
        NewMemory::new(nul.clone()),
        NewMemory::new(MARK.repeat(200_000)),
        m().persona(long.clone()),
        m().persona(format!("{MARK}//x")),
        m().persona(nul.clone()),
        m().kind(Kind::new(long.clone())),
        m().tag(long.clone()),
        m().tag(nul.clone()),
        m().thread(long.clone()),
        m().key(long.clone()),
        m().source(nul.clone()),
        m().importance(f64::NAN),
        m().embedding(Embedding::f32(long.clone(), &[1.0])),
        m().embedding(Embedding::f32(marked("Model"), &[1.0, 2.0])),
        m().embedding(Embedding::f32(marked("Model"), &[f32::NAN])),
    ] {
        assert_tells_nothing(store.remember(bad.clone()));
        let report = store.remember_all([bad]).unwrap();
        assert_tells_nothing::<()>(Err(report.rejected[0].error.clone()));
    }
    for bad in [format!("[\"{MARK}\"]"), format!("{{\"{MARK}\":"), format!("{{\"{MARK}\":\"\\u0000\"}}")] {
        assert_tells_nothing(Metadata::parse(&bad));
    }
    assert_tells_nothing(store.update(id, Patch::new().content(nul.clone())));
    assert_tells_nothing(store.update(id, Patch::new().tags([long.clone()])));
    assert_tells_nothing(store.timeline(Timeline::new().persona(long.clone())));
    assert_tells_nothing(store.timeline(Timeline::new().tag(nul.clone())));
    assert_tells_nothing(store.recall(Recall::new(MARK.repeat(20_000))));
    assert_tells_nothing(store.recall(Recall::new(MARK).key(nul.clone())));
    assert_tells_nothing(store.count(&Filter { source: Some(long.clone()), ..Filter::default() }));
    assert_tells_nothing(store.count_by_month(&Filter::default(), MARK));
    assert_tells_nothing(store.forget_matching(Forget::new().thread(nul)));
    assert_tells_nothing(store.personas(Some(&long)));
    assert_tells_nothing(store.persona(marked("/persona")).thread(&marked("Unknown")));
    assert_tells_nothing(MARK.parse::<MemoryId>());
    assert_tells_nothing(MARK.parse::<mindkeep::Timestamp>());
    assert_tells_nothing(MARK.parse::<mindkeep::Cursor>());
    assert_tells_nothing(mindkeep::PersonaName::new(format!("{MARK}/")));
    assert_tells_nothing(Store::open(home.path().join(MARK).join("memories.db")));
    assert_tells_nothing(store.backup(home.path().join(MARK).join("copy.db"), mindkeep::Backup::new()));
    let bad = format!("{{\"type\":\"memory\",\"persona\":\"{MARK}\",\"{MARK}\":");
    assert_tells_nothing(store.import(bad.as_bytes(), Import::new().strict()));
    store.forget(&[id]).unwrap();
    store.remember(marked_memory(1)).unwrap();
    assert_tells_nothing(store.undo_forget(&[id]));
    assert!(!format!("{:?}", store.counters()).contains(MARK));
    assert!(!format!("{:?}", store.stats().unwrap()).contains(MARK));
    assert!(store.export(Vec::new(), Export::new()).is_ok());
}
