//! Which paths of metadata are looked up on an index, asked and said without holding up a thread?

use super::{AsyncStore, Call};
use crate::health::Index;
use crate::memory::Explanation;
use crate::model::{Attribute, AttributeState, Kind};
use crate::recall::Question;

/// Declared attributes.
impl AsyncStore {
    /// Declares a path of metadata, to be filtered and sorted by on an index; see [`Store::declare`](crate::Store::declare).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.declare(Attribute::new(Kind::FACT, "year", AttributeType::Integer)).await?;
    /// # Ok(()) }
    /// ```
    pub fn declare(&self, attribute: Attribute) -> Call<()> {
        self.write(move |store| store.declare(attribute))
    }

    /// Drops a declaration; see [`Store::undeclare`](crate::Store::undeclare).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.undeclare(&Kind::FACT, "year").await.is_err());
    /// # Ok(()) }
    /// ```
    pub fn undeclare(&self, kind: &Kind, path: &str) -> Call<()> {
        let (kind, path) = (kind.clone(), path.to_owned());
        self.write(move |store| store.undeclare(&kind, &path))
    }

    /// All that is declared; see [`Store::attributes`](crate::Store::attributes).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.attributes().await?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn attributes(&self) -> Call<Vec<AttributeState>> {
        self.read(move |store| store.attributes())
    }

    /// Every index, with its size; see [`Store::indexes`](crate::Store::indexes).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(!store.indexes().await?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn indexes(&self) -> Call<Vec<Index>> {
        self.read(move |store| store.indexes())
    }

    /// Says how a question is answered; see [`Store::explain`](crate::Store::explain).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.remember(NewMemory::new("One.")).await?;
    /// assert!(!store.explain(Timeline::new()).await?.steps.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn explain(&self, question: impl Into<Question>) -> Call<Explanation> {
        let question = question.into();
        self.read(move |store| store.explain(question))
    }
}
