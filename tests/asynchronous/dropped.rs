//! What becomes of a call that is dropped after it began, or that panics when it is dropped?

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use mindkeep::{AsyncStore, Batch, Export, Filter, NewMemory, Repair, Store};

use super::{answer, held, in_memory, threads, waiting};

#[test]
fn a_batch_that_is_dropped_stops_between_two_chunks() {
    let store = in_memory();
    let runtime = threads(1);
    let (reached, at_250) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let given = Arc::new(AtomicU64::new(0));
    let (ended, end) = mpsc::channel::<()>();
    let memories = {
        let given = Arc::clone(&given);
        (0..1_000_000_u64).map(move |n| {
            let _held_as_long_as_the_batch = &ended;
            given.store(n, Ordering::Relaxed);
            if n == 250 {
                reached.send(()).expect("the test waits");
                let _ = wait.recv();
            }
            NewMemory::new(format!("Item {n}."))
        })
    };
    let batch = runtime.spawn(store.remember_batch(memories, Batch::new().chunk(100)));
    at_250.recv().expect("comes to item 250");
    batch.abort();
    assert!(runtime.block_on(batch).expect_err("was dropped").is_cancelled());
    drop(go_on);
    assert!(end.recv().is_err(), "the batch lets go of its items");
    // The chunk that was being gathered is not begun.
    assert_eq!(store.blocking().count(&Filter::default()), Ok(200));
    assert_eq!(given.load(Ordering::Relaxed), 299);
}

#[test]
fn a_read_that_is_dropped_stops_and_closes_its_output() {
    /// Lines that are written somewhere, until nobody wants them.
    #[derive(Debug)]
    struct Output(mpsc::Sender<usize>);
    impl std::io::Write for Output {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.send(bytes.len());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let folder = tempfile::tempdir().expect("makes a folder");
    let runtime = threads(1);
    let store = runtime.block_on(AsyncStore::open(folder.path().join("memories.db"))).expect("opens");
    let text = "Many a word. ".repeat(40);
    let memories = (0..20_000).map(move |n| NewMemory::new(format!("{n} {text}")));
    runtime.block_on(store.remember_all(memories)).expect("keeps");
    let (output, written) = mpsc::channel();
    let export = runtime.spawn(store.export(Output(output), Export::new()));
    let mut bytes = written.recv().expect("writes");
    export.abort();
    assert!(runtime.block_on(export).expect_err("was dropped").is_cancelled());
    bytes += written.iter().sum::<usize>();
    assert!(bytes < 20_000 * 520, "{bytes} bytes came although nobody wanted them");
    let (exported, Output(_)) =
        runtime.block_on(store.export(Output(mpsc::channel().0), Export::new())).expect("exports");
    assert_eq!(exported.memories, 20_000);
}

#[test]
fn a_repair_that_is_dropped_stops_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let (damaged, new) = (folder.path().join("damaged.db"), folder.path().join("new.db"));
    let text = "Many a word. ".repeat(80);
    let memories = (0..3_000).map(move |n| NewMemory::new(format!("{n} {text}")));
    Store::open(&damaged).expect("opens").remember_all(memories).expect("keeps");
    let runtime = threads(1);
    let (inside, begun) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let mut options = Repair::new();
    // Dropped with the options: then the repair has ended.
    options.on_progress(move |_| {
        inside.send(()).expect("the test waits");
        let _ = wait.recv();
        ControlFlow::Continue(())
    });
    let repair = runtime.spawn(AsyncStore::repair(&damaged, &new, options));
    begun.recv().expect("comes to page 256");
    repair.abort();
    assert!(runtime.block_on(repair).expect_err("was dropped").is_cancelled());
    drop(go_on);
    assert_eq!(begun.iter().count(), 0, "the next thing that it asks is whether it is wanted");
    let left: Vec<_> =
        folder.path().read_dir().expect("lists").flatten().map(|file| file.file_name()).collect();
    assert!(
        !new.exists() && left.iter().all(|name| name.to_string_lossy().starts_with("damaged.db")),
        "{left:?}"
    );
    let repaired = runtime.block_on(AsyncStore::repair(&damaged, &new, Repair::new())).expect("repairs");
    assert_eq!(repaired.memories.saved, 3_000);
}

#[test]
fn a_call_that_panics_when_it_is_dropped_gives_its_turn_back() {
    /// Memories that nobody may throw away.
    struct Precious;
    impl Iterator for Precious {
        type Item = NewMemory;
        fn next(&mut self) -> Option<NewMemory> {
            None
        }
    }
    impl Drop for Precious {
        fn drop(&mut self) {
            if !thread::panicking() {
                resume_unwind(Box::new("thrown away"));
            }
        }
    }
    let store = in_memory();
    let (runtime, release) = held();
    // More than there are turns.
    (0..64).for_each(|_| drop(waiting(&runtime, store.remember_all(Precious))));
    drop(release);
    answer(&runtime, store.remember(NewMemory::new("Yes."))).expect("keeps");
}
