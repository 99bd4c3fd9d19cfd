//! Whose turn is it to change the schema?
//!
//! One process at a time, from before the copy is made until it is gone. The turn is a lock on an empty file beside the
//! store, which the system gives back when a process ends, however it ends; the file itself then stays and says that an
//! upgrade was cut off. SQLite's own lock would not do: while a file is cloned, no connection is open.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fs4::{FileExt, TryLockError};

use crate::error::{Error, Result};
use crate::storage::connect::beside;

/// Nobody else changes the schema while this lives. Its end takes the file away.
pub(super) struct Turn {
    path: PathBuf,
    file: File,
}

/// The file that says whose turn it is.
pub(super) fn name(path: &Path) -> PathBuf {
    beside(path, ".upgrading")
}

impl Turn {
    /// Waits for the turn at most so long.
    pub(super) fn wait(path: &Path, most: Duration) -> Result<Self> {
        let start = Instant::now();
        loop {
            if let Some(turn) = Self::now(path)? {
                return Ok(turn);
            }
            if start.elapsed() >= most {
                return Err(Error::Busy { waited_ms: start.elapsed().as_millis() as u64 });
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The turn, unless somebody has it.
    pub(super) fn now(path: &Path) -> Result<Option<Self>> {
        let failed = |error: &std::io::Error| Error::io("taking the turn to upgrade", error);
        let path = name(path);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = match options.open(&path) {
            Ok(file) => file,
            // Windows: whoever had it is just taking the file away.
            Err(error) if cfg!(windows) && error.kind() == std::io::ErrorKind::PermissionDenied => {
                return Ok(None);
            }
            Err(error) => return Err(failed(&error)),
        };
        match FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        // Whoever had it before may have taken the file away between the opening and the lock.
        let turn = Self { path, file };
        if turn.is_mine() {
            return Ok(Some(turn));
        }
        turn.leave();
        Ok(None)
    }

    #[cfg(unix)]
    fn is_mine(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let place = |about: std::fs::Metadata| (about.dev(), about.ino());
        let (held, named) = (self.file.metadata().map(place), std::fs::metadata(&self.path).map(place));
        matches!((held, named), (Ok(held), Ok(named)) if held == named)
    }

    #[cfg(not(unix))]
    fn is_mine(&self) -> bool {
        self.path.exists()
    }

    /// Ends without taking away a file that is another's.
    fn leave(mut self) {
        self.path = PathBuf::new();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = std::fs::remove_file(&self.path);
        }
        let _ = FileExt::unlock(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::migrations::run::is_cut_off;

    #[test]
    fn one_has_it_and_the_next_gets_it() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("memories.db");
        let mine = Turn::wait(&path, Duration::ZERO).expect("free");
        assert!(is_cut_off(&path) && Turn::now(&path).expect("looks").is_none());
        assert_eq!(Turn::wait(&path, Duration::ZERO).err().map(|error| error.kind()), Some("Busy"));
        drop(mine);
        assert!(!is_cut_off(&path));
        let count = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let _turn = Turn::wait(&path, Duration::from_secs(60)).expect("its turn comes");
                        assert_eq!(count.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0, "two at once");
                        count.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(!is_cut_off(&path));
    }
}
