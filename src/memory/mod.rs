//! How are memories written, changed and read back?
//!
//! [`remember`] decides what an incoming memory means for what is there, [`rows`] writes a row with all that is
//! derived from it, [`change`] updates and forgets; [`timeline`], [`thread`] and [`count`] read.

mod access;
mod around;
mod attribute;
mod batch;
mod change;
mod count;
mod declare;
mod derived;
mod embed;
mod explain;
mod fetch;
mod held;
mod language;
mod mentions;
mod plan;
mod remember;
mod rows;
mod select;
mod speakers;
mod thread;
mod timeline;
mod turns;
mod vectors;
mod walk;

pub use access::Access;
pub(crate) use access::{Accesses, TAKEN_ALONE, TAKEN_ALONG, keep_accesses};
pub(crate) use around::around;
pub(crate) use attribute::{EMPTY_TASK, differences as attribute_differences};
pub use batch::Batch;
pub(crate) use batch::remember_all;
pub use change::{Forget, Forgotten};
pub(crate) use change::{forget, forget_matching, undo, update};
pub(crate) use count::{count, count_by_kind, count_by_month, count_by_persona, personas};
pub(crate) use declare::{attributes, declare, empty_step, fill, undeclare};
pub(crate) use derived::{
    clear_attributes, clear_speakers, clear_tags, clear_words, fill_speakers, fill_tags,
};
pub(crate) use embed::{
    DROP_TASK, drop_model, drop_step, models, pending, pending_after, question_to_embed, set_embeddings,
};
pub use embed::{EmbeddingModel, EmbeddingsSet, NewEmbedding, PendingEmbedding};
pub use explain::{Explanation, Step};
pub(crate) use explain::{explain_count, explain_timeline};
pub(crate) use fetch::{each_row, each_superseded, embeddings, get, get_many, get_rows, history, memory_id};
pub(crate) use held::{Past, count_past_links, each_held};
pub(crate) use language::{language, set_language};
pub(crate) use mentions::{FoundDigest, clear_mentions, find_mentions, finds_mentions, mention_step};
pub(crate) use remember::{Incoming, remember};
pub(crate) use rows::{Numbered, Row, insert_row};
pub(crate) use select::{Selection, after_expiry};
pub use thread::Thread;
pub(crate) use thread::thread;
pub(crate) use timeline::timeline;
pub use timeline::{Cursor, Page, Timeline};
pub(crate) use turns::{turns_after, turns_before, turns_between};
pub(crate) use walk::{Order, Walk};
