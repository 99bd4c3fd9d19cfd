//! What does a memory look like to an embedding model?

use super::limits::{DIMENSIONS_MAX, NAME_BYTES_MAX, PASSAGES_MAX};
use super::memory::check_name;
use crate::error::{Error, Result};

/// The vectors of one memory by one model: one for the whole content, or one for each passage of it.
///
/// ```
/// use mindkeep::{Embedding, NewMemory, Store};
///
/// let store = Store::builder().open_in_memory()?;
/// let id = store
///     .remember(NewMemory::new("Tea at four.").embedding(Embedding::f32("tiny-3d", &[0.1, 0.2, 0.3])))?
///     .id;
/// assert_eq!(store.embeddings(id)?[0].model, "tiny-3d");
/// # Ok::<(), mindkeep::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// The model: id, revision and pooling in one name, such as `all-MiniLM-L6-v2`.
    pub model: String,
    /// One or more passages, in the order in which they were given.
    pub passages: Vec<Passage>,
}

/// One vector and the part of the content that it stands for.
///
/// ```
/// use mindkeep::{Embedding, Passage, VectorData};
/// let half = |from, to| Passage { range: Some((from, to)), data: VectorData::F16(vec![0, 60, 0, 0]) };
/// let embedding = Embedding { model: "tiny-2d".into(), passages: vec![half(0, 9), half(9, 20)] };
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The bytes of the content that it covers, end exclusive; `None` is the whole.
    pub range: Option<(u32, u32)>,
    /// The numbers, as they were given.
    pub data: VectorData,
}

/// The numbers of a vector, kept in the form in which they were given: little-endian bytes.
///
/// ```
/// use mindkeep::VectorData;
/// assert_eq!(VectorData::F32(1.0_f32.to_le_bytes().to_vec()).dimensions(), 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum VectorData {
    /// 4 bytes a dimension.
    F32(Vec<u8>),
    /// 2 bytes a dimension, IEEE 754 half precision.
    F16(Vec<u8>),
}

impl VectorData {
    /// How many numbers there are.
    ///
    /// ```
    /// assert_eq!(mindkeep::VectorData::F16(vec![0; 768]).dimensions(), 384);
    /// ```
    pub fn dimensions(&self) -> usize {
        match self {
            Self::F32(bytes) => bytes.len() / 4,
            Self::F16(bytes) => bytes.len() / 2,
        }
    }

    fn check(&self) -> Result<()> {
        let whole = match self {
            Self::F32(bytes) => bytes.len() % 4 == 0,
            Self::F16(bytes) => bytes.len() % 2 == 0,
        };
        if !whole || !(1..=DIMENSIONS_MAX).contains(&self.dimensions()) {
            return Err(Error::invalid("embedding", "does not have 1 to 4,096 whole numbers"));
        }
        // All exponent bits set is an infinity or a NaN, in both formats.
        let finite = match self {
            Self::F32(bytes) => bytes.chunks_exact(4).all(|b| {
                let bits = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
                bits & 0x7f80_0000 != 0x7f80_0000
            }),
            Self::F16(bytes) => {
                bytes.chunks_exact(2).all(|b| u16::from_le_bytes([b[0], b[1]]) & 0x7c00 != 0x7c00)
            }
        };
        if !finite {
            return Err(Error::invalid("embedding", "has a number that is NaN or infinite"));
        }
        Ok(())
    }
}

impl Embedding {
    /// One vector of 32-bit floats for the whole content.
    ///
    /// ```
    /// let embedding = mindkeep::Embedding::f32("tiny-3d", &[0.1, 0.2, 0.3]);
    /// assert_eq!(embedding.passages[0].data.dimensions(), 3);
    /// ```
    pub fn f32(model: impl Into<String>, vector: &[f32]) -> Self {
        let bytes = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
        let whole = Passage { range: None, data: VectorData::F32(bytes) };
        Self { model: model.into(), passages: vec![whole] }
    }

    pub(crate) fn check(&self, content: &str) -> Result<()> {
        check_name("embedding", &self.model, NAME_BYTES_MAX)?;
        if self.model.starts_with(char::is_control) {
            return Err(Error::invalid(
                "embedding",
                "has a model whose name begins with a control character",
            ));
        }
        if self.passages.is_empty() || self.passages.len() > PASSAGES_MAX {
            return Err(Error::invalid("embedding", "does not have 1 to 1,024 passages"));
        }
        let dimensions = self.passages[0].data.dimensions();
        for passage in &self.passages {
            passage.data.check()?;
            if passage.data.dimensions() != dimensions {
                return Err(Error::invalid("embedding", "has passages of different dimensions"));
            }
            if let Some((from, to)) = passage.range {
                let inside = from < to
                    && content.is_char_boundary(from as usize)
                    && content.is_char_boundary(to as usize);
                if !inside {
                    return Err(Error::invalid("embedding", "has a passage outside of the content"));
                }
            }
        }
        Ok(())
    }
}
