//! How are very many memories written?
//!
//! In chunks, one transaction each, so that memory stays constant, a crash loses at most the chunk that was not
//! acknowledged, and other writers get in between. An item that is not valid is refused alone.

use std::ops::ControlFlow;

use super::remember::{Incoming, remember};
use crate::error::{Error, Result};
use crate::model::limits::{CHUNK_DEFAULT, CHUNK_MAX};
use crate::model::{BatchReport, NewMemory, Progress, Remembered};
use crate::storage::{ReadLimits, Storage};

/// How a batch is written.
///
/// ```
/// use std::ops::ControlFlow;
/// use mindkeep::{Batch, NewMemory, Store};
///
/// let store = Store::builder().open_in_memory()?;
/// let memories = (1..=250).map(|n| NewMemory::new(format!("Lap {n}.")));
/// let mut ids = Vec::new();
/// let mut batch = Batch::new().chunk(100);
/// batch.on_item(|_, result| ids.extend(result.map(|remembered| remembered.id)));
/// batch.on_progress(|progress| {
///     println!("{} laps kept", progress.done);
///     ControlFlow::Continue(())
/// });
/// let report = store.remember_batch(memories, batch)?;
/// assert_eq!((report.added, ids.len()), (250, 250));
/// # Ok::<(), mindkeep::Error>(())
/// ```
pub struct Batch<'b> {
    chunk: usize,
    on_item: Option<Box<ItemCallback<'b>>>,
    on_progress: Option<Box<ProgressCallback<'b>>>,
}

type ItemCallback<'b> = dyn FnMut(u64, Result<Remembered>) + Send + 'b;
type ProgressCallback<'b> = dyn FnMut(Progress) -> ControlFlow<()> + Send + 'b;

impl Default for Batch<'_> {
    fn default() -> Self {
        Self { chunk: CHUNK_DEFAULT, on_item: None, on_progress: None }
    }
}

impl<'b> Batch<'b> {
    /// Chunks of 1,000 and no callbacks.
    ///
    /// ```
    /// let batch = mindkeep::Batch::new();
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Memories of one transaction: 1 to 10,000.
    ///
    /// ```
    /// let batch = mindkeep::Batch::new().chunk(250);
    /// ```
    #[must_use]
    pub fn chunk(mut self, memories: usize) -> Self {
        self.chunk = memories;
        self
    }

    /// Called for every item, in order, after the commit of its chunk: its place in the batch and what became of it.
    ///
    /// ```
    /// let mut batch = mindkeep::Batch::new();
    /// batch.on_item(|place, result| println!("{place}: {}", result.is_ok()));
    /// ```
    pub fn on_item(&mut self, callback: impl FnMut(u64, Result<Remembered>) + Send + 'b) {
        self.on_item = Some(Box::new(callback));
    }

    /// Called after every chunk. `Break` stops the batch there; what was committed stays.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// let mut batch = mindkeep::Batch::new();
    /// batch.on_progress(|progress| if progress.done < 5_000 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) });
    /// ```
    pub fn on_progress(&mut self, callback: impl FnMut(Progress) -> ControlFlow<()> + Send + 'b) {
        self.on_progress = Some(Box::new(callback));
    }
}

pub(crate) fn remember_all(
    storage: &Storage,
    limits: &ReadLimits,
    memories: impl IntoIterator<Item = NewMemory>,
    mut batch: Batch<'_>,
) -> Result<BatchReport> {
    if !(1..=CHUNK_MAX).contains(&batch.chunk) {
        return Err(Error::invalid("chunk", "is not between 1 and 10,000"));
    }
    let mut memories = memories.into_iter();
    let total = match memories.size_hint() {
        (low, Some(high)) if low == high => Some(high as u64),
        _ => None,
    };
    let mut report = BatchReport::default();
    let mut index = 0_u64;
    loop {
        let chunk: Vec<Result<Incoming>> = memories.by_ref().take(batch.chunk).map(Incoming::new).collect();
        if chunk.is_empty() {
            return Ok(report);
        }
        let results = write_chunk(storage, limits, chunk).map_err(|cause| stopped(&report, cause))?;
        for result in results {
            match &result {
                Ok(remembered) => report.count(remembered.outcome),
                Err(error) => report.reject(index, error.clone()),
            }
            if let Some(on_item) = &mut batch.on_item {
                on_item(index, result);
            }
            index += 1;
        }
        if let Some(on_progress) = &mut batch.on_progress
            && on_progress(Progress { done: index, total }).is_break()
        {
            report.stopped = true;
            return Ok(report);
        }
    }
}

fn stopped(report: &BatchReport, cause: Error) -> Error {
    let kept = report.added + report.updated + report.superseded + report.unchanged;
    if kept == 0 { cause } else { Error::BatchStopped { kept, cause: Box::new(cause) } }
}

/// Writes one chunk in one transaction. What is refused for its own sake is refused alone; anything else that goes
/// wrong undoes the chunk.
fn write_chunk(
    storage: &Storage,
    limits: &ReadLimits,
    chunk: Vec<Result<Incoming>>,
) -> Result<Vec<Result<Remembered>>> {
    storage.write(limits, move |tx| {
        let mut results = Vec::with_capacity(chunk.len());
        for item in &chunk {
            let result = match item {
                Ok(incoming) => remember(tx, incoming),
                Err(error) => Err(error.clone()),
            };
            match result {
                Err(error) if !matches!(error, Error::InvalidInput { .. } | Error::Conflict { .. }) => {
                    return Err(error);
                }
                result => results.push(result),
            }
        }
        Ok(results)
    })
}
