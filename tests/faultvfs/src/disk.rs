//! Which directories are watched, and what has happened in each?
//!
//! One mutex per directory guards names, contents and the operation count together. It is held over each operation
//! that changes something, so every cut falls between two operations, the same two in every file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use crate::fault::{Fault, Plan};
use crate::folder::{FileId, Folder};
use crate::image::Kept;
use crate::{Cut, Deletion, Survival};

/// One watched directory, shared by its handles and by the files open in it.
#[derive(Debug)]
pub(crate) struct Watched {
    root: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) folder: Folder,
    pub(crate) plan: Plan,
}

static WATCHES: RwLock<Vec<Weak<Watched>>> = RwLock::new(Vec::new());

impl Watched {
    /// Watches a directory; takes what lies in it for durable. The same directory gives the same watch.
    pub(crate) fn begin(dir: &Path) -> io::Result<Arc<Watched>> {
        let root = fs::canonicalize(dir)?;
        if root.to_str().is_none() {
            let reason = "a watched directory needs a path in UTF-8, as SQLite names its files";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let mut watches = WATCHES.write().unwrap_or_else(PoisonError::into_inner);
        watches.retain(|watch| watch.strong_count() > 0);
        if let Some(known) = watches.iter().filter_map(Weak::upgrade).find(|watch| watch.root == root) {
            return Ok(known);
        }
        let mut folder = Folder::default();
        for (name, bytes) in read_tree(&root)? {
            folder.adopt(&name, bytes);
        }
        let state = Mutex::new(State { folder, plan: Plan::default() });
        let watch = Arc::new(Watched { root, state });
        watches.push(Arc::downgrade(&watch));
        Ok(watch)
    }

    /// The watch that a file falls under, the innermost if there are several, and its name there.
    pub(crate) fn over(path: &Path) -> Option<(Arc<Watched>, PathBuf)> {
        let watches = WATCHES.read().unwrap_or_else(PoisonError::into_inner);
        let over = watches.iter().filter_map(Weak::upgrade).filter(|watch| path.starts_with(&watch.root));
        let watch = over.max_by_key(|watch| watch.root.as_os_str().len())?;
        let name = path.strip_prefix(&watch.root).ok()?.to_owned();
        Some((watch, name))
    }

    /// Whether a lock is refused somewhere that nobody holds.
    pub(crate) fn any_pretends_busy() -> bool {
        let watches = WATCHES.read().unwrap_or_else(PoisonError::into_inner);
        watches.iter().filter_map(Weak::upgrade).any(|watch| watch.state().plan.is_armed_with(Fault::Busy))
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A panic elsewhere must not take the disk away: its state is whole between any two statements that hold it.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn cut(&self, into: &Path, seed: u64, survival: Survival) -> io::Result<Cut> {
        fs::create_dir_all(into)?;
        let into = fs::canonicalize(into)?;
        if into.starts_with(&self.root) {
            let reason = format!("{} is inside the watched directory; cut into another one", into.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        if fs::read_dir(&into)?.next().is_some() {
            let reason = format!("{} is not empty; a cut would mix with what is there", into.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, reason));
        }
        let (found, cut) = self.state().cut(seed, survival);
        for (name, bytes) in found {
            let path = into.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, bytes)?;
        }
        Ok(cut)
    }
}

impl State {
    fn cut(&self, seed: u64, survival: Survival) -> (BTreeMap<PathBuf, Vec<u8>>, Cut) {
        let pending = self.folder.pending();
        let (found, Kept { whole, torn }) = self.folder.after_cut(survival, seed);
        (found, Cut { at: self.plan.count(), pending, survived: whole, torn })
    }

    pub(crate) fn set_deletion(&mut self, deletion: Deletion) {
        self.folder.deletion = deletion;
    }

    /// The file behind a name that was just opened: a known one, a new one, or one that was written by other means.
    pub(crate) fn opened<E>(
        &mut self,
        name: &Path,
        existed: bool,
        read: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<FileId, E> {
        let known = self.folder.find(name);
        let id = match known {
            Some(id) if self.folder.is_open(id) => id,
            _ if !existed => self.folder.create(name),
            _ => {
                let bytes = read()?;
                match known {
                    Some(id) if self.folder.current(id).as_ref() == Some(&bytes) => id,
                    _ => self.folder.adopt(name, bytes),
                }
            }
        };
        self.folder.opened(id);
        Ok(id)
    }
}

/// Every file under a directory except shared memory, which no power cut leaves behind.
fn read_tree(root: &Path) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut left = vec![root.to_owned()];
    while let Some(dir) = left.pop() {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let (kind, path) = (entry.file_type()?, entry.path());
            if kind.is_dir() {
                left.push(path);
            } else if kind.is_file() && !entry.file_name().to_string_lossy().ends_with("-shm") {
                let name = path.strip_prefix(root).map_err(io::Error::other)?;
                files.push((name.to_owned(), fs::read(&path)?));
            }
        }
    }
    Ok(files)
}
