//! Does what leaves a store come back as it was, and is a bad line told, alone, without being quoted?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use ground::{Dice, assert_sound, seed, times};
use mindkeep::{Error, Export, Forget, Import, ImportReport, NewMemory, Store};

fn memory_store() -> Store {
    Store::builder().open_in_memory().unwrap()
}

fn import(store: &Store, lines: &str) -> ImportReport {
    store.import(lines.as_bytes(), Import::new()).unwrap()
}

fn export(store: &Store) -> Vec<u8> {
    let mut lines = Vec::new();
    store.export(&mut lines, Export::new()).unwrap();
    lines
}

/// Lines that use every member, in every script, with some that share keys.
fn random_lines(dice: &mut Dice) -> String {
    const WORDS: [&str; 8] =
        ["fire", "naïve", "\\\"quoted\\\"", "আংটি", "🔥", "東京", "back\\\\slash", "tab\\tand\\nline"];
    const PERSONAS: [&str; 4] = ["ada", "acme/bo", "O'Neil \\\"Jr\\\"", "🦊"];
    const KINDS: [&str; 4] = ["event", "fact", "preference", "dream"];
    let mut lines = String::new();
    let names: Vec<String> = (0..6).map(|n| format!("{} {n}", WORDS[n])).collect();
    for name in &names {
        let persona =
            if dice.below(2) == 0 { String::new() } else { format!(r#""persona":"{}","#, PERSONAS[0]) };
        let aliases = if dice.below(2) == 0 { "[]" } else { r#"["Zed","Alpha"]"# };
        lines += &format!(
            r#"{{"type":"entity",{persona}"name":"{name}","aliases":{aliases},"properties":{{"n":1.50}}}}"#
        );
        lines.push('\n');
    }
    for _ in 0..8 {
        let (from, to) = (dice.pick(&names), dice.pick(&names));
        let since =
            dice.below(3).checked_sub(1).map_or("null".into(), |n| format!("{}", n as i64 * 1_000 - 500));
        lines += &format!(
            r#"{{"type":"relation","persona":"ada","label":"met \"once\"","from":"{from}","to":"{to}","weight":{}.25,"valid_from":{since},"valid_to":{}}}"#,
            dice.below(9),
            if since == "null" { "null" } else { "5000000" },
        );
        lines.push('\n');
    }
    for n in 0..30 {
        let persona = dice.pick(&PERSONAS);
        let mut line = format!(
            r#"{{"type":"memory","persona":"{persona}","kind":"{}","content":"{} {} {n}","at":{},"importance":{}"#,
            dice.pick(&KINDS),
            dice.pick(&WORDS),
            dice.pick(&WORDS),
            dice.below(2_000_000) as i64 - 1_000_000,
            dice.below(101) as f64 / 100.0,
        );
        for (member, value) in [
            ("key", format!("\"k{}\"", dice.below(12))),
            ("thread", "\"thread\"".to_owned()),
            ("source", format!("\"{}\"", dice.pick(&WORDS))),
            ("tags", format!("[\"{}\",\"b\",\"a\"]", dice.pick(&WORDS))),
            ("expires_at", "\"9999-01-01T00:00:00Z\"".to_owned()),
            ("metadata", r#"{ "z":1e2, "a":[null,"\u00e9"], "big":12345678901234567890 }"#.to_owned()),
            ("embedding", r#"{"model":"tiny","f16":"ADwAQA=="}"#.to_owned()),
            ("embedding", r#"[{"model":"b","f32":"AACAPw=="},{"model":"a","passages":[{"from":0,"to":1,"f16":"ADw="}]}]"#.to_owned()),
        ] {
            if dice.below(3) == 0 && !line.contains(&format!("\"{member}\":")) {
                // A passage must end between two characters, which only the ASCII words promise.
                let value = if line.contains("\"content\":\"f") { value } else { value.replace("\"from\":0,\"to\":1,", "") };
                line += &format!(",\"{member}\":{value}");
            }
        }
        lines += &line;
        lines += "}\n";
    }
    lines
}

#[test]
fn an_export_comes_back_byte_for_byte() {
    let mut dice = Dice(seed());
    for case in 0..times("CASES", 40, 1_000) {
        let store = memory_store();
        let lines = random_lines(&mut dice);
        let report = import(&store, &lines);
        let unforeseen: Vec<_> =
            report.rejected.iter().filter(|r| !is_scope_of_an_entity(&r.error)).collect();
        assert!(unforeseen.is_empty(), "case {case}: {unforeseen:?}");
        if dice.below(2) == 0 {
            store.forget_matching(Forget::new().persona("ada").source("fire")).unwrap();
        }
        let first = export(&store);
        let other = memory_store();
        let back = other.import(first.as_slice(), Import::new().chunk(1 + dice.below(50) as usize)).unwrap();
        assert_eq!(back.rejected, [], "case {case}");
        let second = export(&other);
        assert!(first == second, "case {case}:\n{}", String::from_utf8_lossy(&first));
        assert_sound(&other);
        let again = other.import(first.as_slice(), Import::new()).unwrap();
        assert_eq!(again.memories + again.entities + again.relations + again.mentions + again.updated, 0);
        assert!(export(&other) == second, "case {case}: the second import changed something");
    }
}

/// Whole batches are refused where a relation names an entity that is another persona's: those lines are random.
fn is_scope_of_an_entity(error: &Error) -> bool {
    matches!(error, Error::InvalidInput { field: "from" | "to", .. })
}

#[test]
fn a_second_import_changes_nothing() {
    let mut dice = Dice(seed() + 1);
    for _ in 0..times("CASES", 20, 300) {
        let store = memory_store();
        let lines = random_lines(&mut dice);
        // Of lines that share a key, or relate the same two, the last one counts: each import says all of them anew.
        let mut related = std::collections::HashSet::new();
        let lines: String = lines
            .lines()
            .filter(|line| !line.contains("\"key\":"))
            .filter(|line| !line.contains("\"weight\":") || related.insert(line.split("\"weight\":").next()))
            .map(|line| format!("{line}\n"))
            .collect();
        import(&store, &lines);
        let before = export(&store);
        let again = import(&store, &lines);
        assert_eq!((again.memories, again.entities, again.relations), (0, 0, 0));
        assert!(export(&store) == before);
    }
}

#[test]
fn the_size_of_a_chunk_does_not_matter() {
    let lines = random_lines(&mut Dice(seed() + 2));
    let said = |store: &Store| {
        store
            .iterate(mindkeep::Timeline::new())
            .map(|m| m.unwrap())
            .map(|m| (m.content, m.at, m.key))
            .collect::<Vec<_>>()
    };
    let whole = memory_store();
    import(&whole, &lines);
    for chunk in [1, 2, 7, 10_000] {
        let store = memory_store();
        store.import(lines.as_bytes(), Import::new().chunk(chunk)).unwrap();
        assert_eq!(said(&store), said(&whole), "chunks of {chunk}");
    }
    assert!(whole.import(lines.as_bytes(), Import::new().chunk(0)).is_err());
}

#[test]
fn each_bad_line_is_refused_alone_and_never_quoted() {
    const MARK: &str = "zyzzyva";
    let deep = "[".repeat(10_000);
    let bad = [
        MARK.to_string(),
        format!("{{\"type\":\"memory\",\"persona\":\"{MARK}\"}}"),
        format!("{{\"type\":\"memory\",\"content\":\"{MARK}\"}}"),
        format!("{{\"type\":\"{MARK}\",\"content\":\"x\"}}"),
        format!("{{\"content\":\"{MARK}\"}}"),
        format!("{{\"type\":\"memory\",\"persona\":\"{MARK}//x\",\"content\":\"{MARK}\"}}"),
        format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"   \",\"key\":\"{MARK}\"}}"),
        format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\\u0000\"}}"),
        format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"importance\":1.5}}"),
        format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"importance\":\"{MARK}\"}}"),
        format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"at\":\"{MARK}\"}}"),
        format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"at\":99999999999999999}}"),
        format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"at\":\"10000-01-01\"}}"),
        format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"metadata\":[\"{MARK}\"]}}"),
        format!(
            "{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"metadata\":{{\"{MARK}\":{deep}}}"
        ),
        format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"tags\":[\"\"]}}"),
        format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"id\":\"{MARK}\"}}"),
        format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"stamp\":\"{MARK}\"}}"),
        format!(
            "{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"embedding\":{{\"model\":\"{MARK}\"}}}}"
        ),
        format!(
            "{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"embedding\":{{\"model\":\"m\",\"f16\":\"{MARK}\"}}}}"
        ),
        format!(
            "{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"{MARK}\",\"embedding\":{{\"model\":\"m\",\"f16\":\"AHw=\"}}}}"
        ),
        format!("{{\"type\":\"relation\",\"label\":\"{MARK}\",\"from\":\"{MARK}\",\"to\":\"{MARK}\"}}"),
        format!(
            "{{\"type\":\"relation\",\"label\":\"{MARK}\",\"from\":\"x\",\"to\":\"x\",\"weight\":1e999}}"
        ),
        "{\"type\":\"relation\",\"label\":\"l\",\"from\":\"x\",\"to\":\"x\",\"valid_from\":2,\"valid_to\":1}"
            .to_string(),
        format!("{{\"type\":\"mention\",\"persona\":\"a\",\"memory\":\"{MARK}\",\"entity\":\"x\"}}"),
        format!("{{\"type\":\"entity\",\"name\":\"\",\"label\":\"{MARK}\"}}"),
    ];
    let future = "7fffffffffffffff@0190b0a4-5f1e-7cc0-98c4-dc0c0c07398f";
    let stamped = format!(
        "{{\"type\":\"memory\",\"persona\":\"a\",\"kind\":\"fact\",\"key\":\"k\",\"content\":\"{MARK}\",\"stamp\":\"{future}\"}}"
    );
    for (n, line) in bad.iter().chain([&stamped]).enumerate() {
        let store = memory_store();
        let good = |content: &str| {
            format!(
                "{{\"type\":\"memory\",\"persona\":\"a\",\"kind\":\"fact\",\"key\":\"k\",\"at\":1,\"content\":\"{content}\"}}"
            )
        };
        let lines = format!("{}\n{line}\n{{\"type\":\"entity\",\"name\":\"x\"}}\n", good("before"));
        let report = import(&store, &lines);
        assert_eq!((report.memories, report.entities, report.rejected_count), (1, 1, 1), "bad line {n}");
        assert_eq!(report.rejected[0].index, 2, "bad line {n}");
        let error = &report.rejected[0].error;
        for told in [format!("{error}"), format!("{error:?}"), error.hint().to_owned()] {
            assert!(!told.contains(MARK), "bad line {n} is quoted: {told}");
        }
        // Nothing of it stays, not even the end of what the good line said.
        let history = store.persona("a").history(&mindkeep::Kind::FACT, "k").unwrap();
        assert_eq!((history.len(), history[0].superseded_at), (1, None), "bad line {n}");
        assert_sound(&store);

        let strict = memory_store();
        let refused = strict.import(lines.as_bytes(), Import::new().strict()).unwrap_err();
        assert!(matches!(refused, Error::BadLine { line: 2, .. }), "bad line {n}: {refused:?}");
        assert!(!format!("{refused:?} {refused}").contains(MARK), "bad line {n}");
        assert_eq!(strict.stats().unwrap().memories.hot, 0, "bad line {n}");
    }
}

#[test]
fn a_number_that_is_too_large_is_said_to_be() {
    for (number, reason) in
        [("1e999", "is too large a number"), ("-1e999", "is too large a number"), ("true", "is not a number")]
    {
        let lines = format!(
            "{{\"type\":\"relation\",\"label\":\"l\",\"from\":\"x\",\"to\":\"x\",\"weight\":{number}}}\n\
             {{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"x\",\"importance\":{number}}}\n"
        );
        let rejected = import(&memory_store(), &lines).rejected;
        let said: Vec<&Error> = rejected.iter().map(|line| &line.error).collect();
        let refused = |field| Error::InvalidInput { field, reason: reason.into() };
        assert_eq!(said, [&refused("weight"), &refused("importance")], "{number}");
    }
}

#[test]
fn line_ends_blank_lines_byte_order_mark_and_gzip_are_read() {
    let line = |n: u32| format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"line {n}\"}}");
    let text = format!("\u{feff}{}\r\n\r\n   \n{}\n{}", line(1), line(2), line(3));
    let store = memory_store();
    assert_eq!(import(&store, &text).memories, 3);

    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let mut packed = gzip.finish().unwrap();
    let store = memory_store();
    assert_eq!(store.import(packed.as_slice(), Import::new()).unwrap().memories, 3);

    // A download that broke off says so; what came before it is kept.
    packed.truncate(packed.len() - 12);
    assert!(memory_store().import(packed.as_slice(), Import::new()).is_err());

    let mut small = Vec::new();
    store.export(&mut small, Export::new().gzip()).unwrap();
    assert_eq!(memory_store().import(small.as_slice(), Import::new()).unwrap().memories, 3);
}

#[test]
fn the_sample_household_is_sound() {
    let lines = include_str!("../examples/data/household.jsonl");
    let store = memory_store();
    let first = import(&store, lines);
    assert_eq!((first.rejected_count, first.memories), (0, 419));
    let again = import(&store, lines);
    assert_eq!((again.memories, again.updated, again.unchanged), (0, 0, lines.lines().count() as u64));
    assert_sound(&store);
}

#[test]
fn an_export_of_a_part_has_that_part_alone() {
    let store = memory_store();
    import(&store, include_str!("../examples/data/household.jsonl"));
    let since = "2025-05-01T00:00:00Z".parse().unwrap();
    let until = "2025-06-01T00:00:00Z".parse().unwrap();
    let mut lines = Vec::new();
    let may =
        store.export(&mut lines, Export::new().persona("household/quill").between(since, until)).unwrap();
    let text = String::from_utf8(lines).unwrap();
    assert!(may.memories > 0 && may.entities == 0);
    let memories: Vec<&str> = text.lines().filter(|line| line.starts_with(r#"{"type":"memory""#)).collect();
    assert_eq!(memories.len() as u64, may.memories);
    assert!(memories.iter().all(|line| line.contains(r#""persona":"household/quill""#) && line.contains(r#""at":"2025-05-"#)));
}

/// A download that broke off lost its last good lines with the chunk that they were in.
#[test]
fn good_lines_before_the_damage_are_kept() {
    let line = |n: u32| format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"line {n}\"}}\n");
    let lines: String = (0..5_000).map(line).collect();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(lines.as_bytes()).unwrap();
    let mut packed = gzip.finish().unwrap();
    packed.truncate(packed.len() / 2);
    let store = memory_store();
    let error = store.import(packed.as_slice(), Import::new().chunk(10_000)).unwrap_err();
    let Error::BatchStopped { kept, cause } = error else { panic!("{error:?}") };
    assert!(kept > 1_000, "{kept}");
    assert!(matches!(*cause, Error::Io { .. }), "{cause:?}");
    assert_eq!(store.stats().unwrap().memories.hot, kept);
}

/// Three hundred kilobytes of gzip with one endless list took a gigabyte of memory.
#[test]
fn a_list_does_not_grow_with_what_a_line_says() {
    let tags = vec!["\"a\""; 2_000].join(",");
    let line = format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"x\",\"tags\":[{tags}]}}");
    assert_eq!(import(&memory_store(), &line).rejected_count, 1);
}

/// Only a memory with a key has a history; another one that was superseded could be seen nowhere.
#[test]
fn what_was_superseded_has_a_key() {
    let line = r#"{"type":"memory","persona":"a","content":"x","at":1,"superseded_at":7}"#;
    assert_eq!(import(&memory_store(), line).rejected_count, 1);
}

/// Accepted at the door, and then reported by verify as damage.
#[test]
fn metadata_is_no_deeper_than_other_programs_can_read() {
    let line = |metadata: String| {
        format!("{{\"type\":\"memory\",\"persona\":\"a\",\"content\":\"x\",\"metadata\":{metadata}}}")
    };
    let deep = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
    let store = memory_store();
    assert_eq!(import(&store, &line(deep(63))).memories, 1);
    assert_eq!(import(&store, &line(deep(64))).rejected_count, 1);
    assert_eq!(import(&store, &line(r#"{"a":"\ud800"}"#.into())).rejected_count, 1);
    assert_eq!(import(&store, &line(r#"{"a":"\ud83e\udd8a ]]]] \" }}}}"}"#.into())).memories, 1);
    assert_sound(&store);
}

/// Its relations and mentions named shared entities that stayed behind.
#[test]
fn an_export_of_a_persona_imports_by_itself() {
    let store = memory_store();
    import(&store, include_str!("../examples/data/household.jsonl"));
    let mut lines = Vec::new();
    let part = store.export(&mut lines, Export::new().persona("household/shiuli")).unwrap();
    assert!(part.entities > 10 && part.mentions > 100 && part.relations > 0);
    let other = memory_store();
    let report = other.import(lines.as_slice(), Import::new().strict()).unwrap();
    assert_eq!((report.memories, report.mentions, report.rejected_count), (part.memories, part.mentions, 0));
}

/// A line names ends by name, and a persona's own comes first: which one is meant is said where that would be another.
#[test]
fn what_leads_to_a_shared_entity_stays_with_it_beside_an_own_one_of_the_same_name() {
    let store = Store::builder().open_in_memory().unwrap();
    let (ada, shared) = (store.persona("ada"), store.graph());
    shared.add_entity("X").save().unwrap();
    let memory = ada.remember(NewMemory::new("Of the one that all know.")).unwrap().id;
    ada.graph().mention(memory, "X").unwrap();
    ada.graph().relate("A", "likes", "X").create_ends().save().unwrap();
    ada.graph().relate("X", "likes", "A").save().unwrap();
    ada.graph().add_entity("X").save().unwrap();
    ada.graph().relate("A", "likes", "X").weight(7.0).save().unwrap();
    let export = |store: &Store| {
        let mut lines = Vec::new();
        store.export(&mut lines, Export::new()).unwrap();
        String::from_utf8(lines).unwrap()
    };
    let lines = export(&store);
    assert_eq!(lines.matches("\"to_shared\":true").count(), 1, "{lines}");
    let copy = Store::builder().open_in_memory().unwrap();
    assert_eq!(copy.import(lines.as_bytes(), Import::new().strict()).unwrap().relations, 3);
    assert_eq!(export(&copy), lines);
    let again = store.import(lines.as_bytes(), Import::new().strict()).unwrap();
    assert_eq!((again.relations, again.mentions, again.updated), (0, 0, 0));
    let mentions = copy.mentions(memory).unwrap();
    assert!(mentions.iter().any(|mention| mention.shared && mention.told));
    assert!(!mentions.iter().any(|mention| !mention.shared && mention.told));
}
