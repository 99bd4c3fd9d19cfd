//! Do memories get their vectors, by whichever model, and does recall stay right meanwhile?

#![allow(clippy::unwrap_used)] // a test may stop at the first surprise

#[path = "../ground/mod.rs"]
mod ground;
mod switch;

use ground::assert_sound;
use mindkeep::{
    Budget, Embedder, Embedding, Error, Filter, Kind, Metadata, NewEmbedding, NewMemory, Patch, Recall,
    Result, Store,
};

/// Counts letters: what is spelled alike is near.
struct Letters(&'static str);

impl Embedder for Letters {
    fn model(&self) -> &str {
        self.0
    }

    fn embed_documents(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let count = |text: &str, letter: char| text.to_lowercase().matches(letter).count() as f32;
        Ok(texts.iter().map(|text| ('a'..='z').map(|letter| count(text, letter)).collect()).collect())
    }
}

/// Fails, or gives what nobody asked for.
struct Broken(Result<Vec<Vec<f32>>>);

impl Embedder for Broken {
    fn model(&self) -> &str {
        "broken"
    }

    fn embed_documents(&self, _: &[&str]) -> Result<Vec<Vec<f32>>> {
        self.0.clone()
    }
}

#[test]
fn what_is_pending_is_live_and_without_a_vector() {
    let store = Store::builder().open_in_memory().unwrap();
    let ids: Vec<_> = (0..10)
        .map(|n| {
            store.persona(format!("p{}", n % 2)).remember(NewMemory::new(format!("Note {n}."))).unwrap().id
        })
        .collect();
    let fact = |text: &str| NewMemory::new(text).kind(Kind::FACT).key("address");
    store.remember(fact("Seething Lane.")).unwrap();
    store.remember(fact("York Buildings.")).unwrap();
    store.forget(&[ids[3]]).unwrap();
    let pending = |limit| {
        let pending = store.pending_embeddings("letters", limit).unwrap();
        pending.into_iter().map(|pending| pending.text).collect::<Vec<_>>()
    };
    assert_eq!(pending(4), ["Note 0.", "Note 1.", "Note 2.", "Note 4."]);
    assert_eq!(pending(100).len(), 10);
    assert_eq!(store.embed_pending(&Letters("letters"), 6).unwrap(), 6);
    assert_eq!(pending(100), ["Note 7.", "Note 8.", "Note 9.", "York Buildings."]);
    assert_eq!(store.embed_pending(&Letters("letters"), 100).unwrap(), 4);
    assert!(pending(100).is_empty());
    // What changes, comes back or is new is pending again.
    store.update(ids[5], Patch::new().content("Note 5, mended.")).unwrap();
    store.undo_forget(&[ids[3]]).unwrap();
    store.remember(NewMemory::new("Note 10.")).unwrap();
    assert_eq!(pending(100), ["Note 3.", "Note 5, mended.", "Note 10."]);
    // Another model begins at the beginning.
    assert_eq!(store.pending_embeddings("other", 100).unwrap().len(), 12);
    for limit in [0, 10_001] {
        assert!(matches!(store.pending_embeddings("letters", limit), Err(Error::InvalidInput { .. })));
    }
    assert_sound(&store);
}

#[test]
fn a_vector_of_a_text_that_has_changed_is_left_out() {
    let store = Store::builder().open_in_memory().unwrap();
    let ids: Vec<_> =
        ["One.", "Two.", "Three."].map(|text| store.remember(NewMemory::new(text)).unwrap().id).to_vec();
    let pending = store.pending_embeddings("tiny", 10).unwrap();
    store.update(ids[1], Patch::new().content("Deux.")).unwrap();
    store.forget(&[ids[2]]).unwrap();
    let vector = || Embedding::f32("tiny", &[0.6, 0.8]);
    let embeddings = pending.iter().map(|pending| NewEmbedding::of(pending, vector())).collect();
    let set = store.set_embeddings(embeddings).unwrap();
    assert_eq!((set.set, set.outdated, set.missing), (1, 1, 1));
    assert_eq!(store.pending_embeddings("tiny", 10).unwrap()[0].text, "Deux.");
    // A batch with a bad one leaves nothing.
    let mixed = vec![
        NewEmbedding::new(ids[1], vector()),
        NewEmbedding::new(ids[0], Embedding::f32("tiny", &[1.0, 2.0, 3.0])),
    ];
    assert!(matches!(store.set_embeddings(mixed), Err(Error::InvalidInput { .. })));
    assert_eq!(store.pending_embeddings("tiny", 10).unwrap().len(), 1);
    assert_sound(&store);
}

#[test]
fn what_is_embedded_says_who_spoke_and_what_a_photo_shows() {
    let store = Store::builder().open_in_memory().unwrap();
    let metadata = Metadata::parse(r#"{"speaker": "Ines", "caption": "a red kite"}"#).unwrap();
    store.remember(NewMemory::new("Look!").metadata(metadata)).unwrap();
    let pending = store.pending_embeddings("tiny", 10).unwrap();
    assert_eq!(pending[0].text, "Ines: Look! [shares a photo of a red kite]");
    let cut = |question: &str| store.text_to_embed(question, &Filter::default()).unwrap();
    assert_eq!(cut("What did Ines's kite look like?"), "What did kite look like?");
    assert_eq!(store.persona("nobody").text_to_embed("Ines?").unwrap(), "Ines?");
    // A rebuild finds the speakers again.
    store.rebuild().unwrap();
    store.maintain(Budget::all()).unwrap();
    assert_eq!(cut("Where is Ines?"), "Where is ?");
}

#[test]
fn a_model_that_fails_loses_nothing() {
    let store = Store::builder().open_in_memory().unwrap();
    store.remember_all((0..100).map(|n| NewMemory::new(format!("Note {n}.")))).unwrap();
    assert_eq!(store.embed_pending(&Letters("letters"), 70).unwrap(), 70);
    for wrong in [
        Err(Error::Cancelled),
        Ok(Vec::new()),
        Ok(vec![vec![1.0]; 3]),
        Ok(vec![vec![f32::NAN]; 64]),
        Ok(vec![Vec::new(); 64]),
    ] {
        assert!(store.embed_pending(&Broken(wrong), 100).is_err());
    }
    assert!(store.question_vector(&Broken(Err(Error::Cancelled)), "Note?").is_err());
    assert_eq!(store.pending_embeddings("broken", 1_000).unwrap().len(), 100);
    assert_eq!(store.pending_embeddings("letters", 1_000).unwrap().len(), 30);
    assert_eq!(store.recall(Recall::new("note 7").limit(3)).unwrap().len(), 3);
    assert_sound(&store);
}

#[test]
fn a_dropped_model_is_gone_from_recall_at_once_and_from_the_file_after_upkeep() {
    let store = Store::builder().open_in_memory().unwrap();
    store.remember_all((0..700).map(|n| NewMemory::new(format!("Note {n}.")))).unwrap();
    for model in ["one", "two"] {
        assert_eq!(store.embed_pending(&Letters(model), 1_000).unwrap(), 700);
    }
    let ask = |model: &'static str| {
        let vector = store.question_vector(&Letters(model), "Note").unwrap();
        store.recall(Recall::new("").vector(model, &vector)).unwrap().len()
    };
    store.drop_embedding_model("one").unwrap();
    assert_eq!((ask("one"), ask("two")), (0, 10));
    assert_sound(&store);
    store.maintain(Budget::all()).unwrap();
    let models = store.embedding_models().unwrap();
    assert_eq!(
        models.iter().map(|model| (model.name.as_str(), model.vectors)).collect::<Vec<_>>(),
        [("two", 700)]
    );
    assert_eq!(store.drop_embedding_model("one"), Err(Error::NotFound { what: "embedding model" }));
    // Its name may come back, with another dimension.
    store.remember(NewMemory::new("New.").embedding(Embedding::f32("one", &[1.0, 0.0]))).unwrap();
    assert_eq!(ask("two"), 10);
    assert_sound(&store);
}

#[test]
fn a_vector_that_comes_with_what_is_known_already_is_kept() {
    let store = Store::builder().open_in_memory().unwrap();
    let fact =
        || NewMemory::new("Tea.").kind(Kind::FACT).key("drink").at("2026-01-01T00:00:00Z".parse().unwrap());
    let with = |model: &str, numbers: [f32; 2]| fact().embedding(Embedding::f32(model, &numbers));
    let id = store.remember(fact()).unwrap().id;
    for (memory, outcome, vectors) in [
        (with("m", [1.0, 0.0]), mindkeep::Outcome::Updated, 1),
        (with("m", [1.0, 0.0]), mindkeep::Outcome::Unchanged, 1),
        (with("m", [0.0, 1.0]), mindkeep::Outcome::Updated, 1),
        (with("n", [0.0, 1.0]), mindkeep::Outcome::Updated, 2),
        (fact(), mindkeep::Outcome::Unchanged, 2),
    ] {
        let told = store.remember(memory).unwrap();
        assert_eq!((told.id, told.outcome), (id, outcome));
        assert_eq!(store.embeddings(id).unwrap().len(), vectors);
    }
    assert_eq!(store.recall(Recall::new("").vector("n", &[0.0, 1.0])).unwrap().len(), 1);
    assert_eq!(store.embeddings(id).unwrap()[0], Embedding::f32("m", &[0.0, 1.0]));
    assert_sound(&store);
}

#[test]
fn whoever_goes_on_with_a_dropped_models_name_begins_anew() {
    let store = Store::builder().open_in_memory().unwrap();
    for n in 0..700 {
        let vector = Embedding::f32("m", &[1.0, n as f32]);
        store.remember(NewMemory::new(format!("memory {n}")).embedding(vector)).unwrap();
    }
    store.drop_embedding_model("m").unwrap();
    assert!(matches!(store.drop_embedding_model("m"), Err(Error::NotFound { .. })));
    let some = store.pending_embeddings("m", 1_000).unwrap();
    assert_eq!(some.len(), 700, "all are pending at once");
    assert_eq!(store.embeddings(some[0].id).unwrap(), []);
    // Another dimension: it is another model.
    let set: Vec<NewEmbedding> = some[..3]
        .iter()
        .map(|pending| NewEmbedding::of(pending, Embedding::f32("m", &[1.0, 0.0, 0.0])))
        .collect();
    store.set_embeddings(set).unwrap();
    let found = || store.recall(Recall::new("").vector("m", &[1.0, 0.0, 0.0])).unwrap().len();
    assert_eq!(found(), 3);
    let models = store.embedding_models().unwrap();
    let told: Vec<_> = models.iter().map(|model| (&*model.name, model.is_dropped, model.vectors)).collect();
    assert_eq!(told, [("m", false, 3), ("m", true, 700)]);
    assert_sound(&store);
    store.rebuild().unwrap();
    store.maintain(Budget::all()).unwrap();
    assert_eq!((found(), store.pending_embeddings("m", 1_000).unwrap().len()), (3, 697));
    assert_eq!(store.embedding_models().unwrap().len(), 1);
    assert_sound(&store);
}

/// Some of its vectors are none.
struct Patchy;

impl Embedder for Patchy {
    fn model(&self) -> &str {
        "patchy"
    }

    fn embed_documents(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let of = |text: &&str| if text.contains("bad") { vec![f32::NAN, 1.0] } else { vec![0.5, 1.0] };
        Ok(texts.iter().map(of).collect())
    }
}

#[test]
fn one_bad_vector_costs_no_other() {
    let store = Store::builder().open_in_memory().unwrap();
    let mut bad = Vec::new();
    for n in 0..201 {
        let is_bad = n == 3 || n == 150;
        let text = if is_bad { format!("bad {n}") } else { format!("good {n}") };
        let id = store.remember(NewMemory::new(text)).unwrap().id;
        bad.extend(is_bad.then_some(id));
    }
    for _ in 0..2 {
        let error = store.embed_pending(&Patchy, 1_000).unwrap_err().to_string();
        assert!(error.contains("2 vectors") && error.contains(&bad[0].to_string()), "{error}");
        let left: Vec<_> =
            store.pending_embeddings("patchy", 1_000).unwrap().iter().map(|one| one.id).collect();
        assert_eq!(left, bad);
    }
    assert_eq!(store.recall(Recall::new("").vector("patchy", &[0.5, 1.0]).limit(1_000)).unwrap().len(), 199);
}
