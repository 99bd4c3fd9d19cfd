//! Is this file open in this process already?
//!
//! Opening one file twice shares one core: one write connection, one queue, one set of caches. A file is told by its
//! path with all links resolved, or by its number: under a second name it would have a second log.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use crate::error::Result;
use crate::graph::{Answers, Snapshots};
use crate::index::Cache;
use crate::memory::Accesses;
use crate::model::Config;
use crate::storage::{self, Storage};
use crate::telemetry::Counters;

/// What all handles of one open file share.
pub(super) struct Registered {
    pub(super) storage: Storage,
    pub(super) counters: Counters,
    pub(super) graphs: Snapshots,
    pub(super) answers: Answers,
    pub(super) words: Cache,
    pub(super) accesses: Accesses,
}

impl Registered {
    fn new(storage: Storage) -> Self {
        let answers = Answers::new((storage.config().graph_cache_kib as usize) << 10);
        let words = Cache::new(WORDS_ROOM, (storage.config().vector_cache_kib as usize) << 10);
        let (graphs, accesses) = (Snapshots::default(), Accesses::default());
        Self { storage, counters: Counters::new(), graphs, answers, words, accesses }
    }
}

/// Bytes of the words that are kept at hand.
const WORDS_ROOM: usize = 8 << 20;

type Open = HashMap<(PathBuf, bool), Weak<Registered>>;

fn registry() -> &'static Mutex<Open> {
    static REGISTRY: OnceLock<Mutex<Open>> = OnceLock::new();
    REGISTRY.get_or_init(Mutex::default)
}

/// The core of a file: the one that is open, or a new one. A file open for writing serves readers, too.
pub(super) fn open(path: &Path, config: Config) -> Result<Arc<Registered>> {
    storage::check_process()?;
    let path = &storage::plain(path)?;
    let mut open = registry().lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|_, core| core.strong_count() > 0);
    let whole = resolved(path);
    let named = |read_only: bool| open.get(&(whole.clone(), read_only)).and_then(Weak::upgrade);
    let linked = |read_only: bool| {
        let cores = open.iter().filter(|((_, reads), _)| *reads == read_only);
        cores.filter_map(|(_, core)| core.upgrade()).find(|core| core.storage.is_at(path))
    };
    let find = |read_only: bool| named(read_only).or_else(|| linked(read_only));
    let found = if config.read_only { find(false).or_else(|| find(true)) } else { find(false) };
    if let Some(core) = found {
        return Ok(core);
    }
    let read_only = config.read_only;
    let core = Arc::new(Registered::new(Storage::open(path, config)?));
    open.insert((resolved(path), read_only), Arc::downgrade(&core));
    Ok(core)
}

pub(super) fn in_memory(config: Config) -> Result<Arc<Registered>> {
    Ok(Arc::new(Registered::new(Storage::in_memory(config)?)))
}

/// The path without links; of a file that does not exist yet, by its folder.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(whole) = path.canonicalize() {
        return whole;
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
