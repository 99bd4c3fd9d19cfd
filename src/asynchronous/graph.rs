//! What do the personas know, asked without holding up a thread?

use super::{AsyncPersona, AsyncStore, Call};
use crate::error::Result;
use crate::graph::Graph;

/// The knowledge graph.
impl AsyncStore {
    /// Asks what all personas share, any number of questions in one call; see [`Store::graph`](crate::Store::graph).
    ///
    /// Dropping the call, or its deadline, stops the question that is being answered. A handle that is taken out of `ask` is
    /// stopped, too: one that is to last comes from [`AsyncStore::blocking`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> mindkeep::Result<()> {
    /// # use mindkeep::*;
    /// let store = AsyncStore::from(Store::builder().open_in_memory()?);
    /// store.import(&br#"{"type":"entity","name":"London"}"#[..], Import::new()).await?;
    /// let ranks = store.graph(|graph| graph.rank().run()).await?;
    /// assert_eq!(ranks.iter().next().unwrap().name, "London");
    /// # Ok(()) }
    /// ```
    pub fn graph<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Graph) -> Result<T> + Send + 'static,
    ) -> Call<T> {
        self.read(move |store| ask(&store.graph()))
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
}
