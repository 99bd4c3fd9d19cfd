//! Does whoever asks something odd get a clear error, or the rest's answer and what was missing in it?

use std::panic::{AssertUnwindSafe, catch_unwind};

use mindkeep::{
    Budget, Embedder, Embedding, Error, Hits, Kind, MemoryId, Missing, NewEmbedding, NewMemory, Passage,
    Recall, Result, Store, VectorData,
};

use crate::ask;
use crate::ground::{Dice, assert_sound, seed, times};

const MODEL: &str = "tiny-3d";

/// Five memories in three scripts; the first three have vectors.
fn store() -> Store {
    let store = Store::builder().open_in_memory().unwrap();
    let tiny = |numbers: [f32; 3]| Embedding::f32(MODEL, &numbers);
    for memory in [
        NewMemory::new("A kettle on the hob.").embedding(tiny([0.9, 0.1, 0.0])),
        NewMemory::new("Moths at the lamp.").embedding(tiny([0.0, 0.2, 0.9])),
        NewMemory::new("Чайник стоит на плите.").embedding(tiny([0.8, 0.2, 0.1])),
        NewMemory::new("東京でお茶を飲んだ。"),
        NewMemory::new("The lamp of the kitchen is out."),
    ] {
        store.remember(memory).unwrap();
    }
    // Somebody else's, by a model of theirs.
    let other = NewMemory::new("Tea at four.").embedding(Embedding::f32("other-2d", &[0.6, 0.8]));
    store.persona("other").remember(other).unwrap();
    store
}

/// How many hits there are, and what was missing; or the field that is to blame.
type Answer = std::result::Result<(usize, Vec<Missing>), &'static str>;
/// A question, a model and its vector, and what comes of them.
type Case<'c> = (&'c str, Option<(&'c str, &'c [f32])>, Answer);

fn answer(hits: Result<Hits>) -> Answer {
    match hits {
        Ok(hits) => Ok((hits.len(), hits.missing)),
        Err(Error::InvalidInput { field, .. }) => Err(field),
        Err(error) => panic!("another error: {error}"),
    }
}

#[test]
fn odd_questions_are_answered_or_refused_clearly() {
    use Missing::{Direction, LastWords, Model, Vectors, Words};
    let store = store();
    let many = |one: &str| (0..10_000).map(|n| format!("{one}{n} ")).collect::<String>();
    let over = "a".repeat(64 * 1024 + 1);
    let two = || Vectors { memories: 2 };
    let near = [0.9, 0.1, 0.05].as_slice();
    let huge = [f32::MAX, f32::MAX, 0.0].as_slice();
    let tiny = [f32::MIN_POSITIVE / 4.0, 0.0, 0.0].as_slice();
    let (words, unwanted, lamps, stop_words) = (
        many("w"),
        "lamp ".to_owned() + &many("-w")[..6_000],
        "lamp ".repeat(10_000),
        "the of ".repeat(9_000),
    );
    let (lamp_last, phrase) = (words.clone() + "lamp", format!("\"{}\"", &lamps[..5 * 65]));
    let table: Vec<Case> = vec![
        // No words, or none that says anything.
        ("", None, Ok((0, vec![Words]))),
        (" \t\n", None, Ok((0, vec![Words]))),
        ("?!... \"\" *", None, Ok((0, vec![Words]))),
        ("-lamp", None, Ok((0, vec![Words]))),
        ("\0", None, Ok((0, vec![Words]))),
        ("— «…» 。", None, Ok((0, vec![Words]))),
        ("the of", None, Ok((3, vec![]))),
        ("the lamp of", None, Ok((2, vec![]))),
        // Many words.
        (&words, None, Ok((0, vec![LastWords]))),
        (&lamps, None, Ok((2, vec![]))),
        (&stop_words, None, Ok((3, vec![]))),
        (&over, None, Err("question")),
        (&unwanted, None, Err("question")),
        (&phrase, None, Err("question")),
        (&lamp_last, Some((MODEL, near)), Ok((3, vec![LastWords, two()]))),
        // Other scripts, and none.
        ("чайник", None, Ok((1, vec![]))),
        ("お茶", None, Ok((1, vec![]))),
        ("ประเทศไทย שלום مرحبا 😀 \u{202e}x", None, Ok((0, vec![]))),
        // Vectors beside words, and alone.
        ("lamp", Some((MODEL, near)), Ok((4, vec![two()]))),
        ("", Some((MODEL, near)), Ok((3, vec![Words, two()]))),
        ("the of", Some((MODEL, near)), Ok((4, vec![two()]))),
        ("lamp", Some((MODEL, huge)), Ok((4, vec![two()]))),
        ("lamp", Some((MODEL, tiny)), Ok((4, vec![two()]))),
        ("-lamp", Some((MODEL, near)), Err("question")),
        ("lamp", Some((MODEL, &[0.0; 3])), Ok((2, vec![Direction, two()]))),
        ("", Some((MODEL, &[0.0, -0.0, 0.0])), Ok((0, vec![Words, Direction, two()]))),
        // A model that nobody has used, or only others.
        ("lamp", Some(("no-such", near)), Ok((2, vec![Model]))),
        ("", Some(("no-such", near)), Ok((0, vec![Words, Model]))),
        ("lamp", Some(("other-2d", &[0.6, 0.8])), Ok((2, vec![Model]))),
        // What is no vector, with words and without, whoever has vectors by the model.
        ("lamp", Some((MODEL, &[0.9, 0.1])), Err("vector")),
        ("", Some((MODEL, &[0.9, 0.1, 0.0, 0.0])), Err("vector")),
        ("lamp", Some((MODEL, &[f32::NAN, 0.1, 0.0])), Err("vector")),
        ("lamp", Some((MODEL, &[0.1, f32::INFINITY, 0.0])), Err("vector")),
        ("", Some((MODEL, &[0.1, 0.0, f32::NEG_INFINITY])), Err("vector")),
        ("lamp", Some((MODEL, &[])), Err("vector")),
        ("lamp", Some(("no-such", &[])), Err("vector")),
        ("lamp", Some(("no-such", &[f32::NAN])), Err("vector")),
        ("lamp", Some(("no-such", &[0.1; 4_097])), Err("vector")),
        ("lamp", Some(("", near)), Err("model")),
    ];
    let persona = store.persona("default");
    for (number, (question, vector, expected)) in table.into_iter().enumerate() {
        let short: String = question.chars().take(30).collect();
        let recall = match vector {
            Some((model, numbers)) => ask(question).vector(model, numbers),
            None => ask(question),
        };
        assert_eq!(answer(persona.recall(recall.clone())), expected, "{number}: {short:?}");
        // It counts as many as it finds, and explains what is missing in the same words.
        match expected {
            Ok((found, missing)) => {
                assert_eq!(persona.count_hits(recall.clone()).unwrap(), found as u64, "{number}: {short:?}");
                let explained = store.explain(recall.persona("default")).unwrap().missing;
                assert_eq!(explained, missing.iter().map(ToString::to_string).collect::<Vec<_>>());
            }
            Err(_) => assert!(persona.count_hits(recall).is_err(), "{number}: {short:?}"),
        }
    }
    // Whom the store does not know has nothing, whatever is asked.
    assert_eq!(answer(store.persona("nobody").recall(ask("lamp"))), Ok((0, vec![])));
    assert_eq!(answer(store.persona("nobody").recall(ask("").vector(MODEL, near))), Ok((0, vec![Words])));
    // Words alone want no vector.
    assert_eq!(answer(persona.recall(ask("lamp").vector("no-such", near).words_only())), Ok((2, vec![])));
    assert_sound(&store);
}

/// A model that gives this, or does that.
struct Odd(fn() -> Result<Vec<Vec<f32>>>);

impl Embedder for Odd {
    fn model(&self) -> &str {
        MODEL
    }

    fn embed_documents(&self, _: &[&str]) -> Result<Vec<Vec<f32>>> {
        (self.0)()
    }
}

#[test]
fn an_embedder_that_fails_leaves_the_rest_to_answer() {
    let store = store();
    let ask_with = |give| store.persona("default").recall_with(&Odd(give), ask("lamp"));
    let vectors = Missing::Vectors { memories: 2 };
    assert_eq!(answer(ask_with(|| Ok(vec![vec![0.9, 0.1, 0.0]]))), Ok((4, vec![vectors.clone()])));
    assert_eq!(answer(ask_with(|| Ok(vec![vec![0.0; 3]]))), Ok((2, vec![Missing::Direction, vectors])));
    for (give, said) in [
        ((|| Err(Error::Unavailable { doing: "embedding" })) as fn() -> _, "embedding"),
        (|| Err(Error::DeadlineExceeded), "deadline"),
        (|| Ok(vec![]), "gave no vector"),
        (|| Ok(vec![vec![]]), "1 to 4,096"),
        (|| Ok(vec![vec![0.9, 0.1]]), "has 2 numbers"),
        (|| Ok(vec![vec![0.9, 0.1, f32::NAN]]), "NaN"),
        (|| Ok(vec![vec![f32::INFINITY, 0.1, 0.0]]), "infinite"),
    ] {
        let hits = ask_with(give).unwrap();
        assert_eq!(hits.len(), 2, "by words");
        let [missing @ Missing::Embedder(_)] = hits.missing.as_slice() else {
            panic!("it is not said: {:?}", hits.missing)
        };
        assert!(missing.to_string().contains(said), "{missing}");
    }
    // What is wrong with the question is an error all the same, and so is no question nothing to embed.
    let give = || Ok(vec![vec![0.9, 0.1, 0.0]]);
    assert_eq!(answer(store.recall_with(&Odd(give), ask("lamp").limit(0))), Err("limit"));
    let never = || unreachable!("there is no text to embed");
    assert_eq!(answer(store.recall_with(&Odd(never), ask(" "))), Ok((0, vec![Missing::Words])));
    // One that panics takes nothing with it.
    let panics = || panic!("out of memory");
    assert!(catch_unwind(AssertUnwindSafe(|| store.recall_with(&Odd(panics), ask("lamp")))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| store.embed_pending(&Odd(panics), 100))).is_err());
    assert_eq!(store.pending_embeddings(MODEL, 100).unwrap().len(), 3);
    assert_eq!(answer(ask_with(give)).unwrap().0, 4);
    assert_sound(&store);
}

/// Everything that may become of memories and vectors, beside a list of which live memory has one.
#[test]
fn as_many_vectors_are_missing_as_there_are() {
    for run in 0..times("MISSING_RUNS", 4, 60) {
        let mut dice = Dice(seed() + run);
        let store = Store::builder().open_in_memory().unwrap();
        // Persona, memory, whether it has vectors.
        let mut live: Vec<(u64, MemoryId, bool)> = Vec::new();
        let whole = |number: u64| Embedding::f32("m", &[number as f32 + 1.0, 1.0]);
        let passages = |number: u64| {
            let half =
                |range| Passage { range: Some(range), data: VectorData::F16(vec![0, 60, number as u8, 0]) };
            Embedding { model: "m".into(), passages: vec![half((0, 2)), half((2, 4)), half((0, 4))] }
        };
        for number in 0..dice.below(900) + 20 {
            let persona = dice.below(2);
            let name = format!("p{persona}");
            let new = NewMemory::new(format!("Note {number}."));
            let embedding = match dice.below(3) {
                0 => None,
                1 => Some(whole(number)),
                _ => Some(passages(number)),
            };
            match dice.below(8) {
                0..6 => {
                    let has = embedding.is_some();
                    let new = embedding.into_iter().fold(new, NewMemory::embedding);
                    live.push((persona, store.persona(name).remember(new).unwrap().id, has));
                }
                6 if !live.is_empty() => {
                    let (_, id, _) = live.swap_remove(dice.below(live.len() as u64) as usize);
                    store.forget(&[id]).unwrap();
                }
                _ if !live.is_empty() => {
                    let place = dice.below(live.len() as u64) as usize;
                    let (_, id, has) = &mut live[place];
                    let embedding = embedding.unwrap_or_else(|| whole(number));
                    store.set_embeddings(vec![NewEmbedding::new(*id, embedding)]).unwrap();
                    *has = true;
                }
                _ => {}
            }
        }
        // One that another has taken the place of is none.
        let fact = |text: &str| NewMemory::new(text).kind(Kind::FACT).key("k").embedding(whole(1));
        store.persona("p0").remember(fact("Old.")).unwrap();
        live.push((0, store.persona("p0").remember(fact("New.")).unwrap().id, true));
        store.maintain(Budget::all()).unwrap();
        for asked in [vec![0], vec![1], vec![0, 1]] {
            let of = live.iter().filter(|(persona, ..)| asked.contains(persona));
            let (all, without) =
                of.fold((0, 0), |(all, without), (_, _, has)| (all + 1, without + u64::from(!has)));
            let expected = match without {
                0 => vec![],
                without if without == all => vec![Missing::Model],
                memories => vec![Missing::Vectors { memories }],
            };
            let names = asked.iter().map(|persona| format!("p{persona}"));
            let recall = names.fold(ask("note"), Recall::persona).vector("m", &[1.0, 0.0]);
            assert_eq!(store.recall(recall).unwrap().missing, expected, "run {run}, {asked:?}");
        }
        let pending = live.iter().filter(|(_, _, has)| !has).count() as u64;
        let model = &store.embedding_models().unwrap()[0];
        assert_eq!((model.memories, model.pending), (live.len() as u64 - pending, pending));
        assert_eq!(store.pending_embeddings("m", 10_000).unwrap().len() as u64, pending);
        assert_sound(&store);
    }
}

#[test]
fn a_model_that_was_dropped_says_nothing_from_then_on() {
    let store = store();
    let recall = || ask("lamp kettle").persona("default").vector(MODEL, &[0.9, 0.1, 0.0]);
    let by_vectors =
        |hits: &Hits| hits.iter().flat_map(|hit| &hit.signals).any(|signal| signal.name == "vectors");
    assert!(by_vectors(&store.recall(recall()).unwrap()));
    store.drop_embedding_model(MODEL).unwrap();
    for _ in 0..2 {
        let hits = store.recall(recall()).unwrap();
        assert!(!by_vectors(&hits));
        assert_eq!((hits.len(), hits.missing), (3, vec![Missing::Model]));
        store.maintain(Budget::all()).unwrap();
    }
}
