//! Do several runtimes share a store without one holding up or losing the calls of another?

use std::panic::resume_unwind;
use std::sync::{Mutex, mpsc};

use mindkeep::{Error, Filter, NewMemory, Store, Timeline};
use tokio::runtime::Builder;

use super::{answer, held, in_memory, threads, waiting};

#[test]
fn a_runtime_whose_threads_are_held_holds_up_no_other() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let in_file = Store::open(folder.path().join("memories.db")).expect("opens");
    for store in [in_memory(), in_file.into()] {
        let (busy, release) = held();
        let pages: Vec<_> = (0..64).map(|_| waiting(&busy, store.timeline(Timeline::new()))).collect();
        let kept: Vec<_> =
            (0..64).map(|n| waiting(&busy, store.remember(NewMemory::new(format!("{n}"))))).collect();
        let other = threads(1);
        answer(&other, store.remember(NewMemory::new("Meanwhile."))).expect("keeps");
        assert_eq!(answer(&other, store.timeline(Timeline::new())).expect("lists").memories.len(), 1);
        drop(release);
        for page in pages {
            answer(&busy, page).expect("lists");
        }
        for memory in kept {
            answer(&busy, memory).expect("keeps");
        }
        assert_eq!(store.blocking().count(&Filter::default()), Ok(65));
    }
}

#[test]
fn a_runtime_that_ends_takes_no_calls_of_another_with_it() {
    let store = in_memory();
    // Its thread ends before it looks at what is asked of it, so that all of that is dropped with the runtime.
    let (release, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let ending = Builder::new_current_thread()
        .max_blocking_threads(1)
        .on_thread_start(move || {
            let _ = wait.lock().expect("is the only one").recv();
            resume_unwind(Box::new("no thread"));
        })
        .build()
        .expect("starts");
    let (other, go_on) = held();
    let lost: Vec<_> = (0..64).map(|_| waiting(&ending, store.remember(NewMemory::new("No.")))).collect();
    let unread: Vec<_> = (0..64).map(|_| waiting(&ending, store.stats())).collect();
    let kept = waiting(&other, store.remember(NewMemory::new("Yes.")));
    let page = waiting(&other, store.timeline(Timeline::new()));
    drop(release);
    drop(ending);
    // All of these are told, though the thread of the other runtime is still held.
    for call in lost {
        assert_eq!(answer(&other, call).map(|_| ()), Err(Error::Cancelled));
    }
    for call in unread {
        assert_eq!(answer(&other, call).map(|_| ()), Err(Error::Cancelled));
    }
    drop(go_on);
    answer(&other, kept).expect("keeps");
    answer(&other, page).expect("lists");
    assert_eq!(store.blocking().count(&Filter::default()), Ok(1));
}
