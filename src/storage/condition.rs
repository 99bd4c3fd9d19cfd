//! How does SQLite ask a condition of a row's metadata?
//!
//! By a function of our own, so that how the metadata are kept is nobody's business but ours. The condition is read
//! once a statement, not once a row.

use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use crate::error::Error;
use crate::model::{Compiled, Where};

/// Gives a connection `memory_where(condition as JSON, metadata)`.
pub(super) fn install(conn: &Connection) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    conn.create_scalar_function(c"memory_where", 2, flags, |context| {
        let condition: Arc<Compiled> = context.get_or_create_aux(0, |json| {
            let corrupt = |_| Error::Corrupt { what: "a condition" };
            Compiled::new(&Where::parse(json.as_str().map_err(corrupt)?)?)
        })?;
        let metadata = context.get_raw(1).as_str_or_null().ok().flatten();
        Ok(condition.is_met_by(metadata))
    })
}
