//! Which steps of the schema does a file have, and how does it get others?

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use crate::error::{Error, Result};
use crate::health::{Finding, Verification};
use crate::model::{Config, Timestamp};
use crate::storage::{self, MIGRATIONS, NEWEST, Upgrade};

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
    /// When it was applied; `None` if that was before the file kept such records.
    pub applied_at: Option<Timestamp>,
    /// How long its transaction took, the copy before and the check after aside.
    pub took: Option<Duration>,
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

/// The schema of a file, looked at and changed without opening a store.
///
/// A store upgrades its file at opening, so this is for those who want to see it done, or go back to an older version of
/// the program: what was written since the upgrade stays, but for what the older schema has no place for. The next
/// opening by a newer version upgrades again.
///
/// ```
/// use mindkeep::{MigrationState, Schema, Store};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("memories.db");
/// # drop(Store::open(&path)?);
/// let schema = Schema::of(&path);
/// schema.down(1)?;
/// assert_eq!(schema.status()?[1].state, MigrationState::Pending);
/// schema.up()?;
/// assert!(schema.check()?.is_sound());
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Schema {
    path: PathBuf,
    config: Config,
}

impl Schema {
    /// The schema of the store in a file. Nothing is opened yet.
    ///
    /// ```
    /// let nowhere = mindkeep::Schema::of("/no/such/memories.db");
    /// assert_eq!(nowhere.status().unwrap_err().kind(), "NotFound");
    /// ```
    pub fn of(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), config: Config::desktop() }
    }

    /// How long a change waits for another process, up to ten minutes; unless said, 5 s.
    ///
    /// ```
    /// let schema = mindkeep::Schema::of("memories.db").busy_wait(std::time::Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn busy_wait(mut self, wait: Duration) -> Self {
        self.config.busy_wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.config = self.config.within_ranges();
        self
    }

    /// Make changes without a copy to fall back on, for when there is no room for one.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("memories.db");
    /// # drop(mindkeep::Store::open(&path)?);
    /// let back = mindkeep::Schema::of(&path).without_snapshot().down(1)?.expect("it was newer");
    /// assert_eq!(back.snapshot, mindkeep::Snapshot::None);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    #[must_use]
    pub fn without_snapshot(mut self) -> Self {
        self.config.upgrade_without_snapshot = true;
        self
    }

    /// Every step that this version knows, and whether the file has it. Changes nothing.
    ///
    /// # Errors
    /// `NotFound`, `NotAStore`, or `SchemaTooNew`.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("memories.db");
    /// # drop(mindkeep::Store::open(&path)?);
    /// for step in mindkeep::Schema::of(&path).status()? {
    ///     println!("{} {}: {:?}, took {:?}", step.version, step.name, step.state, step.took);
    /// }
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn status(&self) -> Result<Vec<MigrationStatus>> {
        storage::read_schema(&storage::plain(&self.path)?, status)
    }

    /// Whether the steps that the file records are those of this version, its tables, indexes and views are what the
    /// steps make, and its counters fit. Changes nothing. What somebody added by hand is counted apart.
    ///
    /// # Errors
    /// As for [`Schema::status`].
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("memories.db");
    /// # drop(mindkeep::Store::open(&path)?);
    /// assert!(mindkeep::Schema::of(&path).check()?.is_sound());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn check(&self) -> Result<Verification> {
        let (found, added_by_hand) = storage::read_schema(&storage::plain(&self.path)?, storage::examine)?;
        let checks = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let wrong = found.into_iter().filter(|(_, count)| *count > 0);
        Ok(Verification {
            checks,
            added_by_hand,
            findings: wrong
                .map(|(check, count)| Finding { check, count, ids: Vec::new(), derived: false })
                .collect(),
        })
    }

    /// Brings the file to the newest schema. `None` if it has that.
    ///
    /// # Errors
    /// `NoRoomForSnapshot`, `SchemaDiffers` and `Busy` change nothing; `UpgradeFailed` says where the copy is.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("memories.db");
    /// # drop(mindkeep::Store::open(&path)?);
    /// assert_eq!(mindkeep::Schema::of(&path).up()?, None);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn up(&self) -> Result<Option<Upgrade>> {
        storage::change_schema(&storage::plain(&self.path)?, &self.config, NEWEST)
    }

    /// Takes the file back to an older schema, for an older version of the program. `None` if it has that. Handles that
    /// are open fail with `UpgradePending` from then on.
    ///
    /// Memories, entities, relations and mentions stay. What the older schema has no place for goes: from 3 to 2 the rules of
    /// the graph and which personas' memories no names are looked for in, from 2 to 1 declared attributes.
    ///
    /// # Errors
    /// As for [`Schema::up`]; `InvalidInput` unless `to` is at least 1 and not newer than the file's.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("memories.db");
    /// # drop(mindkeep::Store::open(&path)?);
    /// let back = mindkeep::Schema::of(&path).down(1)?.expect("it was newer");
    /// assert!(back.to < back.from);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn down(&self, to: u32) -> Result<Option<Upgrade>> {
        let path = &storage::plain(&self.path)?;
        let now = storage::read_schema(path, storage::version)?;
        if to == 0 || to > now {
            let reason = format!("must be 1 to {now}, the file's own schema");
            return Err(Error::invalid("to", reason));
        }
        storage::change_schema(path, &self.config, to)
    }
}

/// The steps, as a file has them.
pub(super) fn status(conn: &Connection) -> Result<Vec<MigrationStatus>> {
    let at = storage::version(conn)?;
    let recorded = |version: u32| -> rusqlite::Result<(Option<i64>, Option<i64>)> {
        // The second step makes the table.
        if at < 2 || version > at {
            return Ok((None, None));
        }
        let mut statement =
            conn.prepare_cached("SELECT applied_at, took_us FROM migration WHERE version = ?1")?;
        let mut rows = statement.query([version])?;
        match rows.next()? {
            Some(row) => Ok((row.get(0)?, row.get(1)?)),
            None => Ok((None, None)),
        }
    };
    let steps = MIGRATIONS.iter().map(|step| {
        let (at_ms, took_us) = recorded(step.version)?;
        Ok(MigrationStatus {
            version: step.version,
            name: step.name,
            state: if step.version <= at { MigrationState::Applied } else { MigrationState::Pending },
            applied_at: at_ms.and_then(|ms| Timestamp::from_millis(ms).ok()),
            took: took_us.and_then(|us| u64::try_from(us).ok()).map(Duration::from_micros),
        })
    });
    steps
        .collect::<rusqlite::Result<_>>()
        .map_err(|error| Error::sqlite("reading which steps were applied", &error))
}
