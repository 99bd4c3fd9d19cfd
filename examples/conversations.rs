//! A chat service: many users, each with conversations of many messages. The shape of ChatBot.
//!
//! ```text
//! cargo run --release --example conversations            # 20,000 messages
//! cargo run --release --example conversations -- 200000
//! ```
//!
//! | question | index |
//! |---|---|
//! | a conversation | the thread's |
//! | a user's conversations, the latest first | attribute `last_message_at` of the kind `chat` |
//! | messages and memories with these words | full text |
//! | fifty users at once | all of these |

#![allow(clippy::print_stdout)]

#[path = "measured/mod.rs"]
mod measured;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use measured::{Dice, HOUR_MS, Table, at, rows, shown};
use mindkeep::{Attribute, AttributeType, Kind, Metadata, NewMemory, Persona, Recall, Store, Timeline};

const CHAT: Kind = Kind::from_static("chat");
const USERS: usize = 50;
const MESSAGES: usize = 40;
const WORDS: [&str; 16] = [
    "train", "garden", "recipe", "meeting", "holiday", "printer", "guitar", "invoice", "kitten", "balcony",
    "museum", "password", "birthday", "thunder", "library", "soup",
];

fn main() -> mindkeep::Result<()> {
    let rows = rows(20_000);
    let folder = tempfile::tempdir().map_err(|_| mindkeep::Error::Full)?;
    let store = Store::open(folder.path().join("chat.db"))?;
    store.declare(Attribute::new(CHAT, "last_message_at", AttributeType::Time))?;
    fill(&store, rows)?;

    let mut table = Table::new("ChatBot: Conversations of fifty users", rows);
    let user = store.persona("user-7");
    let chats = Timeline::new().kind(CHAT).sort_by("last_message_at").descending().limit(20);
    let page = table.time("a user's conversations", 38, || user.timeline(chats.clone()))?;
    let thread = page.memories[0].thread.clone().unwrap_or_default();
    table.time("a conversation", 45, || user.thread(&thread))?;
    table.time("search in messages", 120, || {
        user.recall(Recall::new("who fixed the printer?").kind(Kind::CONVERSATION))
    })?;
    table.time("search in all memories", 95, || user.recall(Recall::new("thunder at the museum")))?;
    table.time_once("1,000 messages at once", 780, || {
        user.remember_all((0..1_000).map(|n| message(&mut Dice::new(), n, "new")))
    })?;
    let load = many_users(&store)?;
    table.note("50 users, questions a second", "200", load.rate);
    table.note("95 of 100 within", "120 ms", shown(load.p95));
    table.note("errors", "< 1 %", format!("{} of {}", load.errors, load.calls));
    drop(table);

    measured::explain(&store, chats)
}

fn fill(store: &Store, rows: usize) -> mindkeep::Result<()> {
    let mut dice = Dice::new();
    for chat in 0..rows.div_ceil(MESSAGES) {
        let user = store.persona(format!("user-{}", chat % USERS));
        let thread = format!("chat-{chat}");
        let last = chat * MESSAGES + MESSAGES - 1;
        let about = serde_json::json!({ "last_message_at": at(last as i64 * HOUR_MS / 60).to_string() });
        let head = NewMemory::new(format!("About the {}", dice.pick(&WORDS)))
            .kind(CHAT)
            .thread(&*thread)
            .at(at((chat * MESSAGES) as i64 * HOUR_MS / 60))
            .metadata(Metadata::parse(&about.to_string()).expect("is an object"));
        let messages = (0..MESSAGES).map(|n| message(&mut dice, chat * MESSAGES + n, &thread));
        user.remember_all(std::iter::once(head).chain(messages).collect::<Vec<_>>())?;
    }
    Ok(())
}

fn message(dice: &mut Dice, n: usize, thread: &str) -> NewMemory {
    let speaker = if n.is_multiple_of(2) { "user" } else { "assistant" };
    let text = format!(
        "The {} and the {}: I thought about it after the {} number {n}.",
        dice.pick(&WORDS),
        dice.pick(&WORDS),
        dice.pick(&WORDS)
    );
    NewMemory::new(text)
        .kind(Kind::CONVERSATION)
        .thread(thread)
        .at(at(n as i64 * HOUR_MS / 60))
        .metadata(Metadata::parse(&format!("{{\"speaker\":\"{speaker}\"}}")).expect("is an object"))
}

struct Load {
    rate: u64,
    p95: Duration,
    errors: u64,
    calls: usize,
}

/// Every user on a thread of their own lists, asks and writes, without a pause, for a second.
fn many_users(store: &Store) -> mindkeep::Result<Load> {
    let errors = AtomicU64::new(0);
    let start = Instant::now();
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let users: Vec<_> = (0..USERS)
            .map(|n| {
                let (user, errors) = (store.persona(format!("user-{n}")), &errors);
                scope.spawn(move || {
                    let mut times = Vec::new();
                    while start.elapsed() < Duration::from_secs(1) {
                        let begun = Instant::now();
                        if one_call(&user, times.len()).is_err() {
                            errors.fetch_add(1, Ordering::Relaxed);
                        }
                        times.push(begun.elapsed());
                    }
                    times
                })
            })
            .collect();
        users.into_iter().flat_map(|user| user.join().unwrap_or_default()).collect()
    });
    let took = start.elapsed();
    times.sort_unstable();
    let calls = times.len();
    Ok(Load {
        rate: (calls as f64 / took.as_secs_f64()) as u64,
        p95: times[calls * 95 / 100],
        errors: errors.into_inner(),
        calls,
    })
}

fn one_call(user: &Persona, n: usize) -> mindkeep::Result<()> {
    match n % 10 {
        0 => user.remember(message(&mut Dice::new(), n, "live")).map(drop),
        1..=3 => user.recall(Recall::new("soup on the balcony")).map(drop),
        _ => user.timeline(Timeline::new().limit(20)).map(drop),
    }
}
