//! What do declarations promise, one by one?

use mindkeep::{
    Attribute, AttributeType, Budget, Error, Export, Filter, Forget, Import, Kind, Metadata, NewMemory,
    Operand, Patch, Question, Recall, Store, Timeline, Timestamp, Where,
};

use crate::ground::{assert_sound, ms};

fn json(text: &str) -> Metadata {
    Metadata::parse(text).unwrap()
}

fn file(hash: &str) -> NewMemory {
    NewMemory::new("a file").kind(Kind::new("file")).metadata(json(&format!(r#"{{"hash":"{hash}"}}"#)))
}

fn unique(kind: Kind) -> Attribute {
    Attribute::new(kind, "hash", AttributeType::Text).unique()
}

fn is_conflict<T: std::fmt::Debug>(result: Result<T, Error>) -> bool {
    matches!(result, Err(Error::Conflict { .. }))
}

#[test]
fn a_unique_value_is_held_by_one_memory() {
    let store = Store::builder().open_in_memory().unwrap();
    store.declare(unique(Kind::new("file"))).unwrap();
    let first = store.remember(file("a")).unwrap().id;
    assert!(is_conflict(store.remember(file("a"))));
    // Another persona, another kind: another matter.
    store.persona("bo").remember(file("a")).unwrap();
    store.remember(file("a").kind(Kind::EVENT)).unwrap();
    let second = store.remember(file("b")).unwrap().id;
    assert!(is_conflict(store.update(second, Patch::new().metadata(json(r#"{"hash":"a"}"#)))));
    store.update(second, Patch::new().metadata(json(r#"{"hash":"b","size":1}"#))).unwrap();
    // What is forgotten holds nothing, and does not come back beside another.
    store.forget(&[first]).unwrap();
    let third = store.remember(file("a")).unwrap().id;
    assert!(is_conflict(store.undo_forget(&[first])));
    store.forget(&[third]).unwrap();
    assert_eq!(store.undo_forget(&[first]).unwrap(), 1);
    // Neither does what has expired.
    store.remember(file("c").expires_at(ms(1))).unwrap();
    store.remember(file("c")).unwrap();
    // In a batch the one that collides is refused alone.
    let report = store.remember_all([file("d"), file("d"), file("e")]).unwrap();
    assert_eq!((report.added, report.rejected.len()), (2, 1));
    assert_sound(&store);
}

#[test]
fn a_link_of_a_history_takes_over_the_value_of_the_one_before() {
    let store = Store::builder().open_in_memory().unwrap();
    store.declare(unique(Kind::FACT)).unwrap();
    let fact = |text: &str, key: &str, at: i64| {
        NewMemory::new(text).kind(Kind::FACT).key(key).at(ms(at)).metadata(json(r#"{"hash":"same"}"#))
    };
    store.remember(fact("one", "k", 10)).unwrap();
    store.remember(fact("two", "k", 20)).unwrap();
    store.remember(fact("said late of an earlier time", "k", 15)).unwrap();
    assert!(is_conflict(store.remember(fact("other", "another key", 30))));
    // Refused whole: nothing of the history of that key has begun, and the batch around it is kept.
    let batch = [fact("three", "k", 30), fact("other", "another key", 40), NewMemory::new("plain")];
    let report = store.remember_all(batch).unwrap();
    assert_eq!((report.superseded, report.added, report.rejected.len()), (1, 1, 1));
    let history = store.persona("default").history(&Kind::FACT, "k").unwrap();
    assert_eq!(history.len(), 4);
    assert_sound(&store);
}

#[test]
fn an_import_is_held_to_what_is_declared() {
    let there = Store::builder().open_in_memory().unwrap();
    for (hash, tag) in [("a", "x"), ("b", "y"), ("a", "z")] {
        there.remember(file(hash).tag(tag)).unwrap();
    }
    there.remember(file("7").metadata(json(r#"{"hash":7}"#))).unwrap();
    let mut lines = Vec::new();
    there.export(&mut lines, Export::new()).unwrap();
    let here = Store::builder().open_in_memory().unwrap();
    here.declare(unique(Kind::new("file"))).unwrap();
    let report = here.import(&lines[..], Import::new()).unwrap();
    assert_eq!((report.memories, report.rejected_count), (2, 2));
    // The same again changes nothing.
    let report = here.import(&lines[..], Import::new()).unwrap();
    assert_eq!((report.unchanged, report.rejected_count), (2, 2));
    assert!(here.import(&lines[..], Import::new().strict()).is_err());
    assert_sound(&here);
    assert_sound(&there);
}

#[test]
fn a_unique_value_of_a_memory_that_is_not_indexed_yet_counts() {
    let store = Store::builder().open_in_memory().unwrap();
    store.remember_all((0..1_500).map(|n| file(&format!("old {n}")))).unwrap();
    store.declare(unique(Kind::new("file"))).unwrap();
    assert!(store.attributes().unwrap()[0].left >= 1_500);
    assert!(is_conflict(store.remember(file("old 1400"))));
    store.remember(file("new")).unwrap();
    store.maintain(Budget::all()).unwrap();
    assert!(is_conflict(store.remember(file("old 1400"))));
    assert!(is_conflict(store.remember(file("new"))));
    assert_sound(&store);
}

#[test]
fn a_value_of_another_type_is_refused_by_its_path_and_never_shown() {
    let store = Store::builder().open_in_memory().unwrap();
    let task = Kind::new("task");
    let due =
        Attribute::new(task.clone(), "when.due", AttributeType::Time).within("done", AttributeType::Boolean);
    store.declare(due).unwrap();
    for (metadata, path) in [
        (r#"{"when":{"due":"next secret"}}"#, "when.due"),
        (r#"{"when":{"due":1.5}}"#, "when.due"),
        (r#"{"when":{"due":["2026-01-01"]}}"#, "when.due"),
        (r#"{"done":"secret"}"#, "done"),
    ] {
        let error =
            store.remember(NewMemory::new("x").kind(task.clone()).metadata(json(metadata))).unwrap_err();
        let said = format!("{error} {error:?} {}", error.hint());
        assert!(matches!(error, Error::InvalidInput { field: "metadata", .. }));
        assert!(said.contains(path) && !said.contains("secret"), "{said}");
    }
    for metadata in [r#"{"when":{"due":null}}"#, r#"{"when":"later"}"#, "{}", r#"{"done":null}"#] {
        store.remember(NewMemory::new("x").kind(task.clone()).metadata(json(metadata))).unwrap();
    }
    assert_sound(&store);
}

/// A declaration cannot refuse what was there before: it is found all the same, and sorting leaves it out.
#[test]
fn what_was_there_before_with_another_type_is_still_found() {
    let store = Store::builder().open_in_memory().unwrap();
    let note = |metadata: &str| NewMemory::new("x").kind(Kind::EVENT).metadata(json(metadata));
    let list = store.remember(note(r#"{"count":[1,2]}"#)).unwrap().id;
    store.remember(note(r#"{"count":2}"#)).unwrap();
    store.declare(Attribute::new(Kind::EVENT, "count", AttributeType::Integer)).unwrap();
    let state = &store.attributes().unwrap()[0];
    assert!(state.unlike == 1 && !state.is_in_use());
    let two = Timeline::new().kind(Kind::EVENT).matching(Where::eq("count", 2));
    assert_eq!(store.timeline(two.clone()).unwrap().memories.len(), 2);
    let sorted = Timeline::new().kind(Kind::EVENT).sort_by("count");
    assert_eq!(store.timeline(sorted).unwrap().memories.len(), 1);
    let explanation = store.explain(two.clone()).unwrap();
    assert_eq!(explanation.steps[0].index, "memory_kind");
    assert!(explanation.advice[0].contains("another type: 1"), "{:?}", explanation.advice);
    // Its other fields can be changed.
    store.update(list, Patch::new().importance(0.9)).unwrap();
    store.update(list, Patch::new().metadata(json(r#"{"count":2}"#))).unwrap();
    assert!(store.attributes().unwrap()[0].is_in_use());
    let explanation = store.explain(two).unwrap();
    assert_eq!((explanation.steps[0].index, explanation.steps[0].rows_at_most), ("memory_attribute", 2));
    assert!(explanation.steps[0].scans.is_empty() && explanation.advice.is_empty());
    assert!(
        explanation.steps[0].sqlite[0].contains("PRIMARY KEY (attribute_id=? AND persona_id=? AND grouped=?")
    );
    assert_sound(&store);
}

#[test]
fn moments_are_moments_however_they_are_written() {
    let store = Store::builder().open_in_memory().unwrap();
    let task = Kind::new("task");
    let noon = "2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap();
    for due in [
        r#""2026-03-01T12:00:00Z""#,
        r#""2026-03-01T13:00:00.000+01:00""#,
        "1772366400000",
        r#""2026-03-02""#,
    ] {
        store
            .remember(NewMemory::new(due).kind(task.clone()).metadata(json(&format!(r#"{{"due":{due}}}"#))))
            .unwrap();
    }
    let count = |condition: Where| {
        let filter = Filter { kinds: vec![task.clone()], matching: Some(condition), ..Filter::default() };
        store.count(&filter).unwrap()
    };
    for declared in [false, true] {
        if declared {
            store.declare(Attribute::new(task.clone(), "due", AttributeType::Time)).unwrap();
        }
        assert_eq!(count(Where::eq("due", noon)), 3);
        assert_eq!(count(Where::gt("due", noon)), 1);
        assert_eq!(count(Where::parse(r#"{"due":{"lte":{"time":"2026-03-02"}}}"#).unwrap()), 4);
        // As what they are written as, they are strings and numbers.
        assert_eq!(count(Where::eq("due", "2026-03-02")), 1);
        assert_eq!(count(Where::eq("due", 1_772_366_400_000_i64)), 1);
    }
    let first =
        store.timeline(Timeline::new().kind(task.clone()).sort_by("due").descending().limit(1)).unwrap();
    assert_eq!(first.memories[0].content, r#""2026-03-02""#);
}

#[test]
fn every_verb_that_filters_asks_the_condition() {
    let store = Store::builder().open_in_memory().unwrap();
    for (n, state) in ["open", "shut", "open"].iter().enumerate() {
        let metadata = json(&format!(r#"{{"state":"{state}"}}"#));
        store.remember(NewMemory::new(format!("Gate {n}")).at(ms(n as i64)).metadata(metadata)).unwrap();
    }
    let open = || Where::eq("state", "open");
    assert_eq!(store.recall(Recall::new("gate").matching(open())).unwrap().len(), 2);
    assert_eq!(store.export(Vec::new(), Export::new().matching(open())).unwrap().memories, 2);
    let filter = Filter { matching: Some(open()), ..Filter::default() };
    assert_eq!(store.count_by_month(&filter, "UTC").unwrap(), [("1970-01".to_owned(), 2)]);
    let explanation = store.explain(Recall::new("gate").matching(open())).unwrap();
    assert_eq!(
        (explanation.steps[0].rows_at_most, explanation.steps[0].scans.as_slice()),
        (3, &["state".to_owned()][..])
    );
    assert!(store.explain(Question::Count(filter)).unwrap().advice[0].contains("Name one kind"));
    assert_eq!(store.forget_matching(Forget::new().matching(open())).unwrap().count, 2);
    assert_eq!(store.count(&Filter::default()).unwrap(), 1);
}

#[test]
fn a_cursor_goes_on_in_its_own_order_only() {
    let store = Store::builder().open_in_memory().unwrap();
    store.declare(Attribute::new(Kind::EVENT, "n", AttributeType::Number)).unwrap();
    for n in 0..10 {
        let metadata = json(&format!(r#"{{"n":{}}}"#, f64::from(n % 4) / 2.0));
        store.remember(NewMemory::new("x").kind(Kind::EVENT).metadata(metadata)).unwrap();
    }
    let question = Timeline::new().kind(Kind::EVENT).sort_by("n").limit(3);
    let next = store.timeline(question.clone()).unwrap().next.unwrap();
    assert!(store.timeline(question.clone().after(next.clone())).is_ok());
    for other in [
        question.clone().descending(),
        Timeline::new().kind(Kind::EVENT),
        question.matching(Where::ge("n", 0)),
    ] {
        assert!(matches!(
            store.timeline(other.after(next.clone())),
            Err(Error::InvalidInput { field: "cursor", .. })
        ));
    }
}

#[test]
fn what_is_too_large_or_means_nothing_is_refused() {
    let deep = (0..40).fold(Where::exists("x"), |inner, _| !inner);
    let many = Where::one_of("x", 0..2_000);
    let long = Where::eq("x", "y".repeat(70_000));
    let store = Store::builder().open_in_memory().unwrap();
    for wrong in [deep, many, long, Where::eq("", 1), Where::eq("a..b", 1), Where::lt("x", f64::NAN)] {
        let refused = store.timeline(Timeline::new().matching(wrong));
        assert!(matches!(refused, Err(Error::InvalidInput { field: "where", .. })));
    }
    for wrong in [
        "",
        "[]",
        "{}",
        "{\"x\":{}}",
        "{\"x\":[1]}",
        "{\"x\":{\"secret\":1}}",
        "{\"and\":{}}",
        "{\"and\":[]}",
        "{\"not\":[]}",
        "{\"x\":{\"in\":3}}",
        "{\"x\":{\"exists\":1}}",
        "{\"x\":{\"lt\":{\"time\":\"secret\"}}}",
        "{\"x\":{\"eq\":null}}",
        "{\"a.\":1}",
    ] {
        let error = Where::parse(wrong).unwrap_err();
        assert!(
            matches!(error, Error::InvalidInput { field: "where", .. })
                && !error.to_string().contains("secret")
        );
    }
    assert_eq!(Where::parse(r#"{"\\and":1}"#).unwrap(), Where::eq("\\and", 1));
    assert_eq!(Where::parse(&Where::eq("and", 1).to_json()).unwrap().to_json(), r#"{"\\and":1}"#);
    assert_eq!(
        Where::eq("x", Operand::Time(ms(0))).to_json(),
        r#"{"x":{"eq":{"time":"1970-01-01T00:00:00Z"}}}"#
    );
    let path = |path: &str| Attribute::new(Kind::EVENT, path, AttributeType::Text);
    for wrong in [
        path("").clone(),
        path("a").within("a", AttributeType::Text),
        path("a").within("b", AttributeType::Text).unique(),
    ] {
        assert!(matches!(store.declare(wrong), Err(Error::InvalidInput { .. })));
    }
    let sorted = |timeline: Timeline| store.timeline(timeline);
    for wrong in [
        Timeline::new().sort_by("x"),
        Timeline::new().kind(Kind::EVENT).sort_by("x"),
        Timeline::new().descending(),
    ] {
        assert!(matches!(sorted(wrong), Err(Error::InvalidInput { .. })));
    }
}

/// A dot in a name, members of one name, numbers at their edges.
#[test]
fn metadata_are_read_as_json_means_them() {
    let meets = |metadata: &str, condition: Where| {
        let store = Store::builder().open_in_memory().unwrap();
        store.remember(NewMemory::new("x").metadata(json(metadata))).unwrap();
        store.count(&Filter { matching: Some(condition), ..Filter::default() }).unwrap() == 1
    };
    assert!(meets(r#"{"a.b":1}"#, Where::eq(r"a\.b", 1)));
    assert!(!meets(r#"{"a.b":1}"#, Where::eq("a.b", 1)));
    assert!(meets(r#"{"a":{"b":{"c":[true,"x"]}}}"#, Where::eq("a.b.c", "x")));
    assert!(meets(r#"{"a":1,"a":2}"#, Where::eq("a", 2).and(Where::ne("a", 1))));
    assert!(meets(r#"{"a":{"b":1},"a":3}"#, !Where::exists("a.b")));
    assert!(meets(r#"{"a":"\u00e9\n"}"#, Where::eq("a", "é\n")));
    assert!(meets(r#"{"é":1}"#, Where::eq("é", 1)));
    assert!(meets(
        r#"{"n":9223372036854775807}"#,
        Where::eq("n", i64::MAX).and(Where::lt("n", 9_223_372_036_854_775_808.0))
    ));
    assert!(meets(r#"{"n":-0.0}"#, Where::eq("n", 0)));
    assert!(meets(r#"{"n":null}"#, !Where::exists("n")));
    assert!(meets(r#"{"n":[]}"#, Where::exists("n").and(Where::ne("n", 1))));
    assert!(meets(r#"{"n":true}"#, Where::ne("n", 1).and(Where::gt("n", false))));
}
