//! Are entities that were written twice suggested, and few others?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

mod ground;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use ground::{Dice, seed};
use mindkeep::graph::{Duplicates, Graph, NewEntity, NewRelation};
use mindkeep::{Error, Import, Store};

/// A name with one slip of the pen: a letter left out, doubled, changed, or two that changed places; not the first.
fn spoilt(dice: &mut Dice, name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    loop {
        let mut letters = letters.clone();
        let at = 1 + dice.below(letters.len() as u64 - 2) as usize;
        if !letters[at].is_alphabetic() || !letters[at + 1].is_alphabetic() {
            continue;
        }
        match dice.below(4) {
            0 => drop(letters.remove(at)),
            1 => letters.insert(at, letters[at]),
            2 => letters.swap(at, at + 1),
            _ => letters[at] = *dice.pick(&['a', 'e', 'i', 'n', 'r', 's', 't']),
        }
        let spoilt: String = letters.iter().collect();
        if spoilt.to_lowercase() != name.to_lowercase()
            && !spoilt.contains(|letter: char| letter.is_numeric())
        {
            return spoilt;
        }
    }
}

/// Writes every so many entity twice, the second time with a slip, and leads some of its relations there. Returns who is who.
fn spoil(dice: &mut Dice, graph: &Graph, one_of: u64) -> BTreeSet<(String, String)> {
    let known: BTreeSet<String> =
        graph.entities().run().unwrap().iter().map(|one| one.name.to_owned()).collect();
    let entities = graph.entities().run().unwrap();
    let everything = graph.read().unwrap();
    let mut pairs = BTreeSet::new();
    for entity in entities.iter().filter(|entity| entity.name.chars().count() >= 6) {
        if dice.below(one_of) != 0 {
            continue;
        }
        let twin = spoilt(dice, entity.name);
        if known.contains(&twin) || pairs.iter().any(|(other, _)| *other == twin) {
            continue;
        }
        let mut items = vec![mindkeep::graph::GraphItem::from(match entity.label {
            Some(label) => NewEntity::new(&twin).label(label),
            None => NewEntity::new(&twin),
        })];
        for relation in everything.subgraph([entity.name]).depth(1).run().unwrap().relations.clone() {
            if relation.from == entity.name && dice.below(3) == 0 {
                items.push(NewRelation::new(&twin, relation.label, relation.to).into());
            }
        }
        assert!(graph.add_all(items).save().unwrap().rejected.is_empty());
        pairs.insert((twin, entity.name.to_owned()));
    }
    pairs
}

/// The share of the pairs that were planted which is found, and the share of as many best suggestions that were planted.
fn judged(found: &Duplicates, planted: &BTreeSet<(String, String)>) -> (f64, f64) {
    let is_planted = |a: &str, b: &str| {
        planted.contains(&(a.to_owned(), b.to_owned())) || planted.contains(&(b.to_owned(), a.to_owned()))
    };
    let hit =
        |most: usize| found.iter().take(most).filter(|pair| is_planted(pair.from, pair.into)).count() as f64;
    let count = planted.len() as f64;
    (hit(found.len()) / count, hit(planted.len()) / count)
}

#[test]
fn slips_of_the_pen_are_found_in_the_sample_household() {
    let store = Store::builder().open_in_memory().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/household.jsonl");
    store.import(File::open(file).unwrap(), Import::new()).unwrap();
    let graph = store.graph();
    // What it has of its own is no mistake.
    assert!(graph.duplicates().run().unwrap().len() <= 1, "{:?}", graph.duplicates().run().unwrap());
    let planted = spoil(&mut Dice(seed() + 70), &graph, 3);
    assert!(planted.len() >= 10);
    let found = graph.duplicates().run().unwrap();
    let (found_share, best_share) = judged(&found, &planted);
    println!("{} planted; found {found_share:.3}, best {best_share:.3}", planted.len());
    assert!(found_share >= 0.9 && best_share >= 0.9, "{found_share} {best_share}: {found:?} of {planted:?}");
}

/// The real data beside the repository, or where MINDKEEP_DATA says.
fn data() -> Option<PathBuf> {
    let named = std::env::var_os("MINDKEEP_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    named.or(Some(beside)).filter(|folder| folder.join("pepys").is_dir())
}

#[test]
fn slips_of_the_pen_are_found_among_those_whom_a_diary_names() {
    let Some(data) = data() else {
        println!("skipped: no real data (set MINDKEEP_DATA to the folder that has pepys/)");
        return;
    };
    let store = Store::builder().open_in_memory().unwrap();
    store.import(File::open(data.join("pepys/graph.jsonl.gz")).unwrap(), Import::new()).unwrap();
    let graph = store.persona("pepys").graph();
    let before = graph.duplicates().run().unwrap();
    println!("{} of its own", before.len());
    let own: BTreeSet<(String, String)> =
        before.iter().map(|pair| (pair.from.to_owned(), pair.into.to_owned())).collect();
    let planted = spoil(&mut Dice(seed() + 71), &graph, 5);
    let found = graph.duplicates().limit(10_000).run().unwrap();
    let (found_share, best_share) = judged(&found, &planted);
    let others = found.iter().filter(|pair| {
        let pair = (pair.from.to_owned(), pair.into.to_owned());
        !planted.contains(&pair)
            && !planted.contains(&(pair.1.clone(), pair.0.clone()))
            && !own.contains(&pair)
    });
    println!(
        "{} planted; found {found_share:.3}, best {best_share:.3}; {} others",
        planted.len(),
        others.count()
    );
    assert!(found_share >= 0.85, "{found_share}");
}

#[test]
fn each_part_of_a_score_says_why() {
    let store = Store::builder().open_in_memory().unwrap();
    let graph = store.graph();
    for (name, label) in
        [("Sir W. Batten", "person"), ("Sir W. Baten", "person"), ("Sir W. Batten's", "house")]
    {
        graph.add_entity(name).label(label).save().unwrap();
    }
    graph.relate("Sir W. Batten", "met", "Sir W. Penn").create_ends().save().unwrap();
    graph.relate("Sir W. Batten", "met", "Mr. Coventry").create_ends().save().unwrap();
    graph.relate("Sir W. Baten", "met", "Mr. Coventry").save().unwrap();
    graph.relate("Sir W. Batten", "lives in", "Sir W. Batten's").save().unwrap();
    let found = graph.duplicates().score_min(0.4).run().unwrap();
    let pair = found.iter().next().unwrap();
    assert_eq!((pair.from, pair.into, pair.common_neighbors), ("Sir W. Baten", "Sir W. Batten", 1));
    assert!(pair.neighbors == 0.5 && !pair.labels_differ && !pair.related);
    assert!(pair.spelling > 0.8 && pair.score > pair.spelling);
    let house =
        found.iter().find(|pair| pair.names.contains(&"Sir W. Batten's") && pair.into == "Sir W. Batten");
    let house = house.unwrap();
    assert!(house.labels_differ && house.related && house.score < house.spelling);
    // Merged, it is no suggestion any more; as an alias the old name still is one for others.
    graph.merge("Sir W. Baten", "Sir W. Batten").run().unwrap();
    graph.add_entity("Sir W Baten").save().unwrap();
    let found = graph.duplicates().run().unwrap();
    let pair = found.iter().next().unwrap();
    assert_eq!((pair.names, pair.spelling), (["Sir W Baten", "Sir W. Baten"], 1.0));
}

#[test]
fn names_of_every_sort_are_compared_or_left_alone() {
    let store = Store::builder().open_in_memory().unwrap();
    let graph = store.graph();
    let long = "Longname ".repeat(1_100);
    let names = [
        "🙂",
        "🙃",
        "שלום",
        "שלומ",
        "\u{202e}reversed",
        "reversed",
        "x",
        "X.",
        "第三",
        &long,
        "1666-09-02",
        "1666-09-03",
    ];
    for name in names {
        graph.add_entity(name).save().unwrap();
    }
    graph.add_entity(long.to_uppercase()).save().unwrap();
    let own = store.persona("pepys").graph();
    own.add_entity("Reversed!").save().unwrap();
    let pairs = |graph: &Graph| {
        let found = graph.duplicates().run().unwrap();
        found.iter().map(|pair| (pair.from.len(), pair.into.len())).collect::<BTreeSet<_>>()
    };
    let found = pairs(&graph);
    // The long one, `x`, and what is reversed; not two days.
    assert!(
        [(long.to_uppercase().len(), long.len()), (2, 1), (8, 11)].iter().all(|pair| found.contains(pair)),
        "{found:?}"
    );
    assert!(!found.contains(&(10, 10)));
    // A persona's own entity and a shared one are no pair: they cannot be merged.
    assert_eq!(pairs(&own), found);
    assert_eq!(graph.duplicates().score_min(f64::NAN).run().unwrap_err().kind(), "InvalidInput");
    assert_eq!(graph.duplicates().limit(0).run().unwrap_err().kind(), "InvalidInput");
}

/// Thousands of names that are much alike, and thousands that are the same: not each is compared with each, and it is the same again.
#[test]
fn many_names_alike_are_compared_with_a_few() {
    let store = Store::builder().open_in_memory().unwrap();
    let graph = store.graph();
    let mut dice = Dice(seed() + 72);
    let parts = ["ba", "ten", "pen", "co", "ven", "try", "car", "te", "ret", "mon", "ta", "gu"];
    let word = |dice: &mut Dice| (0..3).map(|_| *dice.pick(&parts)).collect::<String>();
    let people = (0..5_000).map(|_| NewEntity::new(format!("Sir {} {}", word(&mut dice), word(&mut dice))));
    graph.add_all(people).chunk(10_000).save().unwrap();
    let same = (0..5_000).map(|number| NewEntity::new(format!("Nobody{}", ".".repeat(number + 1))));
    graph.add_all(same).chunk(10_000).save().unwrap();
    let mut asked = graph.duplicates().score_min(0.9).limit(20_000);
    let mut last = 0;
    asked.on_progress(|progress| {
        assert!(progress.done >= last && progress.total.is_none_or(|total| progress.done <= total));
        last = progress.done;
        std::ops::ControlFlow::Continue(())
    });
    let found = asked.run().unwrap();
    assert!(last > 1_000);
    let nobody = found.iter().filter(|pair| pair.score == 1.0 && pair.into == "Nobody.").count();
    assert_eq!(nobody, 4_999);
    let pairs = |found: &Duplicates| {
        found.iter().map(|pair| (pair.from.to_owned(), pair.into.to_owned(), pair.score)).collect::<Vec<_>>()
    };
    assert_eq!(pairs(&found), pairs(&graph.duplicates().score_min(0.9).limit(20_000).run().unwrap()));
    let few = graph.duplicates().score_min(0.9).limit(100).run().unwrap();
    assert_eq!(pairs(&few), pairs(&found)[..100]);
    let mut asked = graph.duplicates();
    asked.on_progress(|_| std::ops::ControlFlow::Break(()));
    assert_eq!(asked.run().unwrap_err(), Error::Cancelled);
}
