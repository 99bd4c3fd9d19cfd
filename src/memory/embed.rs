//! Which memories still want a vector, and how do they get one?
//!
//! Embedding is pull: an app asks what is pending, embeds it however and whenever it likes, with nothing held, and hands vectors in. What
//! has changed meanwhile is told by the digest of its text, and stays pending. Of each model the file says up to which memory all have a vector,
//! so that nobody looks at a million memories to find the last ten.

use rusqlite::OptionalExtension;

use super::rows::{self, LIVE};
use super::select::Selection;
use super::{speakers, vectors};
use crate::codec;
use crate::error::{Error, Result};
use crate::index::vectors as codes;
use crate::model::limits::{IDS_MAX, QUESTION_BYTES_MAX};
use crate::model::{Embedding, Filter, MemoryId};
use crate::storage::{Change, DROPPED, ReadTx, Summed, Thing, WriteTx};

/// A memory without a vector by a model.
///
/// ```
/// use mindkeep::{Embedding, NewEmbedding, NewMemory, Store};
/// let store = Store::builder().open_in_memory()?;
/// store.remember(NewMemory::new("A kettle on the hob."))?;
/// let pending = store.pending_embeddings("tiny-3d", 100)?;
/// assert_eq!(pending[0].text, "A kettle on the hob.");
/// let vector = Embedding::f32("tiny-3d", &[0.9, 0.1, 0.0]); // whatever the model makes of the text
/// let set = store.set_embeddings(vec![NewEmbedding::of(&pending[0], vector)])?;
/// assert_eq!((set.set, set.outdated), (1, 0));
/// assert!(store.pending_embeddings("tiny-3d", 100)?.is_empty());
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingEmbedding {
    /// Whose vector it will be.
    pub id: MemoryId,
    /// What to embed: who says it, the content, and what a photo with it shows. Ranges of passages are of the content alone. Where only the metadata
    /// changes afterwards the vector stays, since it may have been made without; whoever wants another sets it.
    pub text: String,
    /// Tells this text from any other that the memory had or will have.
    pub digest: u64,
}

/// A vector for a memory that was pending; see [`PendingEmbedding`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NewEmbedding {
    /// Whose it is.
    pub id: MemoryId,
    /// Of which text it was made; `None` if that does not matter.
    pub digest: Option<u64>,
    /// The vector, or one for each passage.
    pub embedding: Embedding,
}

impl NewEmbedding {
    /// Of what was pending.
    ///
    /// ```
    /// use mindkeep::{Embedding, NewEmbedding, PendingEmbedding};
    /// fn embedded(pending: &PendingEmbedding) -> NewEmbedding {
    ///     NewEmbedding::of(pending, Embedding::f32("tiny-2d", &[0.6, 0.8]))
    /// }
    /// ```
    pub fn of(pending: &PendingEmbedding, embedding: Embedding) -> Self {
        Self { id: pending.id, digest: Some(pending.digest), embedding }
    }

    /// For any memory, in place of the vectors that it may have by the model.
    ///
    /// ```
    /// use mindkeep::{Embedding, MemoryId, NewEmbedding};
    /// let embedding = NewEmbedding::new(MemoryId::from_bytes([1; 16]), Embedding::f32("tiny-2d", &[0.6, 0.8]));
    /// ```
    pub fn new(id: MemoryId, embedding: Embedding) -> Self {
        Self { id, digest: None, embedding }
    }
}

/// What became of vectors that were handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EmbeddingsSet {
    /// Those that are kept, and found by the next recall.
    pub set: u64,
    /// Those of a text that has changed meanwhile: it is pending again.
    pub outdated: u64,
    /// Those of memories that are not there any more.
    pub missing: u64,
}

/// An embedding model, by what the store knows of it.
///
/// ```
/// use mindkeep::{Embedding, NewMemory, Store};
/// let store = Store::builder().open_in_memory()?;
/// store.remember(NewMemory::new("Tea.").embedding(Embedding::f32("tiny-2d", &[0.6, 0.8])))?;
/// store.remember(NewMemory::new("Milk."))?;
/// let models = store.embedding_models()?;
/// assert_eq!((models[0].name.as_str(), models[0].dimensions, models[0].vectors), ("tiny-2d", 2, 1));
/// assert_eq!((models[0].memories, models[0].pending), (1, 1));
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmbeddingModel {
    /// Id, revision and pooling.
    pub name: String,
    /// Numbers of one vector.
    pub dimensions: u64,
    /// How many vectors there are by it, those of forgotten and superseded memories included.
    pub vectors: u64,
    /// How many live memories have one or more; 0 if it was dropped.
    pub memories: u64,
    /// How many have none: as many as [`Store::pending_embeddings`](crate::Store::pending_embeddings) goes through.
    pub pending: u64,
    /// It was dropped, and upkeep has still to take its vectors away: nothing else sees them any more, and another may have its name.
    pub is_dropped: bool,
}

/// Live memories that have no vector by a model, the oldest in the store first.
pub(crate) fn pending(read: &ReadTx<'_>, model: &str, limit: usize) -> Result<Vec<PendingEmbedding>> {
    Ok(pending_after(read, model, 0, limit)?.0)
}

/// The same behind a memory's number, with the number of the last.
pub(crate) fn pending_after(
    read: &ReadTx<'_>,
    model: &str,
    after: i64,
    limit: usize,
) -> Result<(Vec<PendingEmbedding>, i64)> {
    if !(1..=IDS_MAX).contains(&limit) {
        return Err(Error::invalid("limit", "is not between 1 and 10,000"));
    }
    let conn = read.conn();
    let sql = "SELECT model_id, done_to FROM embedding_model WHERE name = ?1";
    let known =
        conn.prepare_cached(sql)?.query_row([model], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (model_id, done_to): (i64, i64) = known.unwrap_or((0, 0));
    let mut statement = conn.prepare_cached(&format!(
        "SELECT m.memory_id FROM memory AS m
          WHERE m.memory_id > ?1 AND {LIVE} AND (m.expires_at IS NULL OR m.expires_at > ?3)
            AND NOT EXISTS (SELECT 1 FROM memory_vector AS v WHERE v.memory_id = m.memory_id AND v.model_id = ?2)
          ORDER BY m.memory_id LIMIT ?4"
    ))?;
    let ids = statement
        .query_map((done_to.max(after), model_id, read.now().as_millis(), limit as i64), |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    let rows = super::get_rows(read, &ids)?.into_iter();
    let pending = rows.map(|row| {
        let text = speakers::text_to_embed(&row.memory);
        PendingEmbedding { id: row.memory.id, digest: codec::hash(text.as_bytes()), text }
    });
    Ok((pending.collect(), ids.last().copied().unwrap_or(after)))
}

/// A question as a model is to be asked of the personas of a filter.
pub(crate) fn question_to_embed(read: &ReadTx<'_>, question: &str, filter: &Filter) -> Result<String> {
    if question.len() > QUESTION_BYTES_MAX {
        return Err(Error::invalid("question", "is over 64 KiB"));
    }
    filter.check()?;
    let selection = Selection::resolve(read, filter)?;
    let names = speakers::speakers(read.conn(), &selection.personas)?;
    Ok(speakers::without_names(question, &names))
}

/// Takes vectors in, in one transaction. All are validated before anything is written.
pub(crate) fn set_embeddings(tx: &mut WriteTx<'_>, given: &[NewEmbedding]) -> Result<EmbeddingsSet> {
    let mut done = EmbeddingsSet::default();
    let mut models = Vec::new();
    for NewEmbedding { id, digest, embedding } in given {
        let live = rows::find(
            tx,
            "m.uuid = ?1 AND m.forgotten_at IS NULL AND m.superseded_at IS NULL",
            [id.as_bytes()],
        )?;
        let Some(mut row) = live else {
            done.missing += 1;
            continue;
        };
        let text = speakers::text_to_embed(&row.memory);
        if digest.is_some_and(|digest| digest != codec::hash(text.as_bytes())) {
            done.outdated += 1;
            continue;
        }
        embedding.check(&row.memory.content)?;
        vectors::put(tx, &row, std::slice::from_ref(embedding))?;
        let model_id = vectors::model_id(tx, embedding)?;
        if !models.contains(&model_id) {
            models.push(model_id);
        }
        row.stamp = tx.next_stamp();
        row.replica_id = tx.replica_id();
        rows::restamp(tx, &row)?;
        tx.log(row.stamp, row.persona_id, Thing::Memory, Change::Update, id.as_bytes(), Some("embedding"))?;
        done.set += 1;
    }
    for model_id in models {
        go_on(tx, model_id)?;
    }
    Ok(done)
}

/// Memories that are looked at to find out how far a model is, at once.
const LOOKED_AT: i64 = 20_000;

/// Finds out how far a model is.
fn go_on(tx: &WriteTx<'_>, model_id: i64) -> Result<()> {
    tx.prepare(&format!(
        "UPDATE embedding_model SET done_to = coalesce(
             (SELECT min(m.memory_id) - 1 FROM (SELECT * FROM memory WHERE memory_id > done_to ORDER BY memory_id LIMIT ?2) AS m
               WHERE {LIVE} AND NOT EXISTS (SELECT 1 FROM memory_vector AS v WHERE v.memory_id = m.memory_id AND v.model_id = ?1)),
             (SELECT max(memory_id) FROM (SELECT memory_id FROM memory WHERE memory_id > done_to ORDER BY memory_id LIMIT ?2)),
             done_to)
          WHERE model_id = ?1"
    ))?
    .execute((model_id, LOOKED_AT))?;
    Ok(())
}

/// A memory may be without a vector again, by any model.
pub(super) fn look_again(tx: &WriteTx<'_>, memory_id: i64) -> Result<()> {
    tx.prepare("UPDATE embedding_model SET done_to = ?1 - 1 WHERE done_to >= ?1")?.execute([memory_id])?;
    Ok(())
}

/// The models that there are vectors by, by name. Every live memory is looked at once, and once more for each model that has not come to it.
pub(crate) fn models(read: &ReadTx<'_>) -> Result<Vec<EmbeddingModel>> {
    let live = format!("{LIVE} AND (m.expires_at IS NULL OR m.expires_at > ?1)");
    let mut statement = read.conn().prepare_cached(&format!(
        "SELECT name, dimensions, (SELECT count(*) FROM memory_vector AS v WHERE v.model_id = e.model_id),
                (SELECT count(*) FROM memory AS m WHERE m.memory_id > e.done_to AND {live}
                    AND NOT EXISTS (SELECT 1 FROM memory_vector AS v WHERE v.memory_id = m.memory_id AND v.model_id = e.model_id)),
                (SELECT count(*) FROM memory AS m WHERE {live})
           FROM embedding_model AS e"
    ))?;
    let models = statement.query_map([read.now().as_millis()], |row| {
        let (name, pending, live): (String, u64, u64) = (row.get(0)?, row.get(3)?, row.get(4)?);
        let dropped = name.strip_prefix(DROPPED).and_then(|name| name.split_once(' '));
        let (memories, pending) =
            if dropped.is_some() { (0, 0) } else { (live.saturating_sub(pending), pending) };
        Ok(EmbeddingModel {
            name: dropped.map_or(name.as_str(), |(_, name)| name).to_owned(),
            dimensions: row.get(1)?,
            vectors: row.get(2)?,
            memories,
            pending,
            is_dropped: dropped.is_some(),
        })
    })?;
    let mut models: Vec<EmbeddingModel> = models.collect::<rusqlite::Result<_>>()?;
    models.sort_by(|a, b| (&a.name, a.is_dropped).cmp(&(&b.name, b.is_dropped)));
    Ok(models)
}

/// The task of upkeep that takes the vectors of a model away; its number follows.
pub(crate) const DROP_TASK: &str = "vectors:drop:";

/// Takes a model's vectors out of recall at once, and leaves the rows to upkeep. Returns whether there was one.
pub(crate) fn drop_model(tx: &mut WriteTx<'_>, name: &str) -> Result<bool> {
    let sql = "SELECT model_id FROM embedding_model WHERE name = ?1";
    let Some(model_id) = tx.prepare(sql)?.query_row([name], |row| row.get::<_, i64>(0)).optional()? else {
        return Ok(false);
    };
    codes::drop_model(tx, model_id)?;
    // Whoever goes on with a model of this name begins anew.
    tx.prepare("UPDATE embedding_model SET name = ?2 || model_id || ' ' || name WHERE model_id = ?1")?
        .execute((model_id, DROPPED.to_string()))?;
    tx.forget_model(name);
    tx.prepare(
        "INSERT OR REPLACE INTO upkeep (task, done_to, target)
         SELECT ?1 || ?2, 0, max((SELECT coalesce(max(vector_id), 0) FROM memory_vector), 1)",
    )?
    .execute((DROP_TASK, model_id))?;
    Ok(true)
}

/// Takes away the vectors of a dropped model after a number and up to another, and at the end the model.
pub(crate) fn drop_step(tx: &mut WriteTx<'_>, task: &str, after: i64, to: i64) -> Result<()> {
    let Some(model_id) = task.strip_prefix(DROP_TASK).and_then(|id| id.parse::<i64>().ok()) else {
        return Ok(());
    };
    let gone: Vec<i64> = tx
        .prepare(
            "DELETE FROM memory_vector WHERE vector_id > ?1 AND vector_id <= ?2 AND model_id = ?3
             RETURNING vector_id",
        )?
        .query_map((after, to, model_id), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    gone.into_iter().for_each(|vector_id| tx.sum_gone(Summed::Vector, vector_id));
    tx.prepare(
        "DELETE FROM embedding_model WHERE model_id = ?1 AND EXISTS (SELECT 1 FROM upkeep WHERE task = ?2 AND target <= ?3)",
    )?
    .execute((model_id, task, to))?;
    Ok(())
}
