//! Do calls that are awaited keep the laws of calls that block? All answer, none begins that is not wanted any more, and
//! what was reported as stopped has not happened.
//!
//! Where a call must not have begun, the runtime has one thread for blocking work, and the test holds it. Where one must
//! end, a minute stops the test if it does not.

mod dropped;
#[path = "../ground/mod.rs"]
mod ground;
mod runtimes;

use std::future::Future;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ground::{Dice, assert_sound, seed, times};
use mindkeep::{
    AsyncStore, Backup, Call, Cancel, Error, Export, Filter, Import, NewMemory, Notice, Operation, Recall,
    Store, Timeline,
};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

fn in_memory() -> AsyncStore {
    Store::builder().open_in_memory().expect("opens").into()
}

fn threads(count: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(count).enable_time().build().expect("starts")
}

/// A runtime whose one thread for blocking work is busy until the sender is dropped.
fn held() -> (Runtime, mpsc::Sender<()>) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .enable_time()
        .build()
        .expect("starts");
    let (release, wait) = mpsc::channel::<()>();
    let (here, begun) = mpsc::channel();
    runtime.spawn_blocking(move || {
        let _ = here.send(());
        let _ = wait.recv();
    });
    begun.recv().expect("begins");
    (runtime, release)
}

fn ran(store: &AsyncStore, operation: Operation) -> u64 {
    store.counters().iter().find(|count| count.operation == operation).map_or(0, |count| count.calls)
}

/// Polls a call once, as a task does that then waits.
fn begin(runtime: &Runtime, call: impl Future) -> bool {
    let _inside = runtime.enter();
    pin!(call).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

#[test]
fn ten_thousand_calls_at_once_answer_right_on_few_threads() {
    let started = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&started);
    let runtime = Builder::new_multi_thread()
        .worker_threads(8)
        .on_thread_start(move || _ = count.fetch_add(1, Ordering::Relaxed))
        .build()
        .expect("starts");
    let folder = tempfile::tempdir().expect("makes a folder");
    let calls = times("CALLS", 10_000, 10_000);
    runtime.block_on(async {
        let store = AsyncStore::open(folder.path().join("memories.db")).await.expect("opens");
        let mut tasks = JoinSet::new();
        for n in 0..calls {
            let persona = store.persona(format!("p{}", n % 8));
            let store = store.clone();
            tasks.spawn(async move {
                let text = format!("number {n}");
                match n % 4 {
                    0 => {
                        let kept = persona.remember(NewMemory::new(&*text).key(&*text)).await?;
                        assert_eq!(store.get(kept.id).await?.content, text);
                    }
                    1 => {
                        let hits = persona.recall(Recall::new("number").limit(3)).await?;
                        assert!(hits.iter().all(|hit| hit.memory.persona.as_str() == persona.name()));
                    }
                    2 => {
                        let page = persona.timeline(Timeline::new().limit(5)).await?;
                        assert!(page.memories.iter().all(|memory| memory.persona.as_str() == persona.name()));
                    }
                    _ => assert!(persona.count().await? <= calls),
                }
                mindkeep::Result::Ok(())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.expect("does not panic").expect("answers");
        }
        assert_eq!(store.count(&Filter::default()).await, Ok(calls.div_ceil(4)));
        assert_sound(store.blocking());
    });
    let started = started.load(Ordering::Relaxed);
    // 8 workers, 8 reads and 16 writes, and some that were asked for while another had ended but did not count as free.
    assert!(started <= 64, "{started} threads");
}

#[test]
fn a_call_that_is_dropped_before_it_begins_never_runs() {
    let store = in_memory();
    let (runtime, release) = held();
    for _ in 0..50 {
        assert!(!begin(&runtime, store.remember(NewMemory::new("No."))), "waits");
        assert!(!begin(&runtime, store.stats()), "waits");
    }
    let kept = store.remember(NewMemory::new("Yes."));
    drop(release);
    runtime.block_on(kept).expect("keeps");
    assert_eq!((ran(&store, Operation::Remember), ran(&store, Operation::Stats)), (1, 0));
    assert_eq!(store.blocking().count(&Filter::default()), Ok(1));
}

#[test]
fn a_deadline_passes_while_a_call_still_waits() {
    let store = in_memory();
    let hurried = store.with_deadline(Duration::from_millis(5));
    let (runtime, release) = held();
    // One waits for a thread, the others behind it for their turn; all answer while the thread is still held.
    runtime.block_on(async {
        let calls: Vec<_> = (0..40).map(|_| hurried.remember(NewMemory::new("Too late."))).collect();
        let mut tasks = JoinSet::new();
        calls.into_iter().for_each(|call| _ = tasks.spawn(call));
        tasks.spawn({
            let question = hurried.recall(Recall::new("late"));
            async move { question.await.map(|_| panic!("nobody was there to answer")) }
        });
        while let Some(ended) = tasks.join_next().await {
            assert_eq!(ended.expect("does not panic").map(|_| ()), Err(Error::DeadlineExceeded));
        }
    });
    drop(release);
    runtime.block_on(store.remember(NewMemory::new("In time."))).expect("keeps");
    assert_eq!((ran(&store, Operation::Remember), ran(&store, Operation::Recall)), (1, 0));
}

#[test]
fn a_handle_is_cancelled_with_all_its_calls() {
    let cancel = Cancel::new();
    let all = in_memory();
    let store = all.with_cancel(&cancel);
    let (runtime, release) = held();
    let mut tasks = JoinSet::new();
    (0..40).for_each(|_| _ = tasks.spawn_on(store.remember(NewMemory::new("No.")), runtime.handle()));
    cancel.cancel();
    drop(release);
    while let Some(ended) = runtime.block_on(tasks.join_next()) {
        assert_eq!(ended.expect("does not panic"), Err(Error::Cancelled));
    }
    assert_eq!(runtime.block_on(store.stats()), Err(Error::Cancelled));
    assert_eq!(ran(&all, Operation::Remember), 0);
    runtime.block_on(all.remember(NewMemory::new("Yes."))).expect("the other handle goes on");
}

#[test]
fn what_was_reported_as_stopped_has_not_happened() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let runtime = threads(4);
    let mut dice = Dice(seed());
    runtime.block_on(async {
        let store = AsyncStore::open(folder.path().join("memories.db")).await.expect("opens");
        let (mut kept, mut stopped) = (0_u64, 0_u64);
        for round in 0..times("ROUNDS", 10, 100) {
            let mut tasks = JoinSet::new();
            for n in 0..200 {
                let hurried = store.with_deadline(Duration::from_micros(dice.below(8_000)));
                let key = format!("{round}-{n}");
                let call = hurried.remember(NewMemory::new("Kept or not.").key(&*key));
                let again = store.clone();
                tasks.spawn(async move {
                    let result = call.await;
                    let filter = Filter { key: Some(key), ..Filter::default() };
                    (result, again.count(&filter).await.expect("counts"))
                });
            }
            while let Some(ended) = tasks.join_next().await {
                match ended.expect("does not panic") {
                    (Ok(_), 1) => kept += 1,
                    (Err(Error::DeadlineExceeded), 0) => stopped += 1,
                    other => panic!("{other:?}"),
                }
            }
        }
        println!("{kept} kept, {stopped} stopped");
        assert_eq!(store.count(&Filter::default()).await, Ok(kept));
    });
}

#[test]
fn an_import_and_a_batch_past_their_deadline_say_what_they_kept() {
    let store = in_memory();
    let runtime = threads(1);
    let cancel = Cancel::new();
    let line = r#"{"type":"memory","persona":"ada","content":"Again and again."}"#;
    for strict in [false, true] {
        let own = Cancel::new();
        let switch = own.clone();
        let mut import = if strict { Import::new().chunk(2).strict() } else { Import::new().chunk(2) };
        import.on_progress(move |progress| {
            if progress.done == 4 {
                switch.cancel();
            }
            ControlFlow::Continue(())
        });
        let lines = format!("{line}\n").repeat(10);
        let lines = std::io::Cursor::new(lines);
        let result = runtime.block_on(store.with_cancel(&own).import(lines, import));
        let expected = match strict {
            true => Error::Cancelled,
            false => Error::BatchStopped { kept: 4, cause: Box::new(Error::Cancelled) },
        };
        assert_eq!(result, Err(expected));
    }
    assert_eq!(store.blocking().count(&Filter::default()), Ok(1), "equal lines are one memory");
    drop(cancel);
}

#[test]
fn a_stream_gives_the_whole_timeline_and_reads_no_page_too_many() {
    let store = in_memory();
    let runtime = threads(2);
    runtime.block_on(async {
        store.remember_all((0..1_050).map(|n| NewMemory::new(format!("Day {n}.")))).await.expect("keeps");
        let mut days = store.timeline_stream(Timeline::new().limit(100));
        let mut seen = Vec::new();
        while let Some(day) = days.next().await {
            seen.push(day.expect("lists"));
            if seen.len() == 500 {
                store.remember(NewMemory::new("A later one.")).await.expect("keeps");
            }
        }
        assert!(days.next().await.is_none(), "it stays at its end");
        let all: Vec<_> =
            store.blocking().iterate(Timeline::new()).collect::<mindkeep::Result<_>>().expect("lists");
        assert_eq!(seen, all[1..]);

        let before = ran(&store, Operation::Timeline);
        let mut few = store.timeline_stream(Timeline::new().limit(100));
        for _ in 0..150 {
            few.next().await.expect("is there").expect("lists");
        }
        drop(few);
        assert_eq!(ran(&store, Operation::Timeline) - before, 2);

        let mut refused = store.timeline_stream(Timeline::new().limit(0));
        assert_eq!(refused.next().await.expect("says why").map_err(|e| e.kind()), Err("InvalidInput"));
        assert!(refused.next().await.is_none());
    });
}

#[test]
fn notices_wake_who_awaits_them_and_end_with_the_store() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let path = folder.path().join("memories.db");
    threads(2).block_on(async {
        let store = AsyncStore::open(&path).await.expect("opens");
        let mut notices = store.notices().await.expect("subscribes");
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let listener = tokio::spawn(async move {
            while let Some(Notice { persona, .. }) = notices.next().await {
                tell.send(persona.expect("somebody's").to_string()).expect("the test waits");
            }
        });
        for name in ["ada", "bo", "ada"] {
            store.persona(name).remember(NewMemory::new(format!("{name} was here."))).await.expect("keeps");
            assert_eq!(told.recv().await.as_deref(), Some(name));
        }
        drop(store);
        listener.await.expect("the stream has an end");
    });
}

#[test]
fn a_pause_turns_calls_away_that_wait_and_lets_them_in_again() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let store: AsyncStore = Store::open(folder.path().join("memories.db")).expect("opens").into();
    let (runtime, release) = held();
    let mut tasks = JoinSet::new();
    for _ in 0..40 {
        tasks.spawn_on(store.remember(NewMemory::new("No.")), runtime.handle());
    }
    store.blocking().pause(Duration::ZERO).expect("pauses");
    drop(release);
    while let Some(ended) = runtime.block_on(tasks.join_next()) {
        assert_eq!(ended.expect("does not panic"), Err(Error::Paused));
    }
    assert!(store.is_paused());
    runtime.block_on(store.resume()).expect("resumes");
    runtime.block_on(store.remember(NewMemory::new("Yes."))).expect("keeps");
}

#[test]
fn a_pause_interrupts_a_read_that_is_awaited() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let runtime = threads(2);
    let store = runtime.block_on(AsyncStore::open(folder.path().join("memories.db"))).expect("opens");
    runtime
        .block_on(store.remember_all((0..5_000).map(|n| NewMemory::new(format!("Day {n}.")))))
        .expect("keeps");
    let (inside, begun) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let mut export = Export::new();
    export.on_progress(move |progress| {
        if progress.done == 1_000 {
            inside.send(()).expect("the test waits");
            let _ = wait.recv();
        }
        ControlFlow::Continue(())
    });
    let read = runtime.spawn(store.export(std::io::sink(), export));
    begun.recv().expect("comes to line 1,000");
    let pause = runtime.spawn(store.pause(Duration::ZERO));
    // The gate is closed before anybody inside is interrupted.
    while !store.is_paused() {
        std::thread::yield_now();
    }
    drop(go_on);
    let read = runtime.block_on(read).expect("does not panic").map(|_| ());
    assert_eq!(read, Err(Error::Paused));
    runtime.block_on(pause).expect("does not panic").expect("pauses");
}

/// A call that has been awaited once and waits.
fn waiting<T: Send + 'static>(runtime: &Runtime, mut call: Call<T>) -> Call<T> {
    assert!(!begin(runtime, &mut call), "waits");
    call
}

/// The answer of a call that must not wait for anybody.
fn answer<T>(runtime: &Runtime, call: Call<T>) -> mindkeep::Result<T> {
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), call).await }).expect("answers")
}

#[test]
fn outside_of_a_runtime_a_call_is_an_error() {
    let call = in_memory().stats();
    let ready = pin!(call).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(ready, Poll::Ready(Err(Error::NoRuntime)));
}

#[test]
fn calls_and_streams_go_between_threads() {
    fn goes<T: Send + 'static>(_: &T) {}
    let store = in_memory();
    goes(&store.stats());
    goes(&store.persona("ada").history(&mindkeep::Kind::FACT, "drink"));
    goes(&store.timeline_stream(Timeline::new()));
    goes(&AsyncStore::restore_backup("from", "to", Backup::new()));
}

#[test]
fn questions_to_the_graph_keep_to_their_limits() {
    let store = in_memory();
    let runtime = threads(2);
    let lines: String = (0..300)
        .map(|n| format!("{{\"type\":\"entity\",\"name\":\"{n}\"}}\n"))
        .chain((0..300).flat_map(|n| {
            [1, 7, 31].map(|step| {
                let to = (n + step) % 300;
                format!("{{\"type\":\"relation\",\"label\":\"met\",\"from\":\"{n}\",\"to\":\"{to}\"}}\n")
            })
        }))
        .collect();
    runtime.block_on(store.import(Cursor::new(lines), Import::new())).expect("imports");
    let known = runtime.block_on(store.persona("ada").graph(|graph| Ok((graph.len()?, graph.relations()?))));
    assert_eq!(known, Ok((300, 900)));
    // Dropped while it asks again and again: the next question is not answered.
    let (inside, begun) = mpsc::channel();
    let (ended, end) = mpsc::channel();
    let asking = runtime.spawn(store.graph(move |graph| {
        inside.send(()).expect("the test waits");
        loop {
            if let Err(error) = graph.rank().run() {
                ended.send(error.clone()).expect("the test waits");
                return Err::<(), _>(error);
            }
        }
    }));
    begun.recv().expect("begins");
    asking.abort();
    assert_eq!(end.recv(), Ok(Error::Cancelled));
    let late = store.with_deadline(Duration::ZERO).graph(|graph| graph.len());
    assert_eq!(runtime.block_on(late), Err(Error::DeadlineExceeded));
    runtime.block_on(store.pause(Duration::from_secs(5))).expect("pauses");
    assert_eq!(runtime.block_on(store.graph(|graph| graph.len())), Err(Error::Paused));
}
