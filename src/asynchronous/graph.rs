//! What do the personas know, asked and told without holding up a thread?

use super::{AsyncPersona, AsyncStore, Call};
use crate::error::Result;
use crate::graph::{Graph, Mention};
use crate::model::MemoryId;

/// The knowledge graph.
impl AsyncStore {
    /// Asks or tells what all personas share, any number of questions and writes in one call; see
    /// [`Store::graph`](crate::Store::graph).
    ///
    /// Dropping the call, or its deadline, stops the question that is being answered; a write that has begun is finished, and a
    /// batch stops between two chunks. A handle that is taken out of `ask` is stopped, too: one that is to last comes from
    /// [`AsyncStore::blocking`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.import(&br#"{"type":"entity","name":"London"}"#[..], Import::new()).await?;
    /// store.graph(|graph| graph.relate("London", "lies on", "Thames").create_ends().save()).await?;
    /// let ranks = store.graph(|graph| graph.rank().run()).await?;
    /// assert_eq!(ranks.iter().next().unwrap().name, "Thames");
    /// # Ok(()) }
    /// ```
    pub fn graph<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Graph) -> Result<T> + Send + 'static,
    ) -> Call<T> {
        self.read(move |store| ask(&store.graph()))
    }

    /// The entities that a memory speaks of; see [`Store::mentions`](crate::Store::mentions).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.graph(|graph| graph.add_entity("London").save()).await?;
    /// let id = store.remember(NewMemory::new("Back to London.")).await?.id;
    /// assert_eq!(store.mentions(id).await?.len(), 1);
    /// # Ok(()) }
    /// ```
    pub fn mentions(&self, id: MemoryId) -> Call<Vec<Mention>> {
        self.read(move |store| store.mentions(id))
    }
}

impl AsyncPersona {
    /// Asks what this persona knows, as [`AsyncStore::graph`] does of what all share; see
    /// [`Persona::graph`](crate::Persona::graph).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// let line = br#"{"type":"entity","persona":"pepys","name":"Batten"}"#;
    /// store.import(&line[..], Import::new()).await?;
    /// let known = store.persona("pepys").graph(|graph| graph.len()).await?;
    /// assert_eq!((known, store.graph(|graph| graph.len()).await?), (1, 0));
    /// # Ok(()) }
    /// ```
    pub fn graph<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Graph) -> Result<T> + Send + 'static,
    ) -> Call<T> {
        self.read(move |persona| ask(&persona.graph()))
    }

    /// Turns off or on that names are looked for in this persona's memories; see
    /// [`Persona::find_mentions`](crate::Persona::find_mentions).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.persona("ada").find_mentions(false).await?);
    /// assert!(!store.persona("ada").finds_mentions().await?);
    /// # Ok(()) }
    /// ```
    pub fn find_mentions(&self, on: bool) -> Call<bool> {
        self.write(move |persona| persona.find_mentions(on))
    }

    /// Whether they are; see [`Persona::finds_mentions`](crate::Persona::finds_mentions).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// assert!(store.persona("ada").finds_mentions().await?);
    /// # Ok(()) }
    /// ```
    pub fn finds_mentions(&self) -> Call<bool> {
        self.read(move |persona| persona.finds_mentions())
    }
}
