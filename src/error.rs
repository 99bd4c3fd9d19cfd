//! What can go wrong, and what the caller can do about it.
//!
//! One enum for the whole crate, named by situation. No variant ever holds text that a user wrote: reasons
//! are fixed sentences, SQLite's own messages are dropped (they quote queries) and only its codes are kept.

use std::borrow::Cow;

/// The result of every fallible call of this crate.
///
/// ```
/// fn first(store: &mindkeep::Store) -> mindkeep::Result<usize> {
///     Ok(store.personas(None)?.len())
/// }
/// ```
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed.
///
/// ```
/// use mindkeep::{Error, NewMemory, Store};
///
/// let store = Store::builder().open_in_memory()?;
/// let error = store.remember(NewMemory::new("")).unwrap_err();
/// assert!(matches!(error, Error::InvalidInput { field: "content", .. }));
/// assert_eq!(error.kind(), "InvalidInput");
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Nothing has that identity (a memory, a file, an entity).
    NotFound {
        /// What was looked for, such as `memory`.
        what: &'static str,
    },
    /// A value was refused before anything was written.
    InvalidInput {
        /// The field, as the API names it.
        field: &'static str,
        /// What is wrong and what is allowed. Never the value itself.
        reason: Cow<'static, str>,
    },
    /// The write collides with something that is there, such as a key that another memory has by now.
    Conflict {
        /// What collides.
        what: &'static str,
    },
    /// Another process, or this process's own readers, held what was needed for longer than the configured wait.
    Busy {
        /// How long the call waited, in milliseconds.
        waited_ms: u64,
    },
    /// The store is paused; calls work again after `resume`.
    Paused,
    /// This process was forked from one that had opened a store: it may use none. Nothing was touched.
    AfterFork,
    /// The caller cancelled the call. Nothing was changed by it.
    Cancelled,
    /// The call was not done, or a write had not begun, when its deadline passed. Nothing was changed by it.
    DeadlineExceeded,
    /// The async façade was called outside of a tokio runtime.
    NoRuntime,
    /// The store was opened read-only and the call writes.
    ReadOnly,
    /// The system has locked the file away, or denies access to it; it is not damaged.
    Unavailable {
        /// What was being done.
        doing: &'static str,
    },
    /// The file is not a mindkeep store. It was not touched.
    NotAStore {
        /// What it is instead.
        reason: &'static str,
    },
    /// The file was written by a newer version. It was not touched.
    SchemaTooNew {
        /// The file's schema version.
        found: u32,
        /// The newest schema version that this build knows.
        supported: u32,
    },
    /// The file has an older schema and this opening may not upgrade it.
    UpgradePending {
        /// The file's schema version.
        found: u32,
        /// The schema version that this build needs.
        needed: u32,
    },
    /// The schema is not the one that this version knows by its number: another program's step, or a table that was
    /// altered by hand. Nothing was changed.
    SchemaDiffers {
        /// The schema's number.
        version: u32,
    },
    /// Before an upgrade a copy of the file is made, and there is no room for it. Nothing was changed.
    NoRoomForSnapshot {
        /// Bytes that must be free, with a reserve.
        needed: u64,
        /// Bytes that are.
        free: u64,
    },
    /// An upgrade left a file that is not sound, and could not be undone without losing what was written since.
    UpgradeFailed {
        /// What the name of the copy from before ends in, beside the store; none if it was not wanted.
        snapshot: Option<String>,
        /// What is wrong.
        cause: Box<Error>,
    },
    /// The file is damaged. Nothing was deleted or replaced.
    Corrupt {
        /// Where the damage showed.
        what: &'static str,
    },
    /// The graph's arrays would take more memory than [`Config::graph_kib`](crate::Config::graph_kib) allows, and the question
    /// needs the whole graph.
    GraphTooLarge {
        /// What they would take, about, in KiB.
        needed_kib: u64,
        /// What they may take, in KiB.
        graph_kib: u64,
    },
    /// The disk, or a quota, is full. The write was undone.
    Full,
    /// A batch stopped part-way; what was committed before stays.
    BatchStopped {
        /// How many items of the batch are committed.
        kept: u64,
        /// Why it stopped.
        cause: Box<Error>,
    },
    /// A strict import met a bad line. Nothing of it was kept.
    BadLine {
        /// The line's number, from 1.
        line: u64,
        /// What is wrong with it.
        cause: Box<Error>,
    },
    /// The operating system refused a file operation.
    Io {
        /// What was being done.
        doing: &'static str,
        /// The system's kind of error.
        kind: std::io::ErrorKind,
    },
    /// SQLite failed in a way that has no name of its own here.
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// SQLite's extended result code.
        code: i32,
    },
}

/// What a reader does that finds no shared memory beside the file.
pub(crate) const MAKING_FILES_BESIDE: &str = "making the files beside it, in a folder that is read-only";

/// What [`Error::NotFound`] names when an attribute is not declared.
pub(crate) const DECLARED: &str = "declared attribute";

const MIB: f64 = 1_048_576.0;

impl Error {
    /// The variant's name, the same in every language and in the command line's JSON.
    ///
    /// ```
    /// assert_eq!(mindkeep::Error::Paused.kind(), "Paused");
    /// ```
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "NotFound",
            Self::InvalidInput { .. } => "InvalidInput",
            Self::Conflict { .. } => "Conflict",
            Self::Busy { .. } => "Busy",
            Self::Paused => "Paused",
            Self::AfterFork => "AfterFork",
            Self::Cancelled => "Cancelled",
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::NoRuntime => "NoRuntime",
            Self::ReadOnly => "ReadOnly",
            Self::Unavailable { .. } => "Unavailable",
            Self::NotAStore { .. } => "NotAStore",
            Self::SchemaTooNew { .. } => "SchemaTooNew",
            Self::UpgradePending { .. } => "UpgradePending",
            Self::SchemaDiffers { .. } => "SchemaDiffers",
            Self::NoRoomForSnapshot { .. } => "NoRoomForSnapshot",
            Self::GraphTooLarge { .. } => "GraphTooLarge",
            Self::UpgradeFailed { .. } => "UpgradeFailed",
            Self::Corrupt { .. } => "Corrupt",
            Self::Full => "Full",
            Self::BatchStopped { .. } => "BatchStopped",
            Self::BadLine { .. } => "BadLine",
            Self::Io { .. } => "Io",
            Self::Sqlite { .. } => "Sqlite",
        }
    }

    /// What to do now, in one sentence.
    ///
    /// ```
    /// assert!(mindkeep::Error::Paused.hint().contains("resume"));
    /// ```
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotFound { what: DECLARED } => {
                "Check the kind and the path; attributes() lists what is declared."
            }
            Self::NotFound { .. } => "Check the name or id; forgotten and expired memories are hidden.",
            Self::InvalidInput { .. } => "Change the named field and try again.",
            Self::Conflict { .. } => "Forget, change or drop the other one first, then try again.",
            Self::Busy { .. } => "Try again, or raise the wait; another process may be in a long write.",
            Self::Paused => "Call resume, then try again.",
            Self::AfterFork => {
                "Fork before the first store is opened, or run another program in the child (spawn, not fork)."
            }
            Self::Cancelled => "Call again if the answer is still wanted.",
            Self::DeadlineExceeded => "Give it more time, or ask for less.",
            Self::NoRuntime => "Await the call inside a tokio runtime, or use the store without the façade.",
            Self::ReadOnly => "Open the store for writing to change it.",
            Self::Unavailable { doing } if *doing == MAKING_FILES_BESIDE => {
                "While no program uses it, copy the file, and the one beside it that ends in -wal if there is one, to a folder that you may write to, and open the copy; the data is intact."
            }
            Self::Unavailable { .. } => {
                "Check the file's permissions, or wait until the device is unlocked; the data is intact."
            }
            Self::NotAStore { .. } => {
                "Name another file, or a file that does not exist yet to create a store; repair saves what is left of a damaged one."
            }
            Self::SchemaTooNew { .. } => "Update mindkeep; this version would not understand the file.",
            Self::UpgradePending { .. } => "Open the file once with upgrades allowed.",
            Self::SchemaDiffers { .. } => {
                "Export with the version that made the file and import here; nothing was changed."
            }
            Self::NoRoomForSnapshot { .. } => {
                "Make room, or go on without a copy to fall back on: upgrade_without_snapshot, Schema::without_snapshot."
            }
            Self::GraphTooLarge { .. } => {
                "Raise graph_kib, or ask for what is near a name: that comes from the file."
            }
            Self::UpgradeFailed { .. } => {
                "Keep the file and the copy beside it, and run verify on both before writing again."
            }
            Self::Corrupt { .. } => {
                "Keep a copy of the file, then restore a backup, or repair it into a new file."
            }
            Self::Full => "Make room, then try again; nothing of this call was kept.",
            Self::BatchStopped { cause, .. } => cause.hint(),
            Self::BadLine { .. } => "Mend the line, or import without strict to keep the good lines.",
            Self::Io { .. } => "Check the path, its permissions and the disk.",
            Self::Sqlite { .. } => "Run verify; if it finds nothing, please report the code.",
        }
    }

    pub(crate) fn invalid(field: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::InvalidInput { field, reason: reason.into() }
    }

    pub(crate) fn io(doing: &'static str, error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound { what: "file" },
            std::io::ErrorKind::PermissionDenied => Self::Unavailable { doing },
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            kind => Self::Io { doing, kind },
        }
    }

    /// The one place where SQLite's codes become situations.
    pub(crate) fn sqlite(doing: &'static str, error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as C;
        match error {
            rusqlite::Error::SqliteFailure(e, _) => match e.code {
                // The last is a reader's: after ten seconds in which others kept it from starting.
                C::DatabaseBusy | C::DatabaseLocked | C::FileLockingProtocolFailed => {
                    Self::Busy { waited_ms: 0 }
                }
                C::OperationInterrupted => Self::Cancelled,
                C::ReadOnly => Self::ReadOnly,
                C::DiskFull => Self::Full,
                C::NotADatabase => Self::NotAStore { reason: "it is not an SQLite file" },
                C::DatabaseCorrupt => Self::Corrupt { what: "an SQLite page" },
                C::CannotOpen | C::PermissionDenied | C::AuthorizationForStatementDenied => {
                    Self::Unavailable { doing }
                }
                // Data protection on a locked phone shows as a failing read of an intact file.
                C::SystemIoFailure if e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => Self::Full,
                C::SystemIoFailure => Self::Io { doing, kind: std::io::ErrorKind::Other },
                C::TooBig => Self::invalid("content", "is too large for one row"),
                _ => Self::Sqlite { doing, code: e.extended_code },
            },
            rusqlite::Error::SqlInputError { error, .. } => Self::Sqlite { doing, code: error.extended_code },
            rusqlite::Error::QueryReturnedNoRows => Self::NotFound { what: "row" },
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..) => Self::Corrupt { what: "a column value" },
            _ => Self::Sqlite { doing, code: -1 },
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound { what } => write!(f, "no such {what}"),
            Self::InvalidInput { field, reason } => write!(f, "`{field}` {reason}"),
            Self::Conflict { what } => write!(f, "conflict: {what}"),
            Self::Busy { waited_ms } => write!(f, "the store was busy for {waited_ms} ms"),
            Self::Paused => f.write_str("the store is paused"),
            Self::AfterFork => f.write_str("this process was forked from one that had opened a store"),
            Self::Cancelled => f.write_str("the call was cancelled"),
            Self::DeadlineExceeded => f.write_str("the deadline passed before the call was done"),
            Self::NoRuntime => f.write_str("there is no tokio runtime here"),
            Self::ReadOnly => f.write_str("the store is open read-only"),
            Self::Unavailable { doing } => write!(f, "the file is not available while {doing}"),
            Self::NotAStore { reason } => write!(f, "not a mindkeep store: {reason}"),
            Self::SchemaTooNew { found, supported } => {
                write!(f, "the file has schema {found}; this version knows schemas up to {supported}")
            }
            Self::UpgradePending { found, needed } => {
                write!(f, "the file has schema {found} and needs an upgrade to {needed}")
            }
            Self::SchemaDiffers { version } => {
                write!(
                    f,
                    "schema {version} of the file is not the one that this version knows by that number"
                )
            }
            Self::NoRoomForSnapshot { needed, free } => write!(
                f,
                "no room for a copy of the file: {:.1} MiB are needed, {:.1} are free; nothing was changed",
                *needed as f64 / MIB,
                *free as f64 / MIB
            ),
            Self::GraphTooLarge { needed_kib, graph_kib } => write!(
                f,
                "the graph would take some {needed_kib} KiB of memory, and graph_kib allows {graph_kib}"
            ),
            Self::UpgradeFailed { snapshot, cause } => {
                write!(f, "the upgrade failed and could not be undone: {cause}")?;
                match snapshot {
                    Some(suffix) => {
                        write!(f, "; the file as it was before lies beside it, its name ends in {suffix}")
                    }
                    None => f.write_str("; no copy was made before, as was wanted"),
                }
            }
            Self::Corrupt { what } => write!(f, "the file is damaged: {what}"),
            Self::Full => f.write_str("no room left on the disk"),
            Self::BatchStopped { kept, cause } => {
                write!(f, "the batch stopped after {kept} items were kept: {cause}")
            }
            Self::BadLine { line, cause } => write!(f, "line {line}: {cause}; nothing was imported"),
            Self::Io { doing, kind } => write!(f, "{kind} while {doing}"),
            Self::Sqlite { doing, code } => write!(f, "SQLite error {code} while {doing}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::BatchStopped { cause, .. }
            | Self::BadLine { cause, .. }
            | Self::UpgradeFailed { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::sqlite("running a statement", &error)
    }
}
