//! What becomes of a write that is not wanted any more? It never begins, or it is finished and says so.

mod ground;

use std::io::Read;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use ground::{Dice, assert_sound, raw, seed, times};
use mindkeep::{Cancel, Error, Filter, Import, NewMemory, Store};
use tempfile::TempDir;

fn in_file(home: &TempDir) -> Store {
    Store::builder().busy_wait(Duration::from_secs(600)).open(home.path().join("memories.db")).expect("opens")
}

/// An input that holds the write connection, as a strict import does, until it is let go.
struct Held(Sender<()>, Receiver<()>);

impl Read for Held {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        let _ = self.0.send(());
        let _ = self.1.recv();
        Ok(0)
    }
}

/// Runs `work` while another call has the write connection; what it returns may wait for that to end.
fn while_writing<T>(store: &Store, work: impl FnOnce() -> T) -> T {
    let (here, begun) = channel();
    let (release, wait) = channel();
    thread::scope(|scope| {
        let holder = scope.spawn(|| store.import(Two(Held(here, wait), false), Import::new().strict()));
        begun.recv().expect("begins");
        let result = work();
        drop(release);
        holder.join().expect("does not panic").expect("imports nothing");
        result
    })
}

/// A first line, so that the transaction begins before the input is waited for.
struct Two(Held, bool);

impl Read for Two {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if std::mem::replace(&mut self.1, true) {
            return self.0.read(buffer);
        }
        buffer[..1].copy_from_slice(b"\n");
        Ok(1)
    }
}

#[test]
fn a_write_in_the_queue_gives_up_at_its_deadline() {
    let home = tempfile::tempdir().expect("makes a folder");
    let store = in_file(&home);
    let hurried = store.with_deadline(Duration::from_millis(5));
    while_writing(&store, || {
        // All wait at once, and the connection is not given back before each has its answer.
        let waiting: Vec<_> = (0..16)
            .map(|n| {
                let hurried = hurried.clone();
                thread::spawn(move || hurried.remember(NewMemory::new(format!("Too late {n}."))))
            })
            .collect();
        for result in waiting {
            assert_eq!(result.join().expect("does not panic"), Err(Error::DeadlineExceeded));
        }
    });
    store.remember(NewMemory::new("In time.")).expect("the queue goes on");
    assert_eq!(store.count(&Filter::default()), Ok(1));
}

#[test]
fn a_write_in_the_queue_that_was_cancelled_never_begins_and_holds_up_nobody() {
    let home = tempfile::tempdir().expect("makes a folder");
    let store = in_file(&home);
    let cancel = Cancel::new();
    let cancelled = store.with_cancel(&cancel);
    let results: Vec<_> = while_writing(&store, || {
        let threads: Vec<_> = (0..32)
            .map(|n| {
                let handle = if n % 2 == 0 { cancelled.clone() } else { store.clone() };
                thread::spawn(move || (n, handle.remember(NewMemory::new(format!("Number {n}."))).map(drop)))
            })
            .collect();
        cancel.cancel();
        threads
    })
    .into_iter()
    .map(|thread| thread.join().expect("does not panic"))
    .collect();
    for (n, result) in results {
        assert_eq!(result, if n % 2 == 0 { Err(Error::Cancelled) } else { Ok(()) });
    }
    assert_eq!(store.count(&Filter::default()), Ok(16));
    assert_sound(&store);
}

#[test]
fn the_wait_for_another_process_ends_at_the_deadline_of_each() {
    let home = tempfile::tempdir().expect("makes a folder");
    let store = in_file(&home);
    let other = raw(&home.path().join("memories.db"));
    other.execute_batch("BEGIN IMMEDIATE").expect("locks the file");
    let patient = thread::spawn({
        let store = store.clone();
        move || store.remember(NewMemory::new("I can wait."))
    });
    let hurried = store.with_deadline(Duration::from_millis(20));
    for _ in 0..3 {
        assert_eq!(hurried.remember(NewMemory::new("I cannot.")), Err(Error::DeadlineExceeded));
    }
    other.execute_batch("COMMIT").expect("lets the file go");
    patient.join().expect("does not panic").expect("keeps");
    assert_eq!(store.count(&Filter::default()), Ok(1));
}

#[test]
fn a_write_is_kept_if_and_only_if_it_says_so() {
    let home = tempfile::tempdir().expect("makes a folder");
    let store = in_file(&home);
    let kept: u64 = thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|thread| {
                let store = &store;
                scope.spawn(move || {
                    let mut dice = Dice(seed() + thread);
                    let mut kept = 0;
                    for n in 0..times("ROUNDS", 50, 2_000) {
                        let hurried = store.with_deadline(Duration::from_micros(dice.below(3_000)));
                        let key = format!("{thread} {n}");
                        let result = hurried.remember(NewMemory::new("Kept or not.").key(&*key));
                        let there = store.count(&Filter { key: Some(key), ..Filter::default() });
                        match (result, there.expect("counts")) {
                            (Ok(_), 1) => kept += 1,
                            (Err(Error::DeadlineExceeded), 0) => {}
                            other => panic!("{other:?}"),
                        }
                    }
                    kept
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("does not panic")).sum()
    });
    assert_eq!(store.count(&Filter::default()), Ok(kept));
    assert_sound(&store);
}
