//! Where may an export go, and what lies there until it is whole?

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::error::{Code, Failure, Result};

/// A file that does not exist, or that is to be replaced.
pub struct Target {
    /// As somebody named it.
    named: PathBuf,
    /// Where it lies, behind all links.
    place: PathBuf,
    /// Beside it, until it is whole.
    partial: PathBuf,
    replace: bool,
}

impl Target {
    /// Refuses what an export must not replace: the store, whatever anybody says, and all that is not a plain file.
    pub fn new(file: &Path, replace: bool, store: &Path) -> Result<Self> {
        if belongs_to(file, store) {
            return Err(Failure::invalid(
                format!("{} belongs to the store itself", file.display()),
                "Name another file; for a copy of the store there is `mindkeep backup`.",
            ));
        }
        let place = match fs::metadata(file) {
            Ok(about) if about.is_dir() => {
                return Err(Failure::invalid(
                    format!("{} is a folder", file.display()),
                    "Name a file in it.",
                ));
            }
            Ok(about) if !about.is_file() => {
                return Err(Failure::invalid(
                    format!("{} is not a file", file.display()),
                    "Write to standard output with `-` and send that where it is to go.",
                ));
            }
            Ok(_) if !replace => return Err(in_the_way(file)),
            // A link stays; what it points to is replaced.
            Ok(_) => fs::canonicalize(file).map_err(|error| failed(file, &error))?,
            Err(_) if file.is_symlink() => {
                return Err(Failure::invalid(
                    format!("{} is a link to something that is not there", file.display()),
                    "Name another file, or the one that the link points to.",
                ));
            }
            Err(_) => file.to_owned(),
        };
        let partial = with_suffix(&place, ".partial");
        if belongs_to(&partial, store) {
            return Err(Failure::invalid(
                format!(
                    "until it is whole the export would be called {}, as the store is",
                    partial.display()
                ),
                "Name another file.",
            ));
        }
        Ok(Self { named: file.to_owned(), place, partial, replace })
    }

    /// The file under its name for the meantime. It goes when it is dropped; one that a killed export left is taken over.
    pub fn begin(&self) -> Result<NamedTempFile> {
        let failed = |error: &Error| Failure::file("writing", self.partial.display(), error);
        if fs::symlink_metadata(&self.partial).is_ok_and(|about| !about.is_file()) {
            return Err(Failure::new(
                Code::Failed,
                "Conflict",
                format!("{}, as it is called until it is whole, is not a plain file", self.partial.display()),
                "Move that away, or name another file.",
            ));
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(&self.partial).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Failure::file("writing", self.named.display(), &error),
            _ => failed(&error),
        })?;
        // Two exports at once must not write into one file. Where files cannot be locked, nothing tells them apart.
        let busy = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        if busy || !is_still_at(&file, &self.partial) {
            return Err(Failure::new(
                Code::Busy,
                "Busy",
                format!("another export is writing {}", self.partial.display()),
                "Wait until it is done, or name another file.",
            ));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(|error| failed(&error))?;
        }
        file.set_len(0).map_err(|error| failed(&error))?;
        let path = TempPath::try_from_path(&self.partial).map_err(|error| failed(&error))?;
        Ok(NamedTempFile::from_parts(file, path))
    }

    /// Gives the whole file its name.
    pub fn finish(self, unfinished: NamedTempFile) -> Result<()> {
        unfinished.as_file().sync_all().map_err(|error| failed(&self.named, &error))?;
        let named = if self.replace {
            unfinished.persist(&self.place)
        } else {
            unfinished.persist_noclobber(&self.place)
        };
        match named {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Err(in_the_way(&self.named)),
            Err(error) => Err(failed(&self.named, &error.error)),
        }
    }
}

fn failed(file: &Path, error: &Error) -> Failure {
    Failure::file("writing", file.display(), error)
}

fn in_the_way(file: &Path) -> Failure {
    Failure::new(
        Code::Failed,
        "Conflict",
        format!("{} exists already", file.display()),
        "Name another file, or replace it with --force.",
    )
}

/// What a store consists of: its file, and what SQLite keeps beside it.
const SUFFIXES: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Whether a path is one of the store's files, or would become one, by name or because it is the same file.
fn belongs_to(path: &Path, store: &Path) -> bool {
    let behind_links = fs::canonicalize(store).unwrap_or_else(|_| store.to_owned());
    [store, &behind_links].into_iter().any(|store| {
        SUFFIXES.iter().any(|suffix| {
            let part = with_suffix(store, suffix);
            same_name(path, &part) || same_file(path, &part)
        })
    })
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// One name in one folder, also of files that are not there. Case does not count where file systems mostly ignore it.
fn same_name(one: &Path, other: &Path) -> bool {
    let folder = |path: &Path| match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::canonicalize(folder).ok(),
        _ => fs::canonicalize(".").ok(),
    };
    let (Some(one_name), Some(other_name)) = (one.file_name(), other.file_name()) else {
        return false;
    };
    let named_alike = if cfg!(any(windows, target_vendor = "apple")) {
        one_name.eq_ignore_ascii_case(other_name)
    } else {
        one_name == other_name
    };
    named_alike && folder(one).is_some_and(|one| folder(other).is_some_and(|other| one == other))
}

#[cfg(unix)]
fn same_file(one: &Path, other: &Path) -> bool {
    let identity = |path| fs::metadata(path).ok().map(|about| identity(&about));
    identity(one).is_some_and(|one| identity(other) == Some(one))
}

#[cfg(not(unix))]
fn same_file(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}

/// Whether an opened file was not renamed or removed meanwhile.
#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    file.metadata().is_ok_and(|opened| {
        fs::symlink_metadata(path).is_ok_and(|there| identity(&opened) == identity(&there))
    })
}

#[cfg(not(unix))]
fn is_still_at(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(unix)]
fn identity(about: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (about.dev(), about.ino())
}
