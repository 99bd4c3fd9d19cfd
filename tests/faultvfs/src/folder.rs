//! Which names does the disk hold, which of them would be found after a power cut, and with what content?
//!
//! A name and a file are two things here, as on a real disk: a file can be durable under no name (its creation was
//! not), and a name can come back with an older file (its deletion was not durable).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::image::{Image, Kept};
use crate::random::Random;
use crate::{Deletion, Survival};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileId(u64);

#[derive(Debug, Default)]
pub(crate) struct Folder {
    files: BTreeMap<FileId, File>,
    next: u64,
    names: BTreeMap<PathBuf, FileId>,
    durable_names: BTreeMap<PathBuf, FileId>,
    pub(crate) deletion: Deletion,
}

#[derive(Debug)]
struct File {
    image: Image,
    open: usize,
}

impl Folder {
    pub(crate) fn find(&self, name: &Path) -> Option<FileId> {
        self.names.get(name).copied()
    }

    pub(crate) fn is_open(&self, id: FileId) -> bool {
        self.files.get(&id).is_some_and(|file| file.open > 0)
    }

    pub(crate) fn current(&self, id: FileId) -> Option<Vec<u8>> {
        self.files.get(&id).map(|file| file.image.current())
    }

    /// Takes in a file that was written by other means than this disk; it counts as durable, its name too.
    pub(crate) fn adopt(&mut self, name: &Path, bytes: Vec<u8>) -> FileId {
        let id = self.add(Image::durable(bytes));
        self.names.insert(name.to_owned(), id);
        self.durable_names.insert(name.to_owned(), id);
        self.forget_unreachable();
        id
    }

    /// An empty file whose name is not yet durable.
    pub(crate) fn create(&mut self, name: &Path) -> FileId {
        let id = self.add(Image::default());
        self.names.insert(name.to_owned(), id);
        self.forget_unreachable();
        id
    }

    pub(crate) fn opened(&mut self, id: FileId) {
        if let Some(file) = self.files.get_mut(&id) {
            file.open += 1;
        }
    }

    pub(crate) fn closed(&mut self, id: FileId) {
        if let Some(file) = self.files.get_mut(&id) {
            file.open = file.open.saturating_sub(1);
        }
        self.forget_unreachable();
    }

    pub(crate) fn write(&mut self, id: FileId, at: usize, bytes: &[u8]) {
        if let Some(file) = self.files.get_mut(&id) {
            file.image.write(at, bytes);
        }
    }

    pub(crate) fn resize(&mut self, id: FileId, len: usize) {
        if let Some(file) = self.files.get_mut(&id) {
            file.image.resize(len);
        }
    }

    pub(crate) fn len(&self, id: FileId) -> usize {
        self.files.get(&id).map_or(0, |file| file.image.len())
    }

    /// Makes the file's content durable, and the name that it has now.
    pub(crate) fn sync(&mut self, id: FileId) {
        if let Some(file) = self.files.get_mut(&id) {
            file.image.sync();
        }
        let named = self.names.iter().filter(|(_, held)| **held == id).map(|(name, _)| name.clone());
        for name in named.collect::<Vec<_>>() {
            self.durable_names.insert(name, id);
        }
        self.forget_unreachable();
    }

    /// Makes durable what was created and deleted in the directory that holds `name`.
    pub(crate) fn sync_directory_of(&mut self, name: &Path) {
        let inside = |other: &Path| other.parent() == name.parent();
        self.durable_names.retain(|other, _| !inside(other));
        let now = self.names.iter().filter(|(other, _)| inside(other));
        self.durable_names.extend(now.map(|(other, id)| (other.clone(), *id)));
        self.forget_unreachable();
    }

    pub(crate) fn delete(&mut self, name: &Path, directory_synced: bool) {
        self.names.remove(name);
        if self.deletion == Deletion::AtOnce {
            self.durable_names.remove(name);
        }
        if directory_synced {
            self.sync_directory_of(name);
        }
        self.forget_unreachable();
    }

    /// How many changes no sync has made durable yet, in all files that have a name or had one.
    pub(crate) fn pending(&self) -> usize {
        self.files.values().map(|file| file.image.pending()).sum()
    }

    /// The files that are found after the power comes back, by name.
    pub(crate) fn after_cut(&self, survival: Survival, seed: u64) -> (BTreeMap<PathBuf, Vec<u8>>, Kept) {
        let mut random = Random::seeded(seed);
        let mut found = BTreeMap::new();
        let mut total = Kept::default();
        let names: BTreeSet<&PathBuf> = self.names.keys().chain(self.durable_names.keys()).collect();
        for name in names {
            let (now, durable) = (self.names.get(name), self.durable_names.get(name));
            let held = match survival {
                Survival::Random if now != durable && random.coin() => now,
                Survival::Random | Survival::SyncedOnly => durable,
            };
            let Some(file) = held.and_then(|id| self.files.get(id)) else {
                continue;
            };
            let (bytes, kept) = match survival {
                Survival::SyncedOnly => (file.image.synced(), Kept::default()),
                Survival::Random => file.image.survivors(&mut random),
            };
            total.whole += kept.whole;
            total.torn += kept.torn;
            found.insert(name.clone(), bytes);
        }
        (found, total)
    }

    fn add(&mut self, image: Image) -> FileId {
        let id = FileId(self.next);
        self.next += 1;
        self.files.insert(id, File { image, open: 0 });
        id
    }

    fn forget_unreachable(&mut self) {
        let (names, durable) = (&self.names, &self.durable_names);
        let named = |id: &FileId| names.values().chain(durable.values()).any(|held| held == id);
        self.files.retain(|id, file| file.open > 0 || named(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> &'static Path {
        Path::new("diary")
    }

    fn found(folder: &Folder) -> Option<Vec<u8>> {
        folder.after_cut(Survival::SyncedOnly, 0).0.remove(name())
    }

    fn synced(folder: &mut Folder, bytes: &[u8]) -> FileId {
        let id = folder.create(name());
        folder.write(id, 0, bytes);
        folder.sync(id);
        id
    }

    #[test]
    fn a_new_file_is_found_once_it_was_synced() {
        let mut folder = Folder::default();
        let id = folder.create(name());
        folder.write(id, 0, b"dear");
        assert_eq!(found(&folder), None);
        folder.sync(id);
        assert_eq!(found(&folder), Some(b"dear".to_vec()));
    }

    #[test]
    fn a_directory_sync_makes_the_name_durable_but_not_the_content() {
        let mut folder = Folder::default();
        let id = folder.create(name());
        folder.write(id, 0, b"dear");
        folder.sync_directory_of(Path::new("other"));
        assert_eq!(found(&folder), Some(Vec::new()));
        assert_eq!(folder.pending(), 1);
    }

    #[test]
    fn another_directory_is_another_sync() {
        let mut folder = Folder::default();
        folder.create(name());
        folder.sync_directory_of(Path::new("attic/other"));
        assert_eq!(found(&folder), None);
    }

    #[test]
    fn a_deletion_is_durable_at_once_or_waits_for_the_directory() {
        let mut folder = Folder::default();
        synced(&mut folder, b"dear");
        folder.delete(name(), false);
        assert_eq!(found(&folder), None);

        folder.deletion = Deletion::WithDirectory;
        synced(&mut folder, b"dear");
        folder.delete(name(), false);
        assert_eq!(folder.find(name()), None);
        assert_eq!(found(&folder), Some(b"dear".to_vec()));
        folder.delete(Path::new("other"), true);
        assert_eq!(found(&folder), None);
        assert_eq!(folder.files.len(), 0);
    }

    #[test]
    fn a_deleted_name_comes_back_with_the_old_file_until_the_new_one_is_synced() {
        let mut folder = Folder { deletion: Deletion::WithDirectory, ..Folder::default() };
        synced(&mut folder, b"old");
        folder.delete(name(), false);
        let new = folder.create(name());
        folder.write(new, 0, b"new");
        assert_eq!(found(&folder), Some(b"old".to_vec()));
        folder.sync(new);
        assert_eq!(found(&folder), Some(b"new".to_vec()));
    }

    #[test]
    fn a_file_that_is_open_outlives_its_name() {
        let mut folder = Folder::default();
        let id = synced(&mut folder, b"dear");
        folder.opened(id);
        folder.delete(name(), false);
        assert_eq!(folder.current(id), Some(b"dear".to_vec()));
        folder.closed(id);
        assert_eq!(folder.current(id), None);
    }
}
