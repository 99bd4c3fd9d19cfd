//! What is refused, what is strange and taken, and does a refusal leave anything behind?

use mindkeep::graph::{Graph, NewEntity, NewRelation};
use mindkeep::{Error, Import, Metadata, NewMemory, Store, limits};

use crate::ground::{assert_sound, ms};

#[track_caller]
fn refused<T: std::fmt::Debug>(result: mindkeep::Result<T>, wanted: &str) {
    match result {
        Err(Error::InvalidInput { field, .. }) => assert_eq!(field, wanted),
        other => panic!("{other:?}"),
    }
}

fn graph() -> (Store, Graph) {
    let store = Store::builder().open_in_memory().unwrap();
    let graph = store.graph();
    graph.add_all(["a", "b"].map(NewEntity::new)).save().unwrap();
    (store, graph)
}

#[test]
fn what_cannot_be_kept_is_refused_and_leaves_nothing() {
    let (store, graph) = graph();
    let long = "x".repeat(limits::ENTITY_NAME_BYTES_MAX + 1);
    for bad in ["", " \n", "nul\0", &long] {
        refused(graph.add_entity(bad).save(), "name");
        refused(graph.add_entity("c").label(bad).save(), "label");
        refused(graph.add_entity("c").alias(bad).save(), "aliases");
        refused(graph.relate(bad, "met", "b").create_ends().save(), "from");
        refused(graph.relate("a", bad, "b").create_ends().save(), "label");
        refused(graph.relate("a", "met", bad).create_ends().save(), "to");
        refused(graph.rename("a", bad).run(), "name");
    }
    let many = (0..=limits::ALIASES_MAX).map(|n| format!("alias {n}"));
    refused(graph.add_entity("a").aliases(many).save(), "aliases");
    for weight in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        refused(graph.relate("a", "met", "c").weight(weight).create_ends().save(), "weight");
    }
    let backwards = || graph.relate("a", "met", "c").valid_from(ms(2)).valid_to(ms(1)).create_ends();
    refused(backwards().save(), "valid_to");
    refused(graph.relate("c", "met", "b").save(), "from");
    refused(graph.relate("a", "met", "c").save(), "to");
    // A persona that has written nothing has shared entities before it, and does not come into being by what is refused.
    let stranger = store.persona("stranger").graph();
    refused(stranger.relate("a", "met", "c").save(), "to");
    refused(stranger.remove_entity("a"), "name");
    refused(stranger.rename("a", "c").run(), "name");
    refused(stranger.merge("a", "b").run(), "from");
    assert_eq!(stranger.remove_relation("a", "met", "b").run().unwrap().relations, 0);
    assert!(store.personas(None).unwrap().is_empty());
    refused(store.persona("").graph().add_entity("c").save(), "persona");
    refused(graph.merge("a", "a").run(), "into");
    assert_eq!(graph.merge("a", "c").run(), Err(Error::NotFound { what: "entity" }));
    assert_eq!(graph.merge("c", "a").run(), Err(Error::NotFound { what: "entity" }));
    assert_eq!(graph.rename("c", "d").run(), Err(Error::NotFound { what: "entity" }));
    assert!(matches!(graph.rename("a", "b").run(), Err(Error::Conflict { .. })));
    refused(graph.add_all([NewEntity::new("c")]).chunk(0).save(), "chunk");
    assert_eq!((graph.len().unwrap(), graph.relations().unwrap()), (2, 0));
    assert_sound(&store);
}

#[test]
fn what_is_strange_is_kept_as_it_is() {
    let (store, graph) = graph();
    let long = "é".repeat(5_000);
    for name in [&long, "👩‍👩‍👧 family", "עברית مرحبا", "\u{202e}turned", "tab\tand\nline"]
    {
        graph.add_entity(name).save().unwrap();
        graph.rename(name, &format!("{name}!")).keep_alias().run().unwrap();
        assert_eq!(graph.entity(name).unwrap().name, format!("{name}!"));
        for weight in [0.0, -0.0, -1.5, 1e100, 1e-100] {
            let tie = || graph.relate("a", "met", format!("{name}!")).weight(weight);
            tie().save().unwrap();
            assert_eq!(tie().save().unwrap(), mindkeep::Outcome::Unchanged);
        }
        graph.merge(&format!("{name}!"), "b").run().unwrap_or_else(|error| panic!("{error}"));
    }
    // One that holds for no time at all.
    graph.relate("a", "met", "a").valid_from(ms(5)).valid_to(ms(5)).save().unwrap();
    assert_eq!((graph.len().unwrap(), graph.relations().unwrap()), (2, 2));
    assert_eq!(graph.entity("עברית مرحبا").unwrap().name, "b");
    assert_sound(&store);
}

#[test]
fn weights_that_no_sum_could_hold_are_refused() {
    let (_, graph) = graph();
    for weight in [f64::NAN, f64::INFINITY, f64::MAX, -1.1e100, 0.9e-100, -f64::MIN_POSITIVE] {
        refused(graph.relate("a", "met", "b").weight(weight).save(), "weight");
    }
}

#[test]
fn a_merge_that_would_break_a_limit_changes_nothing() {
    let (store, graph) = graph();
    for name in ["a", "b"] {
        graph.relate(name, "owes", "bank").weight(1e100).create_ends().save().unwrap();
        let large = format!("{{\"{name}\":\"{}\"}}", "x".repeat(40_000));
        graph.add_entity(name).properties(Metadata::parse(&large).unwrap()).save().unwrap();
        graph.add_entity(name).aliases((0..600).map(|n| format!("{name} {n}"))).save().unwrap();
    }
    let rows = || {
        let mut lines = Vec::new();
        store.export(&mut lines, mindkeep::Export::new()).unwrap();
        lines
    };
    let before = rows();
    refused(graph.merge("a", "b").run(), "weight");
    assert_eq!(rows(), before);
    graph.relate("a", "owes", "bank").weight(-1e100).save().unwrap();
    refused(graph.merge("a", "b").run(), "properties");
    graph.add_entity("a").properties(Metadata::default()).save().unwrap();
    refused(graph.merge("a", "b").run(), "aliases");
    graph.add_entity("a").aliases([""; 0]).save().unwrap();
    assert_eq!(graph.merge("a", "b").run().unwrap().added_up, 1);
    assert_eq!(graph.path("a", "bank").by_weight().run().unwrap().unwrap().cost, 0.0);
    assert_sound(&store);
}

#[test]
fn a_shared_entity_takes_along_what_personas_have_said_of_it() {
    let (store, graph) = graph();
    let (ada, bo) = (store.persona("ada"), store.persona("bo"));
    ada.graph().relate("a", "met", "friend").create_ends().save().unwrap();
    bo.graph().relate("a", "met", "b").save().unwrap();
    bo.remember(NewMemory::new("Of a.").key("k")).unwrap();
    let mention = br#"{"type":"mention","persona":"bo","memory":"k","entity":"a"}"#;
    assert_eq!(store.import(&mention[..], Import::new()).unwrap().mentions, 1);
    assert_eq!((ada.graph().relations().unwrap(), bo.graph().relations().unwrap()), (1, 1));
    let merged = graph.merge("a", "b").run().unwrap();
    assert_eq!((merged.relations, merged.loops_dropped, merged.mentions), (1, 1, 1));
    assert_eq!((ada.graph().relations().unwrap(), bo.graph().relations().unwrap()), (1, 0));
    assert_eq!(ada.graph().neighborhood("b").run().unwrap().iter().next().unwrap().name, "friend");
    let removed = graph.remove_entity("b").unwrap();
    assert_eq!((removed.entities, removed.relations, removed.mentions), (1, 1, 1));
    assert_eq!((ada.graph().len().unwrap(), ada.graph().relations().unwrap()), (1, 0));
    assert_eq!(bo.count().unwrap(), 1);
    assert_sound(&store);
}

#[test]
fn a_rehearsal_says_what_would_go_and_leaves_it() {
    let (store, graph) = graph();
    graph.relate("a", "met", "b").save().unwrap();
    graph.relate("b", "met", "b").save().unwrap();
    let rows = || {
        let mut lines = Vec::new();
        store.export(&mut lines, mindkeep::Export::new()).unwrap();
        lines
    };
    let (before, notices) = (rows(), store.notices().unwrap());
    let would = graph.would_remove_entity("b").unwrap();
    assert_eq!((would.entities, would.relations), (1, 2));
    assert_eq!(graph.remove_relation("a", "met", "b").rehearse().unwrap().relations, 1);
    assert_eq!(graph.would_remove_entity("c").unwrap().entities, 0);
    refused(store.persona("p").graph().would_remove_entity("a"), "name");
    assert_eq!(rows(), before);
    assert!(notices.try_next().is_none());
    assert_eq!((graph.len().unwrap(), graph.relations().unwrap()), (2, 2));
    // What it said is what it is.
    assert_eq!(graph.remove_entity("b").unwrap(), would);
    assert_sound(&store);
}

#[test]
fn notices_tell_of_what_went() {
    let (store, graph) = graph();
    graph.relate("a", "met", "b").save().unwrap();
    let notices = store.notices().unwrap();
    graph.remove_relation("a", "met", "b").run().unwrap();
    assert_eq!(notices.try_next().unwrap().things, [mindkeep::Thing::Relation]);
    graph.remove_entity("a").unwrap();
    assert_eq!(notices.try_next().unwrap().things, [mindkeep::Thing::Entity]);
    // Nothing went, and nothing is told.
    graph.remove_entity("a").unwrap();
    assert!(notices.try_next().is_none());
}

#[test]
fn a_batch_names_what_it_refuses_and_keeps_the_rest() {
    let (store, graph) = graph();
    let item = |n: u64| match n % 10 {
        3 => NewRelation::new("a", "met", "nobody"),
        7 => NewRelation::new("a", "met", "b").weight(f64::NAN),
        _ => NewRelation::new("a", "met", "b").valid_from(ms(n as i64)),
    };
    let added = graph.add_all((0..2_500).map(item)).chunk(99).save().unwrap();
    assert_eq!((added.relations, added.rejected_count), (2_000, 500));
    assert_eq!(added.rejected[..4].iter().map(|one| one.index).collect::<Vec<_>>(), [3, 7, 13, 17]);
    assert_eq!((graph.len().unwrap(), graph.relations().unwrap()), (2, 2_000));
    // The same again changes nothing but what is made on demand.
    let again = graph.add_all((0..2_500).map(item)).create_ends().save().unwrap();
    assert_eq!((again.entities, again.relations, again.unchanged), (1, 1, 2_000 + 249));
    assert_eq!(again.rejected_count, 250);
    assert_sound(&store);
}
