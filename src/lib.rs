//! mindkeep keeps what an assistant's personas remember, and what they know, in one SQLite file on the device.
//!
//! It works with no network, no server, no model and no account.
//!
//! ```
//! use mindkeep::{Kind, NewMemory, Recall, Store, Timeline};
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("memories.db");
//! let store = Store::open(path)?;
//! let pepys = store.persona("pepys");
//!
//! pepys.remember(
//!     NewMemory::new("A great fire in the City; the wind carries it towards London Bridge.")
//!         .kind(Kind::EVENT)
//!         .at("1666-09-02T03:00:00Z".parse()?)
//!         .importance(0.9)
//!         .tag("fire"),
//! )?;
//!
//! let page = pepys.timeline(Timeline::new().limit(50))?; // newest first; page.next is the cursor
//! let hits = pepys.recall(Recall::new("what happened to the bridge?").limit(10))?;
//! assert_eq!(hits[0].memory, page.memories[0]);
//! # Ok::<(), mindkeep::Error>(())
//! ```
//!
//! Start with [`Store`]; [`limits`] says how large anything may be, [`Error`] what can go wrong. The feature `tokio` adds
//! `AsyncStore`, the same verbs for async programs.

#![deny(unsafe_code)]

#[cfg(feature = "tokio")]
mod asynchronous;
mod clock;
mod codec;
mod error;
pub mod eval;
pub mod graph;
mod health;
mod index;
mod memory;
mod model;
mod recall;
mod storage;
mod store;
mod telemetry;
mod transfer;

#[cfg(feature = "tokio")]
pub use asynchronous::{AsyncPersona, AsyncStore, Call, NoticeStream, TimelineStream};
pub use error::{Error, Result};
pub use health::{
    Backup, Budget, ContentBytes, Finding, Index, Maintenance, MemoryCounts, Repair, Repaired, Saved, Stats,
    UpkeepTask, Verification,
};
pub use index::LANGUAGES;
#[doc(hidden)]
pub use index::trial;
pub use memory::{
    Access, Batch, Cursor, EmbeddingModel, EmbeddingsSet, Explanation, Forget, Forgotten, NewEmbedding, Page,
    PendingEmbedding, Step, Thread, Timeline,
};
pub use model::limits;
pub use model::{
    Attribute, AttributeState, AttributeType, BatchReport, Config, Durability, Embedding, Filter, Kind,
    Memory, MemoryId, Metadata, Migrate, NewMemory, Operand, Outcome, Passage, Patch, PersonaName,
    PersonaScope, Progress, Rejected, Remembered, Timestamp, VectorData, Where,
};
pub use recall::{Hit, Hits, Missing, Question, Recall, Signal, Snippet, Tokenizer, Weights};
pub use storage::{Cancel, Notice, Notices, Snapshot, Thing, Upgrade};
pub use store::{Embedder, MigrationState, MigrationStatus, Persona, Schema, Store, StoreBuilder};
pub use telemetry::{Operation, OperationCount};
pub use transfer::{Export, Exported, Import, ImportReport};

/// The programs of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
