//! How does a store meet other files, other processes, and other parts of the app?

use std::io::{Read, Write};
use std::time::Duration;

use super::Store;
use crate::error::Result;
use crate::storage::Notices;
use crate::telemetry::Operation;
use crate::transfer::{self, Export, Exported, Import, ImportReport};

/// Coming and going: other files, other processes, other parts of the app.
impl Store {
    /// Imports lines of the portable format, plain or compressed with gzip.
    ///
    /// # Errors
    /// A bad line is refused alone and reported, unless the import is strict.
    ///
    /// ```
    /// use mindkeep::{Import, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// let report = store.import(&br#"{"type":"entity","name":"London"}"#[..], Import::new())?;
    /// assert_eq!(report.entities, 1);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn import(&self, input: impl Read, import: Import<'_>) -> Result<ImportReport> {
        self.measure(Operation::Import, || {
            self.check_writable()?;
            let report = transfer::import(&self.core.storage, &self.limits(), input, import)?;
            let rows =
                report.memories + report.entities + report.relations + report.mentions + report.updated;
            Ok((report, rows))
        })
    }

    /// Writes lines of the portable format, from one commit.
    ///
    /// ```
    /// use mindkeep::{Export, Store};
    /// let store = Store::builder().open_in_memory()?;
    /// assert_eq!(store.export(Vec::new(), Export::new())?.memories, 0);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn export(&self, output: impl Write, export: Export<'_>) -> Result<Exported> {
        self.measure(Operation::Export, || {
            let exported = transfer::export(&self.core.storage, &self.limits(), output, export)?;
            Ok((exported, exported.memories + exported.entities + exported.relations + exported.mentions))
        })
    }

    /// Subscribes to notices of changes.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert!(store.notices()?.try_next().is_none());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn notices(&self) -> Result<Notices> {
        self.core.storage.subscribe()
    }

    /// Looks for commits of other processes and tells subscribers of them. Returns whether there were any.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// assert!(!store.poll_notices()?);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn poll_notices(&self) -> Result<bool> {
        self.core.storage.poll(&self.limits())
    }

    /// Lets running calls finish, interrupts them after `deadline`, moves the log into the file if time is left, and
    /// closes every connection, so that no lock on the file remains. Calls fail with `Paused` until [`Store::resume`].
    ///
    /// # Errors
    /// `Busy` if a call could not be interrupted; the store is then open as before.
    ///
    /// ```
    /// use std::time::Duration;
    /// use mindkeep::{Error, NewMemory, Store};
    ///
    /// let store = Store::builder().open_in_memory()?;
    /// store.pause(Duration::from_millis(500))?;
    /// assert_eq!(store.remember(NewMemory::new("Too early.")), Err(Error::Paused));
    /// store.resume()?;
    /// assert!(store.remember(NewMemory::new("Awake.")).is_ok());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn pause(&self, deadline: Duration) -> Result<()> {
        self.measure(Operation::Pause, || {
            self.core.storage.pause(deadline)?;
            // A paused app should take little room, and the file may be another one afterwards.
            self.core.graphs.clear();
            self.core.words.clear();
            self.core.answers.clear();
            Ok(((), 0))
        })
    }

    /// Opens the file again after [`Store::pause`].
    ///
    /// # Errors
    /// As for opening; the store stays paused then.
    ///
    /// ```
    /// let store = mindkeep::Store::builder().open_in_memory()?;
    /// store.resume()?; // nothing to do
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn resume(&self) -> Result<()> {
        self.core.storage.resume()
    }

    /// Whether the store is paused.
    ///
    /// ```
    /// assert!(!mindkeep::Store::builder().open_in_memory()?.is_paused());
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub fn is_paused(&self) -> bool {
        self.core.storage.is_paused()
    }
}
