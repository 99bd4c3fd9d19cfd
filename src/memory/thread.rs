//! What was said in this conversation?

use super::rows::{FromRow, LIVE, Numbered};
use super::select::after_expiry;
use crate::error::{Error, Result};
use crate::model::{Memory, Timestamp};
use crate::storage::{self, ReadTx};

/// A conversation or session, whole.
///
/// ```
/// use mindkeep::{NewMemory, Store};
///
/// let store = Store::builder().open_in_memory()?;
/// let ada = store.persona("ada");
/// ada.remember(NewMemory::new("Shall we plant beans?").thread("garden"))?;
/// ada.remember(NewMemory::new("Peas. Always peas.").thread("garden"))?;
/// let thread = ada.thread("garden")?;
/// assert_eq!((thread.count, thread.memories[0].content.as_str()), (2, "Shall we plant beans?"));
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Thread {
    /// How many memories it has.
    pub count: u64,
    /// When the first of them happened.
    pub first_at: Timestamp,
    /// When the last of them happened.
    pub last_at: Timestamp,
    /// All of them, oldest first.
    pub memories: Vec<Memory>,
}

/// All memories of a thread, in two queries: whose it is, and what is in it.
pub(crate) fn thread(read: &ReadTx<'_>, persona: &str, name: &str) -> Result<Thread> {
    let conn = read.conn();
    let none = Error::NotFound { what: "thread" };
    let Some(persona_id) = storage::persona_id(conn, persona)? else {
        return Err(none);
    };
    let sql = format!(
        "SELECT {} FROM memory AS m INDEXED BY memory_thread WHERE m.persona_id = ?1 AND m.thread = ?2 AND {LIVE} AND {}
          ORDER BY m.at, m.memory_id",
        Numbered::COLUMNS,
        after_expiry(3)
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query((persona_id, name, read.now().as_millis()))?;
    let mut memories = Vec::new();
    let mut namer = read.namer();
    while let Some(row) = rows.next()? {
        memories.push(Numbered::read(row, &mut namer)?.memory);
    }
    let (Some(first), Some(last)) = (memories.first(), memories.last()) else {
        return Err(none);
    };
    Ok(Thread { count: memories.len() as u64, first_at: first.at, last_at: last.at, memories })
}
