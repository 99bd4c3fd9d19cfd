//! Are the memories found whose vectors are nearest, whatever happened to them?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

#[path = "../ground/mod.rs"]
mod ground;
mod world;

use ground::{Dice, assert_sound, seed, times};
use mindkeep::{Budget, Embedding, Error, Kind, NewMemory, Patch, Recall, Store, VectorData};
use world::{MODEL, World, embedding, numbers};

#[test]
fn the_nearest_are_found_whatever_happened() {
    for round in 0..times("VECTORS", 3, 6) {
        let seed = seed() ^ round;
        let mut dice = Dice(seed);
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("memories.db");
        let mut store = Store::open(&path).unwrap();
        let mut world = World::default();
        for _ in 0..times("VECTOR_OPS", 200, 3_000) {
            world.act(&store, &mut dice);
            match dice.below(50) {
                0 => drop(store.maintain(Budget::all()).unwrap()),
                1 => {
                    drop(store);
                    store = Store::open(&path).unwrap();
                }
                2..8 => world.compare(&store, &mut dice),
                _ => {}
            }
        }
        assert_sound(&store);
        let asked = dice.0;
        (0..20).for_each(|_| world.compare(&store, &mut dice));
        store.rebuild().unwrap();
        store.maintain(Budget::all()).unwrap();
        assert_sound(&store);
        let mut dice = Dice(asked);
        (0..20).for_each(|_| world.compare(&store, &mut dice));
        assert!(
            world.missed * 100 <= world.wanted,
            "{} of {} missed, seed {seed}",
            world.missed,
            world.wanted
        );
    }
}

#[test]
fn writes_go_on_while_the_index_is_made_anew() {
    let mut dice = Dice(seed());
    let store = Store::builder().open_in_memory().unwrap();
    let mut world = World::default();
    for _ in 0..60 {
        world.act(&store, &mut dice);
    }
    for _ in 0..4 {
        store.rebuild().unwrap();
        while !store.upkeep().unwrap().is_empty() {
            world.act(&store, &mut dice);
            world.act(&store, &mut dice);
            assert_sound(&store);
            store.maintain(Budget::millis(0)).unwrap();
            store.maintain(Budget::millis(1)).unwrap();
        }
        assert_sound(&store);
        world.compare(&store, &mut dice);
    }
}

#[test]
fn a_vector_that_is_none_is_refused_and_one_without_a_direction_says_nothing() {
    let store = Store::builder().open_in_memory().unwrap();
    let mut dice = Dice(7);
    let memory = NewMemory::new("A kettle on the hob.").embedding(embedding(&[numbers(&mut dice)]));
    store.remember(memory).unwrap();
    let ask = |numbers: &[f32]| store.recall(Recall::new("kettle").vector(MODEL, numbers));
    for wrong in [&[1.0; 5][..], &[], &[f32::NAN; world::DIMENSIONS], &[f32::INFINITY; world::DIMENSIONS]] {
        assert!(matches!(ask(wrong), Err(Error::InvalidInput { field: "vector", .. })), "{wrong:?}");
    }
    assert_eq!(ask(&[0.0; world::DIMENSIONS]).unwrap().len(), 1);
    assert_eq!(store.recall(Recall::new("").vector(MODEL, &[0.0; world::DIMENSIONS])).unwrap().len(), 0);
    assert_eq!(store.recall(Recall::new("").vector("another", &[1.0])).unwrap().len(), 0);
    assert_eq!(store.recall(Recall::new("kettle").vector("another", &[1.0])).unwrap().len(), 1);
}

#[test]
fn hits_are_counted_and_a_memory_has_no_vector_beside_it() {
    let store = Store::builder().open_in_memory().unwrap();
    let mut dice = Dice(11);
    let vectors: Vec<Vec<f32>> = (0..30).map(|_| numbers(&mut dice)).collect();
    let memory = |v: &Vec<f32>| NewMemory::new("A kettle.").embedding(embedding(std::slice::from_ref(v)));
    store.remember_all(vectors.iter().map(memory)).unwrap();
    let near = Recall::new("").vector(MODEL, &vectors[0]);
    let all = store.recall(near.clone().limit(1_000)).unwrap();
    assert_eq!(store.count_hits(near.clone()).unwrap(), all.len() as u64);
    assert_eq!(store.count_hits(near.min_score(0.0)).unwrap(), all.len() as u64);
    let like = Recall::like(all[0].memory.id).vector(MODEL, &vectors[0]);
    assert!(matches!(store.recall(like), Err(Error::InvalidInput { field: "vector", .. })));
}

#[test]
fn zero_vectors_are_kept_and_never_near() {
    let store = Store::builder().open_in_memory().unwrap();
    let zero = Embedding::f32(MODEL, &[0.0; world::DIMENSIONS]);
    let id = store.remember(NewMemory::new("Nothing.").embedding(zero.clone())).unwrap().id;
    assert_eq!(store.embeddings(id).unwrap(), [zero]);
    let hits = store.recall(Recall::new("").vector(MODEL, &[1.0; world::DIMENSIONS])).unwrap();
    assert!(hits.is_empty());
    assert_sound(&store);
}

#[test]
fn any_number_of_dimensions_is_searched() {
    for dimensions in [1, 2, 3, 7, 8, 31, 32, 33, 100, 384, 768, 1_536, 4_096] {
        let store = Store::builder().open_in_memory().unwrap();
        let mut dice = Dice(dimensions as u64);
        let mut vector =
            || -> Vec<f32> { (0..dimensions).map(|_| dice.below(2_001) as f32 / 1_000.0 - 1.0).collect() };
        let vectors: Vec<Vec<f32>> = (0..40).map(|_| vector()).collect();
        let memories = vectors.iter().zip(0..);
        store
            .remember_all(
                memories.map(|(v, i)| NewMemory::new(format!("{i}")).embedding(Embedding::f32("any", v))),
            )
            .unwrap();
        for (vector, i) in vectors.iter().zip(0..) {
            let hits = store.recall(Recall::new("").vector("any", vector).limit(40)).unwrap();
            let cosine = |v: &[f32]| world::cosine(v, vector);
            let best = vectors.iter().map(|v| cosine(v)).fold(-1.0, f64::max);
            let first: usize = hits[0].memory.content.parse().unwrap();
            assert!((cosine(&vectors[first]) - best).abs() < 1e-5, "{dimensions} numbers, vector {i}");
        }
        assert_sound(&store);
    }
}

#[test]
fn halves_are_as_near_as_floats() {
    let store = Store::builder().open_in_memory().unwrap();
    let mut dice = Dice(3);
    let vector = numbers(&mut dice);
    let halves: Vec<u8> = vector.iter().flat_map(|&n| half::f16::from_f32(n).to_le_bytes()).collect();
    let passage = mindkeep::Passage { range: None, data: VectorData::F16(halves) };
    let embedding = Embedding { model: MODEL.into(), passages: vec![passage] };
    store.remember(NewMemory::new("Half.").embedding(embedding)).unwrap();
    let hits = store.recall(Recall::new("").vector(MODEL, &vector)).unwrap();
    assert_eq!(hits.len(), 1);
}

#[test]
fn a_hit_tells_which_passage_is_meant() {
    let store = Store::builder().open_in_memory().unwrap();
    let content = "We talked of this and that for a while. The spare key is under the third pot.";
    let of = |range, vector: [f32; 2]| mindkeep::Passage {
        range: Some(range),
        data: VectorData::F32(vector.iter().flat_map(|n| n.to_le_bytes()).collect()),
    };
    let passages = vec![of((0, 39), [1.0, 0.0]), of((40, 77), [0.0, 1.0])];
    let embedding = Embedding { model: MODEL.into(), passages };
    store.remember(NewMemory::new(content).embedding(embedding)).unwrap();
    let hit = |question, vector: [f32; 2]| {
        store.recall(Recall::new(question).vector(MODEL, &vector)).unwrap().remove(0)
    };
    let second = hit("", [0.1, 1.0]);
    assert_eq!(second.passage, Some((40, 77)));
    assert_eq!(second.snippet(20).text, "The spare key is");
    assert_eq!(second.snippet(60).text, "and that for a while. The spare key is under the third pot.");
    assert_eq!(hit("", [1.0, 0.1]).passage, Some((0, 39)));
    // What words say is shown before what a vector says.
    assert_eq!(hit("talked", [0.1, 1.0]).snippet(20).text, "We talked of this");
    assert_eq!(store.recall(Recall::new("key")).unwrap()[0].passage, None);
}

#[test]
fn damage_costs_only_what_is_damaged_and_is_mended() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("memories.db");
    let mut dice = Dice(seed());
    let vectors: Vec<Vec<f32>> = (0..3_000).map(|_| numbers(&mut dice)).collect();
    let store = Store::open(&path).unwrap();
    let memories =
        vectors.iter().map(|v| NewMemory::new("said").embedding(embedding(std::slice::from_ref(v))));
    store.remember_all(memories).unwrap();
    for (sql, finds) in [
        (
            "UPDATE vector_code SET codes = zeroblob(length(codes)) WHERE chunk_id = (SELECT min(chunk_id) FROM vector_code)",
            true,
        ),
        (
            "UPDATE vector_chunk SET slots = x'00' WHERE chunk_id = (SELECT min(chunk_id) FROM vector_chunk)",
            true,
        ),
        ("DELETE FROM vector_code WHERE chunk_id = (SELECT min(chunk_id) FROM vector_code)", true),
        ("UPDATE vector_tail SET code = x'01'", true),
        ("DELETE FROM vector_chunk WHERE chunk_id = (SELECT min(chunk_id) FROM vector_chunk)", true),
        ("UPDATE vector_chunk SET slots = zeroblob(length(slots))", true),
        ("DELETE FROM vector_set", false),
    ] {
        // One that is in no chunk yet.
        store.remember(NewMemory::new("few").embedding(embedding(&[numbers(&mut dice)]))).unwrap();
        store.pause(std::time::Duration::from_secs(5)).unwrap();
        ground::raw(&path).execute_batch(sql).unwrap();
        store.resume().unwrap();
        let mut hits = 0;
        for vector in vectors.iter().step_by(300) {
            let found = store.recall(Recall::new("").vector(MODEL, vector).limit(3)).unwrap();
            hits += found.len();
        }
        assert!(!finds || hits > 0, "{sql}");
        assert!(!store.verify(true).unwrap().is_sound(), "{sql}");
        // Writes go on.
        let one = NewMemory::new("more").embedding(embedding(&[numbers(&mut dice)]));
        let id = store.remember(one).unwrap().id;
        store.update(id, Patch::new().at(ground::ms(5))).unwrap();
        store.rebuild().unwrap();
        store.maintain(Budget::all()).unwrap();
        assert_sound(&store);
        let found = store.recall(Recall::new("").vector(MODEL, &vectors[0]).limit(1)).unwrap();
        assert!(found[0].score > 0.0);
        assert!(store.damage().is_empty(), "{sql}");
    }
}

#[test]
fn nothing_of_a_code_is_left_when_its_vector_goes() {
    let store = Store::builder().open_in_memory().unwrap();
    let mut dice = Dice(seed());
    let many = (0..600).map(|i| {
        let memory = NewMemory::new(format!("said {i}")).kind(Kind::new("note")).key(format!("{i}"));
        memory.embedding(embedding(&[numbers(&mut dice)]))
    });
    store.remember_all(many.collect::<Vec<_>>()).unwrap();
    // What it says of the content is no longer true when that changes.
    for i in 0..600 {
        let kind = Kind::new("note");
        store.remember(NewMemory::new(format!("unsaid {i}")).kind(kind).key(format!("{i}"))).unwrap();
    }
    assert_sound(&store);
    assert!(store.recall(Recall::new("").vector(MODEL, &numbers(&mut dice))).unwrap().is_empty());
}
