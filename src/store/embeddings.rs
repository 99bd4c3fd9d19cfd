//! How do memories get the vectors that they are recalled by?

use std::sync::Arc;

use super::{Persona, Store};
use crate::error::{Error, Result};
use crate::memory::{self, EmbeddingModel, EmbeddingsSet, NewEmbedding, PendingEmbedding};
use crate::model::limits::IDS_MAX;
use crate::model::{Embedding, Filter, MemoryId};
use crate::recall::{Hits, Missing, Recall};
use crate::storage::ReadTx;
use crate::telemetry::Operation;

/// An embedding model that answers at once, for [`Store::embed_pending`]: many texts at a time, and documents told from questions, which
/// some models want to know.
///
/// ```
/// use mindkeep::{Embedder, NewMemory, Recall, Result, Store};
///
/// struct Letters; // how often each vowel comes
/// impl Embedder for Letters {
///     fn model(&self) -> &str { "vowels-5d" }
///     fn embed_documents(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
///         let count = |text: &str, vowel| text.matches(vowel).count() as f32;
///         Ok(texts.iter().map(|text| ["a", "e", "i", "o", "u"].map(|vowel| count(text, vowel)).to_vec()).collect())
///     }
/// }
///
/// let store = Store::builder().open_in_memory()?;
/// store.remember(NewMemory::new("Moths at the lamp."))?;
/// assert_eq!(store.embed_pending(&Letters, 100)?, 1);
/// let question = store.question_vector(&Letters, "a lamp?")?;
/// assert_eq!(store.recall(Recall::new("").vector("vowels-5d", &question))?.len(), 1);
/// # Ok::<(), mindkeep::Error>(())
/// ```
pub trait Embedder {
    /// Its name in the store: id, revision and pooling.
    fn model(&self) -> &str;

    /// A vector for each text, in order, all of one dimension.
    ///
    /// # Errors
    /// Whatever the model fails with, as [`Error::Conflict`] or another that says what; nothing of the batch is kept then.
    fn embed_documents(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>>;

    /// The vector of a question; unless said, as of a document.
    ///
    /// # Errors
    /// As [`Embedder::embed_documents`].
    fn embed_question(&self, question: &str) -> Result<Vec<f32>> {
        let vector = self.embed_documents(&[question])?.pop();
        vector.ok_or(Error::invalid("embedder", "gave no vector for a question"))
    }
}

/// Texts that an [`Embedder`] is given at once.
const TEXTS_AT_ONCE: usize = 64;

/// Embeddings.
impl Store {
    /// Memories without a vector by a model, the oldest in the store first: what to embed next. Nothing is held meanwhile: embed them however
    /// long it takes, and hand the vectors to [`Store::set_embeddings`]. Forgotten, superseded and expired memories are not among them.
    ///
    /// # Errors
    /// `InvalidInput` for a limit outside 1 to 10,000.
    ///
    /// ```
    /// use mindkeep::{NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("A kettle on the hob."))?;
    /// assert_eq!(store.pending_embeddings("tiny-3d", 10)?.len(), 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn pending_embeddings(&self, model: &str, limit: usize) -> Result<Vec<PendingEmbedding>> {
        self.measured_snapshot(Operation::Embed, |read| {
            let pending = memory::pending(read, model, limit)?;
            let rows = pending.len() as u64;
            Ok((pending, rows))
        })
    }

    /// Takes vectors in, up to 10,000 in one transaction, in place of those that the memories have by the model. What has changed since it was pending is left
    /// out, and pending again.
    ///
    /// # Errors
    /// `InvalidInput` for a vector that is none, or of another dimension than the model's others; nothing is kept then.
    ///
    /// ```
    /// use mindkeep::{Embedding, NewEmbedding, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let id = store.remember(NewMemory::new("Tea."))?.id;
    /// let set = store.set_embeddings(vec![NewEmbedding::new(id, Embedding::f32("tiny-2d", &[0.6, 0.8]))])?;
    /// assert_eq!(set.set, 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn set_embeddings(&self, embeddings: Vec<NewEmbedding>) -> Result<EmbeddingsSet> {
        self.measure(Operation::Embed, || {
            if embeddings.len() > IDS_MAX {
                return Err(Error::invalid("embeddings", "are over 10,000"));
            }
            let embeddings: Arc<[NewEmbedding]> = embeddings.into();
            let set = self.write(move |tx| memory::set_embeddings(tx, &embeddings))?;
            Ok((set, set.set))
        })
    }

    /// A question as an embedding model is to be asked: without the names of those who speak in the memories of the personas that the filter
    /// names, which would make turns that greet them the nearest of all.
    ///
    /// ```
    /// use mindkeep::{Filter, Metadata, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("I paint.").metadata(Metadata::parse(r#"{"speaker": "Melanie"}"#)?))?;
    /// let text = store.text_to_embed("When did Melanie paint a sunrise?", &Filter::default())?;
    /// assert_eq!(text, "When did paint a sunrise?");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn text_to_embed(&self, question: &str, filter: &Filter) -> Result<String> {
        let look = |read: &ReadTx<'_>| memory::question_to_embed(read, question, filter);
        self.measured_snapshot(Operation::Embed, |read| Ok((look(read)?, 1)))
    }

    /// The models that there are vectors by, by name, and how far each has come. Looks at every memory: for a page of settings, not for each question.
    ///
    /// ```
    /// assert!(mindkeep::Store::builder().open_in_memory()?.embedding_models()?.is_empty());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn embedding_models(&self) -> Result<Vec<EmbeddingModel>> {
        self.measured_snapshot(Operation::Embed, |read| {
            let models = memory::models(read)?;
            let rows = models.len() as u64;
            Ok((models, rows))
        })
    }

    /// Takes the vectors of a model out of recall, at once; [`Store::maintain`] then frees their space, and the model is gone. To go over to another model, fill that
    /// one first, ask by it when [`Store::pending_embeddings`] has no more, and drop the old one then: recall never has a gap.
    ///
    /// # Errors
    /// `NotFound` if there is no such model.
    ///
    /// ```
    /// use mindkeep::{Budget, Embedding, NewMemory, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("Tea.").embedding(Embedding::f32("tiny-2d", &[0.6, 0.8])))?;
    /// store.drop_embedding_model("tiny-2d")?;
    /// store.maintain(Budget::all())?;
    /// assert!(store.embedding_models()?.is_empty());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn drop_embedding_model(&self, model: &str) -> Result<()> {
        self.measure(Operation::Embed, || {
            let model = model.to_owned();
            let was_there = self.write(move |tx| memory::drop_model(tx, &model))?;
            if was_there { Ok(((), 1)) } else { Err(Error::NotFound { what: "embedding model" }) }
        })
    }

    /// Embeds up to so many pending memories with a model that answers at once. Returns how many were. Each batch of 64 is kept before the next is
    /// made, so that whoever stops loses little.
    ///
    /// # Errors
    /// What the model fails with; `InvalidInput` if it gives another number of vectors than of texts, and at the end, when all others are kept, if it gave
    /// vectors that are none: with their number, and the id of the first memory. Those stay pending.
    ///
    /// ```
    /// use mindkeep::{Embedder, Store};
    /// fn keep_up(store: &Store, model: &dyn Embedder) -> mindkeep::Result<()> {
    ///     while store.embed_pending(model, 1_000)? > 0 {}
    ///     Ok(())
    /// }
    /// ```
    pub fn embed_pending(&self, embedder: &dyn Embedder, limit: usize) -> Result<u64> {
        let (mut done, mut after) = (0, 0);
        let mut refused: Vec<(MemoryId, Error)> = Vec::new();
        while done < limit as u64 {
            let most = TEXTS_AT_ONCE.min(limit - done as usize);
            let (pending, last) = self.measured_snapshot(Operation::Embed, |read| {
                let found = memory::pending_after(read, embedder.model(), after, most)?;
                let rows = found.0.len() as u64;
                Ok((found, rows))
            })?;
            if pending.is_empty() {
                break;
            }
            after = last;
            let texts: Vec<&str> = pending.iter().map(|pending| pending.text.as_str()).collect();
            let vectors = embedder.embed_documents(&texts)?;
            if vectors.len() != pending.len() {
                return Err(Error::invalid("embedder", "gave another number of vectors than of texts"));
            }
            let embeddings = pending.iter().zip(vectors).map(|(pending, vector)| {
                NewEmbedding::of(pending, Embedding::f32(embedder.model(), &vector))
            });
            let embeddings: Vec<NewEmbedding> = embeddings.collect();
            match self.set_embeddings(embeddings.clone()) {
                Ok(set) => done += set.set,
                // One bad vector costs no other.
                Err(Error::InvalidInput { .. }) => {
                    for embedding in embeddings {
                        let id = embedding.id;
                        match self.set_embeddings(vec![embedding]) {
                            Ok(set) => done += set.set,
                            Err(error @ Error::InvalidInput { .. }) => refused.push((id, error)),
                            Err(error) => return Err(error),
                        }
                    }
                }
                Err(error) => return Err(error),
            }
        }
        match refused.first() {
            None => Ok(done),
            Some((id, error)) => {
                let count = refused.len();
                let reason =
                    format!("gave {count} vectors that are none; the first, of the memory {id}: {error}");
                Err(Error::invalid("embedder", reason))
            }
        }
    }

    /// The best memories for a question, by the vector that a model makes of it at once, without the names of those who speak ([`Store::text_to_embed`]).
    /// If the model fails, or its vector cannot be asked, all the rest answers, and the hits say so ([`Missing::Embedder`]).
    ///
    /// Without a text to embed (an empty question, [`Recall::like`]) the model is not asked.
    ///
    /// # Errors
    /// As [`Store::recall`], but for what is wrong with the vector.
    ///
    /// ```
    /// use mindkeep::{Embedder, Error, Missing, NewMemory, Recall, Result, Store};
    ///
    /// struct Offline;
    /// impl Embedder for Offline {
    ///     fn model(&self) -> &str { "far-away" }
    ///     fn embed_documents(&self, _: &[&str]) -> Result<Vec<Vec<f32>>> { Err(Error::Unavailable { doing: "embedding" }) }
    /// }
    ///
    /// let store = Store::builder().open_in_memory()?;
    /// store.remember(NewMemory::new("Moths at the lamp."))?;
    /// let hits = store.recall_with(&Offline, Recall::new("lamp"))?;
    /// assert_eq!(hits.len(), 1); // by its words
    /// assert_eq!(hits.missing, [Missing::Embedder(Error::Unavailable { doing: "embedding" })]);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn recall_with(&self, embedder: &dyn Embedder, recall: Recall) -> Result<Hits> {
        let text = self.text_to_embed(recall.question(), &recall.filter)?;
        if text.trim().is_empty() {
            return self.recall(recall);
        }
        let failed = match embedder.embed_question(&text) {
            Ok(vector) => match self.recall(recall.clone().vector(embedder.model(), &vector)) {
                Err(failed @ Error::InvalidInput { field: "vector" | "model", .. }) => failed,
                answered => return answered,
            },
            Err(failed) => failed,
        };
        let mut hits = self.recall(recall)?;
        hits.missing.push(Missing::Embedder(failed));
        Ok(hits)
    }

    /// The vector of a question by a model that answers at once, to ask with [`Recall::vector`](crate::Recall::vector); names of speakers of the default
    /// persona are left out of it as [`Store::text_to_embed`] says.
    ///
    /// # Errors
    /// What the model fails with. [`Store::recall_with`] answers without a vector then.
    ///
    /// ```
    /// use mindkeep::{Embedder, Recall, Store};
    /// fn ask(store: &Store, model: &dyn Embedder, question: &str) -> mindkeep::Result<mindkeep::Hits> {
    ///     let vector = store.question_vector(model, question)?;
    ///     store.recall(Recall::new(question).vector(model.model(), &vector))
    /// }
    /// ```
    pub fn question_vector(&self, embedder: &dyn Embedder, question: &str) -> Result<Vec<f32>> {
        embedder.embed_question(&self.text_to_embed(question, &Filter::default())?)
    }
}

impl Persona {
    /// This persona's best memories for a question, by the vector that a model makes of it; see [`Store::recall_with`].
    ///
    /// ```
    /// use mindkeep::{Embedder, Hits, Persona, Recall};
    /// fn ask(persona: &Persona, model: &dyn Embedder, question: &str) -> mindkeep::Result<Hits> {
    ///     persona.recall_with(model, Recall::new(question))
    /// }
    /// ```
    pub fn recall_with(&self, embedder: &dyn Embedder, mut recall: Recall) -> Result<Hits> {
        recall.filter.personas = self.scope();
        self.store.recall_with(embedder, recall)
    }

    /// A question as an embedding model is to be asked of this persona; see [`Store::text_to_embed`].
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert_eq!(store.persona("ada").text_to_embed("Where is Biscuit?")?, "Where is Biscuit?");
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn text_to_embed(&self, question: &str) -> Result<String> {
        let filter = Filter { personas: self.scope(), ..Filter::default() };
        self.store.text_to_embed(question, &filter)
    }
}
