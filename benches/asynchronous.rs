//! What does it cost to call without a thread, and how soon does a call stop that nobody wants any more?
//!
//! A table, not criterion's: ten thousand calls at once over 8 threads, beside 8 threads that block; the processor's time
//! that is spent after a running call was dropped; how late a deadline's answer is.

#![allow(clippy::print_stdout)] // the table is what it is for

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use mindkeep::{AsyncStore, Call, Error, Filter, NewMemory, Recall, Store, Timeline};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

const CALLS: usize = 10_000;
const ROWS: usize = 200_000;
/// Of how often it was tried, the median and the worst are shown.
const TRIES: usize = 15;

fn main() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let threads = Arc::new(AtomicUsize::new(0));
    let started = Arc::clone(&threads);
    let runtime = Builder::new_multi_thread()
        .worker_threads(8)
        .enable_time()
        .on_thread_start(move || _ = started.fetch_add(1, Ordering::Relaxed))
        .build()
        .expect("starts");
    let store = Store::open(folder.path().join("memories.db")).expect("opens");
    let rows = (0..ROWS).map(|n| NewMemory::new(format!("common words and number {n}")).tag("one"));
    store.remember_all(rows).expect("keeps");
    let store = AsyncStore::from(store);

    println!("| what | figure |\n|---|---|");
    let (wall, cpu) = timed(|| blocking(store.blocking()));
    println!("| {CALLS} calls by 8 threads that block, wall and processor's time | {wall} ms, {cpu} ms |");
    let (wall, cpu) = timed(|| runtime.block_on(at_once(&store)));
    println!("| {CALLS} calls at once over 8 threads, wall and processor's time | {wall} ms, {cpu} ms |");
    println!("| threads that took, workers included | {} |", threads.load(Ordering::Relaxed));
    let question = || Recall::new("common words").limit(1_000);
    let narrow = Filter { tags: vec!["one".into(), "two".into()], ..Filter::default() };
    stopped("a recall", &runtime, || store.recall(question()));
    stopped("a count of what has a tag", &runtime, || store.count(&narrow));
    stopped("a full verify", &runtime, || store.verify(true));
    late("a recall", &runtime, &|hurried| hurried.recall(question()), &store);
}

/// One call of each sort, by a number.
fn memory(n: usize) -> NewMemory {
    NewMemory::new(format!("number {n}")).persona(format!("p{}", n % 8)).key(format!("{n}"))
}

fn newest(n: usize) -> Timeline {
    Timeline::new().persona(format!("p{}", n % 8)).limit(5)
}

fn blocking(store: &Store) {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for n in (thread..CALLS).step_by(8) {
                    match n % 4 {
                        0 => _ = store.remember(memory(n)).expect("keeps"),
                        _ => _ = store.timeline(newest(n)).expect("lists"),
                    }
                }
            });
        }
    });
}

async fn at_once(store: &AsyncStore) {
    let mut tasks = JoinSet::new();
    for n in CALLS..2 * CALLS {
        let store = store.clone();
        tasks.spawn(async move {
            match n % 4 {
                0 => _ = store.remember(memory(n)).await.expect("keeps"),
                _ => _ = store.timeline(newest(n)).await.expect("lists"),
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("answers");
    }
}

fn timed(work: impl FnOnce()) -> (u128, u128) {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    work();
    (wall.elapsed().as_millis(), cpu.elapsed().as_millis())
}

/// What the process still does after a call was dropped that runs, beside what the whole call takes.
fn stopped<T: Send + 'static>(what: &str, runtime: &Runtime, call: impl Fn() -> Call<T>) {
    let whole = ProcessTime::now();
    assert!(runtime.block_on(call()).is_ok());
    let whole = whole.elapsed();
    let after: Vec<Duration> = (0..TRIES)
        .map(|_| {
            let running = runtime.spawn(call());
            let begun = ProcessTime::now();
            while begun.elapsed() < whole / 4 {
                std::thread::sleep(Duration::from_micros(200));
            }
            assert!(!running.is_finished(), "it takes long enough to be dropped in the middle");
            running.abort();
            let dropped = ProcessTime::now();
            std::thread::sleep(whole.max(Duration::from_millis(50)));
            dropped.elapsed()
        })
        .collect();
    let (median, worst) = median_and_worst(after);
    let whole = whole.as_millis();
    println!(
        "| processor's time after {what} of {whole} ms was dropped, median and worst of {TRIES} | {median:.2} ms, {worst:.2} ms |"
    );
}

/// How long after its deadline a call answers.
fn late<T>(what: &str, runtime: &Runtime, call: &dyn Fn(&AsyncStore) -> Call<T>, store: &AsyncStore) {
    let deadline = Duration::from_millis(16);
    let hurried = store.with_deadline(deadline);
    let late = (0..TRIES)
        .map(|_| {
            let start = Instant::now();
            let result = runtime.block_on(call(&hurried)).map(|_| ());
            assert_eq!(result, Err(Error::DeadlineExceeded));
            start.elapsed().saturating_sub(deadline)
        })
        .collect();
    let (median, worst) = median_and_worst(late);
    println!(
        "| {what} answers after its deadline of 16 ms by, median and worst of {TRIES} | {median:.2} ms, {worst:.2} ms |"
    );
}

fn median_and_worst(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    (ms(times[times.len() / 2]), ms(times[times.len() - 1]))
}
