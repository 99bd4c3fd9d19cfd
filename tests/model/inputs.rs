//! What may an app do to a store? Steps by chance, few enough names that they meet each other.

use mindkeep::{Filter, Kind, PersonaScope, Where};
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;

use super::ledger::Given;
use crate::ground::ms;

pub const PERSONAS: &[&str] = &["ada", "acme", "acme/bo", "acme/bo/plan", "acme0"];
pub const KINDS: &[&str] = &["event", "fact", "preference", "conversation", "dream"];
pub const KEYS: &[&str] = &["drink", "train"];
const THREADS: &[&str] = &["monday", "café"];
const SOURCES: &[&str] = &["diary", "app"];
const TAGS: &[&str] = &["fire", "garden", "winter"];
const WORDS: &[&str] = &["fire", "tea", "Élan", "élan", "the", "Tea", "train", "7", "quince"];
/// Early and late enough that none of them is near to the present.
const TIMES: &[i64] =
    &[-9_800_000_000_000, -1, 0, 1_000, 1_001, 86_400_000, 900_000_000_000, 4_102_444_800_000];
const IMPORTANCES: &[f64] = &[0.0, 0.3, 0.5, 0.500_000_1, 0.55, 0.6, 0.7, 0.7000000000000001, 0.95, 1.0];
pub const PAST: i64 = 1_000_000;
const FUTURE: i64 = 250_000_000_000_000;

/// Questions: words, stop words, and words that nothing has.
pub const ASKED: &[&str] = &["fire", "tea", "elan", "ÉLAN", "the", "train", "7", "ada", "absent", "garden"];

#[derive(Debug, Clone)]
pub enum Step {
    Remember(Given),
    RememberAll(Vec<Given>, usize),
    /// Which one, by chance among those there, and what to change.
    Update(usize, Change),
    Forget(Vec<usize>),
    ForgetMatching(Filter, bool),
    Undo(usize),
    Page(Filter, bool, usize),
    /// Pages with new memories between them.
    PageWhileWriting(Filter, bool, usize, Vec<Given>),
    Counts(Filter),
    Recall(Vec<&'static str>, bool, Filter),
    Reopen,
}

#[derive(Debug, Clone)]
pub enum Change {
    Content(String),
    At(i64),
    Importance(f64),
    Tags(Vec<&'static str>),
    Thread(Option<&'static str>),
    Source(Option<&'static str>),
    Speaker(Option<&'static str>),
    Expiry(Option<i64>),
}

fn content() -> impl Strategy<Value = String> {
    vec(select(WORDS), 1..4).prop_map(|words| words.join(" "))
}

fn tags() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(TAGS.to_vec(), 0..=2)
}

/// Mostly not; else in the past or in the far future.
fn expiry() -> impl Strategy<Value = Option<i64>> {
    weighted(0.2, select(&[PAST, FUTURE][..]))
}

pub fn given_memory() -> impl Strategy<Value = Given> {
    let place = (select(PERSONAS), select(KINDS), weighted(0.4, select(KEYS)), weighted(0.8, select(TIMES)));
    let rest = (
        content(),
        select(IMPORTANCES),
        tags(),
        of(select(THREADS)),
        of(select(SOURCES)),
        weighted(0.2, Just("Ada Sen")),
        expiry(),
    );
    (place, rest).prop_map(|((persona, kind, key, at), rest)| {
        let (content, importance, tags, thread, source, speaker, expires_at) = rest;
        Given {
            persona,
            kind,
            content,
            // The store alone knows the default time, and tells it of what can be seen.
            at: at.or(expires_at.filter(|&expiry| expiry == PAST).map(|_| 5)),
            importance,
            tags,
            thread,
            key,
            source,
            speaker,
            expires_at,
        }
    })
}

fn personas() -> impl Strategy<Value = PersonaScope> {
    let named = |names: Vec<&str>| PersonaScope::Named(names.iter().map(|&n| n.to_owned()).collect());
    prop_oneof![
        3 => Just(PersonaScope::All),
        3 => select(PERSONAS).prop_map(move |name| named(vec![name])),
        2 => vec(select(PERSONAS), 2..4).prop_map(named),
        1 => Just(PersonaScope::Named(vec!["nobody".into()])),
        2 => select(&["acme", "acme/bo", "ada", "ac"][..]).prop_map(|p| PersonaScope::Prefix(p.into())),
    ]
}

pub fn filter() -> impl Strategy<Value = Filter> {
    let own = |value: &'static str| value.to_owned();
    (
        personas(),
        weighted(0.3, vec(select(KINDS), 1..3)),
        weighted(0.2, select(THREADS).prop_map(own)),
        weighted(0.2, tags()),
        weighted(0.2, select(SOURCES).prop_map(own)),
        weighted(0.15, select(KEYS).prop_map(own)),
        weighted(0.2, select(TIMES)),
        weighted(0.2, select(TIMES)),
        weighted(0.25, select(IMPORTANCES)),
        weighted(0.2, any::<bool>()),
    )
        .prop_map(|(personas, kinds, thread, tags, source, key, a, b, min_importance, speaks)| {
            let (since, until) = match (a, b) {
                (Some(a), Some(b)) => (Some(a.min(b)), Some(a.max(b))),
                other => other,
            };
            Filter {
                personas,
                kinds: kinds.unwrap_or_default().into_iter().map(Kind::from).collect(),
                thread,
                tags: tags.unwrap_or_default().into_iter().map(str::to_owned).collect(),
                source,
                key,
                since: since.map(ms),
                until: until.map(ms),
                min_importance,
                matching: speaks.map(spoken_by_ada),
            }
        })
}

/// Whether Ada Sen is the speaker, or is not.
pub fn spoken_by_ada(is: bool) -> Where {
    if is { Where::eq("speaker", "Ada Sen") } else { Where::ne("speaker", "Ada Sen") }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        content().prop_map(Change::Content),
        select(TIMES).prop_map(Change::At),
        select(IMPORTANCES).prop_map(Change::Importance),
        tags().prop_map(Change::Tags),
        of(select(THREADS)).prop_map(Change::Thread),
        of(select(SOURCES)).prop_map(Change::Source),
        of(Just("Ada Sen")).prop_map(Change::Speaker),
        expiry().prop_map(Change::Expiry),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let which = any::<prop::sample::Index>().prop_map(|index| index.index(1 << 20));
    prop_oneof![
        10 => given_memory().prop_map(Step::Remember),
        3 => (vec(given_memory(), 0..8), 1..5_usize).prop_map(|(all, chunk)| Step::RememberAll(all, chunk)),
        4 => (which.clone(), change()).prop_map(|(i, change)| Step::Update(i, change)),
        3 => vec(which.clone(), 0..4).prop_map(Step::Forget),
        1 => (filter(), any::<bool>()).prop_map(|(filter, dry)| Step::ForgetMatching(filter, dry)),
        3 => which.prop_map(Step::Undo),
        4 => (filter(), any::<bool>(), 1..7_usize).prop_map(|(f, old, n)| Step::Page(f, old, n)),
        1 => (filter(), any::<bool>(), 1..4_usize, vec(given_memory(), 1..4))
            .prop_map(|(f, old, n, new)| Step::PageWhileWriting(f, old, n, new)),
        2 => filter().prop_map(Step::Counts),
        3 => (vec(select(ASKED), 1..4), any::<bool>(), filter()).prop_map(|(w, all, f)| Step::Recall(w, all, f)),
        1 => Just(Step::Reopen),
    ]
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..50)
}

/// Steps about one key of a few kinds: what it stood for, out of order, forgotten and brought back.
pub fn history_steps() -> impl Strategy<Value = Vec<Step>> {
    let link = (
        select(&["fact", "preference", "event"][..]),
        select(&["tea", "fire", "quince"][..]),
        weighted(0.8, select(&[1, 2, 3, 4, 5, 6, 4_102_444_800_000][..])),
    );
    let given = link.prop_map(|(kind, content, at)| Given {
        persona: "ada",
        kind,
        content: content.to_owned(),
        at,
        importance: 0.5,
        tags: Vec::new(),
        thread: None,
        key: Some("drink"),
        source: None,
        speaker: None,
        expires_at: None,
    });
    let which = any::<prop::sample::Index>().prop_map(|index| index.index(1 << 20));
    vec(
        prop_oneof![
            4 => given.prop_map(Step::Remember),
            2 => vec(which.clone(), 1..2).prop_map(Step::Forget),
            2 => which.prop_map(Step::Undo),
        ],
        1..25,
    )
}
