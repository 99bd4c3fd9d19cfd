//! How do answers come one by one?

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::{AsyncStore, Call};
use crate::error::Result;
use crate::memory::{Page, Timeline};
use crate::model::Memory;
use crate::storage::{Notice, Notices};

/// The memories of a timeline, read page by page as they are asked for. Dropping it ends the reading.
///
/// It goes on where it was even if memories are written meanwhile, and ends after the first error.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
/// use mindkeep::{AsyncStore, NewMemory, Timeline};
/// let store = AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
/// store.remember_all((1..=120).map(|n| NewMemory::new(format!("Step {n}.")))).await?;
/// let mut steps = store.timeline_stream(Timeline::new().limit(50));
/// let mut count = 0;
/// while let Some(memory) = steps.next().await {
///     count += usize::from(memory?.content.starts_with("Step"));
/// }
/// assert_eq!(count, 120);
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "nothing is read until it is asked for"]
pub struct TimelineStream {
    store: AsyncStore,
    question: Option<Timeline>,
    coming: Option<Call<Page>>,
    page: std::vec::IntoIter<Memory>,
}

impl TimelineStream {
    pub(super) fn new(store: AsyncStore, question: Timeline) -> Self {
        Self { store, question: Some(question), coming: None, page: Vec::new().into_iter() }
    }

    /// The next memory; `None` at the end.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// use mindkeep::{AsyncStore, Timeline};
    /// let store = AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
    /// assert!(store.timeline_stream(Timeline::new()).next().await.is_none());
    /// # Ok(()) }
    /// ```
    pub async fn next(&mut self) -> Option<Result<Memory>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for TimelineStream {
    type Item = Result<Memory>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(memory) = this.page.next() {
                return Poll::Ready(Some(Ok(memory)));
            }
            let Some(asked) = &this.question else { return Poll::Ready(None) };
            let coming = this.coming.get_or_insert_with(|| this.store.timeline(asked.clone()));
            let Poll::Ready(answer) = Pin::new(coming).poll(context) else { return Poll::Pending };
            this.coming = None;
            match answer {
                Ok(Page { memories, next }) => {
                    this.question = this.question.take().zip(next).map(|(asked, cursor)| asked.after(cursor));
                    this.page = memories.into_iter();
                }
                Err(error) => {
                    this.question = None;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

/// Notices of changes as they come, without a thread that waits. It ends when the store is closed; it does not keep it
/// open itself. Dropping it ends the subscription.
///
/// Commits of this process come by themselves, those of others with [`AsyncStore::poll_notices`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
/// use mindkeep::{AsyncStore, NewMemory};
/// let store = AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
/// let mut notices = store.notices().await?;
/// store.persona("ada").remember(NewMemory::new("Hello.")).await?;
/// assert_eq!(notices.next().await.unwrap().persona.unwrap().as_str(), "ada");
/// drop(store);
/// assert!(notices.next().await.is_none());
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct NoticeStream(Notices);

impl NoticeStream {
    pub(super) fn new(notices: Notices) -> Self {
        Self(notices)
    }

    /// The next notice; `None` once the store is closed.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// let store = mindkeep::AsyncStore::from(mindkeep::Store::builder().open_in_memory()?);
    /// let mut notices = store.notices().await?;
    /// drop(store);
    /// assert!(notices.next().await.is_none());
    /// # Ok(()) }
    /// ```
    pub async fn next(&mut self) -> Option<Notice> {
        poll_fn(|context| self.0.poll_next(context)).await
    }
}

impl Stream for NoticeStream {
    type Item = Notice;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Notice>> {
        self.0.poll_next(context)
    }
}
