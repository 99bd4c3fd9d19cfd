//! Which bytes does a page have, when the file cannot be trusted?
//!
//! The file is read as it lies there, with what its write-ahead log has committed on top, as SQLite itself would see it.
//! Nothing is written, and no lock is taken.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::{Error, Result};

/// Bytes of every page of every store.
pub(crate) const PAGE_BYTES: usize = 8192;

/// The pages of a file.
pub(crate) struct Pages {
    file: File,
    count: u32,
    /// Of these, pages that the file has in full, from the first.
    whole: u32,
    log: Option<File>,
    /// Where in the log the newest version of a page begins.
    logged: HashMap<u32, u64>,
}

impl Pages {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| Error::io("reading the damaged file", &error);
        let mut file = File::open(path).map_err(failed)?;
        let bytes = file.seek(SeekFrom::End(0)).map_err(failed)?;
        let pages = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let (count, whole) = (pages(bytes.div_ceil(PAGE_BYTES as u64)), pages(bytes / PAGE_BYTES as u64));
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        let mut log = File::open(Path::new(&name)).ok();
        let logged = log.as_mut().and_then(committed).unwrap_or_default();
        let count = logged.keys().copied().max().unwrap_or(0).max(count);
        Ok(Self { file, count, whole, log, logged })
    }

    /// How many there are; the first has number 1.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// How many pages are cut off: the head of the file says how many there were.
    pub(crate) fn cut_off(&mut self) -> u32 {
        let first = self.read(1);
        let said = first.get(28..).filter(|_| first.starts_with(b"SQLite format 3\0"));
        let said = said.and_then(<[u8]>::first_chunk).map_or(0, |four| u32::from_be_bytes(*four));
        let logged = self.logged.keys().filter(|&&page| page > self.whole && page <= said).count();
        said.saturating_sub(self.whole).saturating_sub(logged as u32)
    }

    /// A page, as far as it is there: what is beyond the end of the file, or cannot be read, is not made up.
    pub(crate) fn read(&mut self, page: u32) -> Vec<u8> {
        let mut bytes = vec![0; PAGE_BYTES];
        let (file, from) = match (self.logged.get(&page), &mut self.log) {
            (Some(&from), Some(log)) => (log, from),
            _ => (&mut self.file, u64::from(page.saturating_sub(1)) * PAGE_BYTES as u64),
        };
        let mut filled = 0;
        if file.seek(SeekFrom::Start(from)).is_err() {
            return Vec::new();
        }
        while filled < PAGE_BYTES {
            match file.read(&mut bytes[filled..]) {
                Ok(read) if read > 0 => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                _ => break,
            }
        }
        bytes.truncate(filled);
        bytes
    }
}

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// The newest committed version of each page in a write-ahead log: frames count up to the last commit before the first
/// whose checksum does not follow from those before it.
fn committed(log: &mut File) -> Option<HashMap<u32, u64>> {
    log.seek(SeekFrom::Start(0)).ok()?;
    let mut log = std::io::BufReader::with_capacity(1 << 18, log);
    let mut header = [0; HEADER_BYTES];
    log.read_exact(&mut header).ok()?;
    let big_endian = match word(&header, 0) {
        0x377f_0682 => false,
        0x377f_0683 => true,
        _ => return None,
    };
    let salts = &header[16..24];
    let mut sum = (0, 0);
    fold(&mut sum, &header[..24], big_endian);
    if (word(&header, 24), word(&header, 28)) != sum || word(&header, 8) as usize != PAGE_BYTES {
        return None;
    }
    let (mut known, mut pending) = (HashMap::new(), Vec::new());
    let mut frame = [0; FRAME_HEADER_BYTES + PAGE_BYTES];
    let mut at = HEADER_BYTES as u64;
    while log.read_exact(&mut frame).is_ok() {
        fold(&mut sum, &frame[..8], big_endian);
        fold(&mut sum, &frame[FRAME_HEADER_BYTES..], big_endian);
        if frame[8..16] != *salts || (word(&frame, 16), word(&frame, 20)) != sum {
            break;
        }
        pending.push((word(&frame, 0), at + FRAME_HEADER_BYTES as u64));
        if word(&frame, 4) != 0 {
            known.extend(pending.drain(..));
        }
        at += frame.len() as u64;
    }
    Some(known)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn fold(sum: &mut (u32, u32), bytes: &[u8], big_endian: bool) {
    let (pairs, _) = bytes.as_chunks::<8>();
    for pair in pairs {
        let of = |at: usize| {
            let word = [pair[at], pair[at + 1], pair[at + 2], pair[at + 3]];
            if big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
        };
        sum.0 = sum.0.wrapping_add(of(0)).wrapping_add(sum.1);
        sum.1 = sum.1.wrapping_add(of(4)).wrapping_add(sum.0);
    }
}
