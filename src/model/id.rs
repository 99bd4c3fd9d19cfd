//! Which memory? An identity that stays the same on every device.

use std::cell::Cell;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Result};

/// The identity of a memory: a UUIDv7, the same in every file that the memory reaches.
///
/// ```
/// use mindkeep::{MemoryId, NewMemory, Store};
///
/// let store = Store::builder().open_in_memory()?;
/// let id = store.remember(NewMemory::new("The kettle whistles in E flat."))?.id;
/// let same: MemoryId = id.to_string().parse()?;
/// assert_eq!(store.get(same)?.content, "The kettle whistles in E flat.");
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MemoryId(Uuid);

impl MemoryId {
    /// A new identity, later than all that this process made before.
    pub(crate) fn new() -> Self {
        Self(new_uuid())
    }

    /// The identity with these 16 bytes.
    ///
    /// ```
    /// use mindkeep::MemoryId;
    /// let id: MemoryId = "0190b0a4-5f1e-7cc0-98c4-dc0c0c07398f".parse()?;
    /// assert_eq!(MemoryId::from_bytes(*id.as_bytes()), id);
    /// # Ok::<(), mindkeep::Error>(())
    /// ```
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The 16 bytes, as the file keeps them.
    ///
    /// ```
    /// let id = mindkeep::MemoryId::from_bytes([7; 16]);
    /// assert_eq!(id.as_bytes(), &[7; 16]);
    /// ```
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

/// A new UUIDv7, later than all that this process made before.
///
/// Processes that were forked from one have copies of its generator, and give out the same ids, if the app had used it.
/// So each thread seeds it anew, once: after the first id there is no fork.
pub(crate) fn new_uuid() -> Uuid {
    thread_local! {
        static SEEDED: Cell<bool> = const { Cell::new(false) };
    }
    if !SEEDED.replace(true) {
        // Without entropy of the system there was no generator in the first place.
        let _ = rand::rng().reseed();
    }
    Uuid::now_v7()
}

impl fmt::Display for MemoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for MemoryId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Uuid::parse_str(text).map(Self).map_err(|_| Error::invalid("id", "is not a UUID"))
    }
}
