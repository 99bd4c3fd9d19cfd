//! What do the personas know, and which memories speak of it?
//!
//! Entities, relations and mentions in plain tables, each written by its natural identity: what is there already is
//! updated, and told apart from what is new.

mod export;
mod write;

pub(crate) use export::{each_entity, each_mention, each_relation};
pub(crate) use write::{Origin, put_entity, put_mention, put_relation};

use crate::error::Result;
use crate::storage::ReadTx;

/// How many entities, relations and mentions there are.
pub(crate) fn counts(read: &ReadTx<'_>) -> Result<(u64, u64, u64)> {
    let sql = "SELECT (SELECT count(*) FROM entity), (SELECT count(*) FROM relation), (SELECT count(*) FROM mention)";
    Ok(read.conn().prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}
