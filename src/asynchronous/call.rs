//! How does a call leave the caller's thread, and how does it stop?
//!
//! It waits in line without a thread, then runs on one of tokio's threads for blocking work. A call that is dropped, or
//! whose deadline passes, never begins. If it has begun, the limits of the store's handle stop it, and its own answer says
//! whether it was stopped.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::turns::Turns;
use crate::error::{Error, Result};
use crate::storage::Cancel;
use crate::store::Store;

/// A call that is on its way. Nothing happens until it is awaited; dropping it stops the work. It runs on a thread of the
/// runtime in which it is first awaited.
///
/// A read stops at once, a write that has not begun never begins, one that has begun is finished, and a batch stops
/// between two chunks.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
/// use mindkeep::{AsyncStore, NewMemory, Timeline};
/// let store = AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
/// store.remember(NewMemory::new("Kettle on at four.")).await?;
/// drop(store.remember(NewMemory::new("Never kept.")));
/// assert_eq!(store.timeline(Timeline::new()).await?.memories.len(), 1);
/// # Ok(()) }
/// ```
#[must_use = "nothing happens until it is awaited"]
pub struct Call<T> {
    answer: Pin<Box<dyn Future<Output = Result<T>> + Send>>,
    cancel: Cancel,
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("cancelled", &self.cancel.is_cancelled()).finish_non_exhaustive()
    }
}

impl<T> Future for Call<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        self.answer.as_mut().poll(context)
    }
}

impl<T> Drop for Call<T> {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl<T: Send + 'static> Call<T> {
    /// `work` on the store, with the limits of this handle from now on, when its turn comes.
    pub(super) fn new(
        store: &Store,
        turns: Option<&Arc<Turns>>,
        work: impl FnOnce(&Store) -> Result<T> + Send + 'static,
    ) -> Self {
        let deadline = store.deadline().and_then(|after| Instant::now().checked_add(after));
        let cancel = Cancel::below(store.cancel());
        let store = store.with_cancel(&cancel);
        let run = move || {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            match left {
                Some(left) => work(&store.with_deadline(left)),
                None => work(&store),
            }
        };
        Self::in_turn(turns.cloned(), deadline, cancel, run)
    }

    /// `work` that has no store yet.
    pub(super) fn apart(work: impl FnOnce(&Cancel) -> Result<T> + Send + 'static) -> Self {
        let cancel = Cancel::new();
        let own = cancel.clone();
        Self::in_turn(None, None, cancel, move || work(&own))
    }

    fn in_turn(
        turns: Option<Arc<Turns>>,
        deadline: Option<Instant>,
        cancel: Cancel,
        run: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Self {
        let wanted = cancel.clone();
        let answer = Box::pin(async move {
            let runtime = Handle::try_current().map_err(|_| Error::NoRuntime)?;
            let ticket = Ticket::default();
            let theirs = ticket.clone();
            let (tell, mut told) = oneshot::channel();
            let job = Box::new(move || {
                if !wanted.is_cancelled() && theirs.take() {
                    // Whoever awaits it panics; nobody may be there any more.
                    let _ = tell.send(catch_unwind(AssertUnwindSafe(run)));
                }
            });
            match turns {
                Some(turns) => turns.enter(&runtime, job),
                None => drop(runtime.spawn_blocking(job)),
            }
            // A call that waits keeps nothing of a runtime that ends.
            drop(runtime);
            let ended = match deadline {
                None => told.await,
                Some(deadline) => match tokio::time::timeout_at(deadline.into(), &mut told).await {
                    Ok(ended) => ended,
                    Err(_) if ticket.take() => return Err(Error::DeadlineExceeded),
                    // It has begun, and knows its deadline.
                    Err(_) => told.await,
                },
            };
            match ended {
                Ok(Ok(result)) => result,
                Ok(Err(panic)) => resume_unwind(panic),
                // The handle was cancelled before its turn came, or the runtime shuts down.
                Err(_) => Err(Error::Cancelled),
            }
        });
        Self { answer, cancel }
    }
}

/// Leave to begin, for one of two: the work, or the caller who has waited long enough.
#[derive(Clone, Default)]
struct Ticket(Arc<AtomicBool>);

impl Ticket {
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}
