//! What of one file is on the disk, and what is only on its way there?
//!
//! An image is the bytes as of the last sync and the writes and resizes since then, in order. It knows nothing of
//! SQLite and nothing of names.

use crate::random::Random;

/// What a disk writes as one piece, in bytes. A torn write breaks between two sectors, never inside one.
pub(crate) const SECTOR: usize = 512;

#[derive(Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Resize(usize),
}

/// How many pending changes came through a cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) whole: usize,
    pub(crate) torn: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Image {
    durable: Vec<u8>,
    pending: Vec<Change>,
    len: usize,
}

impl Image {
    /// A file whose every byte is on the disk.
    pub(crate) fn durable(bytes: Vec<u8>) -> Self {
        let len = bytes.len();
        Image { durable: bytes, pending: Vec::new(), len }
    }

    /// How long the file is for those who use it now.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn write(&mut self, at: usize, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.len = self.len.max(at + bytes.len());
            self.pending.push(Change::Write { at, bytes: bytes.to_vec() });
        }
    }

    /// Cuts the file, or extends it with zeros.
    pub(crate) fn resize(&mut self, len: usize) {
        if len != self.len {
            self.len = len;
            self.pending.push(Change::Resize(len));
        }
    }

    pub(crate) fn sync(&mut self) {
        for change in std::mem::take(&mut self.pending) {
            change.apply(&mut self.durable);
        }
    }

    /// The bytes for those who use the file now.
    pub(crate) fn current(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for change in &self.pending {
            change.apply(&mut bytes);
        }
        bytes
    }

    /// How many changes no sync has made durable yet.
    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The bytes that are found when nothing survives but what was synced.
    pub(crate) fn synced(&self) -> Vec<u8> {
        self.durable.clone()
    }

    /// The bytes that are found when some pending changes survive, whichever they are, and one may be torn.
    ///
    /// The survivors are laid down in their first order. That covers a disk that reorders: since any subset may
    /// survive, "the earlier of two writes to one place came last" is the subset without the later one.
    pub(crate) fn survivors(&self, random: &mut Random) -> (Vec<u8>, Kept) {
        let mut bytes = self.durable.clone();
        let mut kept = Kept::default();
        // From none to all in quarters: a fair coin per write would hardly ever keep a long run of them.
        let quarters = random.below(5);
        let torn = random.coin().then(|| random.below(self.pending.len()));
        for (index, change) in self.pending.iter().enumerate() {
            let whole = random.below(4) < quarters;
            let part = if torn == Some(index) { change.torn(random) } else { None };
            if let Some(part) = part {
                kept.torn += 1;
                part.apply(&mut bytes);
            } else if whole {
                kept.whole += 1;
                change.apply(&mut bytes);
            }
        }
        (bytes, kept)
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes } => lay(file, *at, bytes),
            Change::Resize(len) => file.resize(*len, 0),
        }
    }

    /// The first or the last sectors of this write; nothing when it lies within one sector or is no write.
    fn torn(&self, random: &mut Random) -> Option<Change> {
        let Change::Write { at, bytes } = self else {
            return None;
        };
        let breaks = sector_breaks(*at, bytes.len());
        if breaks == 0 {
            return None;
        }
        let (first, last) = bytes.split_at(nth_break(*at, random.below(breaks)));
        Some(match random.coin() {
            true => Change::Write { at: *at, bytes: first.to_vec() },
            false => Change::Write { at: at + first.len(), bytes: last.to_vec() },
        })
    }
}

/// How many bytes of a write of `len` bytes at `at` get to a disk that stops half way; whole sectors only.
pub(crate) fn torn_length(at: usize, len: usize) -> usize {
    match sector_breaks(at, len) {
        0 => 0,
        breaks => nth_break(at, breaks / 2),
    }
}

/// How many sector boundaries lie inside a write, its two ends apart.
fn sector_breaks(at: usize, len: usize) -> usize {
    (at + len).div_ceil(SECTOR).saturating_sub(at / SECTOR + 1)
}

/// Where in a write at `at` its nth inner sector boundary lies.
fn nth_break(at: usize, n: usize) -> usize {
    (at / SECTOR + 1 + n) * SECTOR - at
}

fn lay(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: u8 = 1;
    const AFTER: u8 = 2;

    fn three_sectors_overwritten() -> Image {
        let mut image = Image::durable(vec![BEFORE; 3 * SECTOR]);
        image.write(0, &vec![AFTER; 3 * SECTOR]);
        image
    }

    #[test]
    fn a_write_is_durable_after_sync_and_not_before() {
        let mut image = Image::durable(b"old".to_vec());
        image.write(1, b"ew");
        assert_eq!(image.current(), b"oew");
        assert_eq!((image.synced(), image.pending()), (b"old".to_vec(), 1));
        image.sync();
        assert_eq!((image.synced(), image.pending()), (b"oew".to_vec(), 0));
    }

    #[test]
    fn a_write_past_the_end_leaves_zeros_between() {
        let mut image = Image::default();
        image.write(3, b"x");
        assert_eq!(image.len(), 4);
        assert_eq!(image.current(), b"\0\0\0x");
    }

    #[test]
    fn a_resize_is_pending_like_a_write() {
        let mut image = Image::durable(b"long".to_vec());
        image.resize(1);
        assert_eq!((image.len(), image.synced()), (1, b"long".to_vec()));
        image.sync();
        assert_eq!(image.synced(), b"l");
    }

    #[test]
    fn the_same_seed_finds_the_same_survivors() {
        let image = three_sectors_overwritten();
        for seed in 0..50 {
            let found = || image.survivors(&mut Random::seeded(seed));
            assert_eq!(found(), found());
        }
    }

    #[test]
    fn a_write_survives_whole_or_not_at_all_or_torn_between_sectors() {
        let image = three_sectors_overwritten();
        let (mut whole, mut none, mut torn) = (0, 0, 0);
        for seed in 0..200 {
            let (bytes, kept) = image.survivors(&mut Random::seeded(seed));
            for sector in bytes.chunks(SECTOR) {
                assert!(sector.iter().all(|byte| *byte == sector[0]), "seed {seed} tore a sector");
            }
            let after = bytes.iter().filter(|byte| **byte == AFTER).count();
            match (kept.whole, kept.torn) {
                (1, 0) => whole += usize::from(after == 3 * SECTOR),
                (0, 0) => none += usize::from(after == 0),
                (0, 1) => torn += usize::from(after == SECTOR || after == 2 * SECTOR),
                other => panic!("seed {seed}: one write had the fate {other:?}"),
            }
        }
        assert_eq!(whole + none + torn, 200);
        assert!(whole > 20 && none > 20 && torn > 20, "whole {whole}, none {none}, torn {torn}");
    }

    #[test]
    fn a_later_write_can_survive_an_earlier_one() {
        let mut image = Image::durable(vec![BEFORE; 2 * SECTOR]);
        image.write(0, &[AFTER]);
        image.write(SECTOR, &[AFTER]);
        let reordered = (0..200)
            .map(|seed| image.survivors(&mut Random::seeded(seed)).0)
            .filter(|bytes| bytes[0] == BEFORE && bytes[SECTOR] == AFTER)
            .count();
        assert!(reordered > 10, "{reordered} of 200");
    }

    #[test]
    fn breaks_lie_strictly_inside_a_write() {
        for (at, len, breaks) in
            [(0, 512, 0), (0, 513, 1), (10, 502, 0), (10, 503, 1), (512, 4096, 7), (24, 4096, 8)]
        {
            assert_eq!(sector_breaks(at, len), breaks, "write of {len} at {at}");
            for n in 0..breaks {
                let place = nth_break(at, n);
                assert!(
                    place > 0 && place < len && (at + place).is_multiple_of(SECTOR),
                    "write of {len} at {at}"
                );
            }
            assert!(torn_length(at, len) < len);
        }
        assert_eq!(torn_length(512, 4096), 2048);
    }
}
