//! Which steps of the schema does a file have?

use crate::error::Result;
use crate::storage::{MIGRATIONS, ReadTx};

/// One step of the schema.
///
/// ```
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// assert_eq!(store.migrations()?[0].name, "first");
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MigrationStatus {
    /// Its number, from 1.
    pub version: u32,
    /// Its name.
    pub name: &'static str,
    /// Whether the file has it.
    pub state: MigrationState,
}

/// Whether a file has a step.
///
/// ```
/// let store = mindkeep::Store::builder().open_in_memory()?;
/// assert_eq!(store.migrations()?[0].state, mindkeep::MigrationState::Applied);
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationState {
    /// It has.
    Applied,
    /// Not yet.
    Pending,
}

pub(super) fn status(read: &ReadTx<'_>) -> Result<Vec<MigrationStatus>> {
    let at: u32 = read.conn().query_row("SELECT schema_version FROM store_state", [], |row| row.get(0))?;
    let state = |version| {
        if version <= at { MigrationState::Applied } else { MigrationState::Pending }
    };
    Ok(MIGRATIONS
        .iter()
        .map(|step| MigrationStatus { version: step.version, name: step.name, state: state(step.version) })
        .collect())
}
