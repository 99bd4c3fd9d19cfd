//! How like are the codes of a block of vectors to a question?
//!
//! A block has 32 codes. Its signs lie nibble by nibble: of each four numbers sixteen bytes, in which byte `i` has vector `i` in
//! its low and vector `i + 16` in its high half. The question is a table for each nibble: what its sixteen patterns of signs add
//! up to, as bytes. So a shuffle looks up a nibble of 32 vectors at once, as in André, Kermarrec and Le Scouarnec, *Cache locality is not
//! enough: high-performance nearest neighbor search with product quantization fast scan* (VLDB 2015). Sums are whole numbers: whichever way they are made, they are the same.

use std::ops::Range;

use super::code::{Rotation, dot, plane, to_unit};
use super::simd::{self, Scale, TABLE_MOST};

/// Vectors of a block.
pub(super) const BLOCK: usize = 32;
/// Bytes of a nibble of a block, and of its table.
pub(super) const NIBBLE: usize = 16;

/// How far a cosine may be above its estimate, for vectors of one number. Two bits a number leave a deviation of 0.367 (the root of 1/0.881 - 1, where 0.881
/// is what these levels keep of numbers spread as in a bell curve), of which this is 2.2 times.
const DOUBT: f32 = 0.8;
/// Squares of lengths of which single floats lose nothing.
const SQUARES: Range<f32> = 1e-20..1e20;

/// Bytes of the signs of a block.
pub(super) fn block_len(dimensions: usize) -> usize {
    plane(dimensions) * 2 * NIBBLE
}

/// A vector that is looked for.
pub(super) struct Asked {
    /// One long.
    pub(super) unit: Vec<f32>,
    /// Sixteen bytes for each nibble.
    tables: Vec<u8>,
    /// A sum of bytes times its step, and its base added, is the product with the signs.
    scale: Scale,
}

impl Asked {
    /// `None` if it has no direction.
    pub(super) fn new(rotation: &Rotation, vector: &[f32]) -> Option<Self> {
        let mut unit = vector.to_vec();
        if !to_unit(&mut unit) {
            return None;
        }
        let mut turned = unit.clone();
        rotation.turn(&mut turned);
        turned.resize(plane(unit.len()) * 8, 0.0);
        let sums: Vec<[f32; 16]> = turned.as_chunks().0.iter().map(signed).collect();
        // The least of a table is that of the opposite of the best pattern.
        let range = |sums: &[f32; 16]| sums.iter().fold(0.0_f32, |most, sum| most.max(*sum));
        let widest = sums.iter().map(range).fold(0.0, f32::max) * 2.0;
        let step = widest / f32::from(TABLE_MOST);
        let mut base = 0.0;
        let mut tables = Vec::with_capacity(sums.len() * NIBBLE);
        for sums in &sums {
            let least = -range(sums);
            base += least;
            tables.extend(sums.iter().map(|sum| ((sum - least) / step).round() as u8));
        }
        Some(Self { unit, tables, scale: Scale { step, base, bar: 0.0 } })
    }

    /// Of the vectors of a block those that seem nearer by their signs than a bar: a bit for each, and the sums of all.
    pub(super) fn above(&self, block: &[u8], factors: &[f32], bar: f32) -> (u32, [u16; BLOCK]) {
        let scale = Scale { bar, ..self.scale };
        match factors.first_chunk() {
            Some(factors) => simd::above(block, &self.tables, factors, scale),
            // The last block of a chunk may have fewer.
            None => {
                let mut all = [0.0; BLOCK];
                all[..factors.len()].copy_from_slice(factors);
                simd::above(block, &self.tables, &all, scale)
            }
        }
    }

    /// How near a vector seems by the sum of its signs.
    pub(super) fn by_signs(&self, sum: u16, factor: f32) -> f32 {
        self.scale.of(sum, factor)
    }

    /// How near a vector seems by the sum of its signs and by its sizes.
    pub(super) fn by_sizes(&self, signs: u32, sizes: &[u8], factor: f32) -> f32 {
        let sizes = self.sum(sizes.iter().flat_map(|byte| [byte & 15, byte >> 4]));
        // Each is a product with ones and minus ones. A sign counts as much as two sizes.
        let both = (signs * 2 + sizes) as f32;
        (both * self.scale.step + self.scale.base * 3.0) * factor
    }

    /// The same for one vector of a block.
    pub(super) fn by_code(&self, block: &[u8], place: usize, sizes: &[u8], factor: f32) -> f32 {
        let shift = if place < NIBBLE { 0 } else { 4 };
        let signs = block[place % NIBBLE..].iter().step_by(NIBBLE).map(|byte| byte >> shift & 15);
        self.by_sizes(self.sum(signs), sizes, factor)
    }

    /// What some nibbles look up.
    fn sum(&self, nibbles: impl Iterator<Item = u8>) -> u32 {
        let tables = self.tables.as_chunks::<NIBBLE>().0;
        nibbles.zip(tables).map(|(nibble, table)| u32::from(table[usize::from(nibble)])).sum()
    }

    /// The cosine with some numbers; `None` if they have no direction.
    pub(super) fn cosine(&self, numbers: &[f32]) -> Option<f32> {
        let square = dot(numbers, numbers);
        if SQUARES.contains(&square) {
            return Some((dot(numbers, &self.unit) / square.sqrt()).clamp(-1.0, 1.0));
        }
        let mut numbers = numbers.to_vec();
        to_unit(&mut numbers).then(|| dot(&numbers, &self.unit).clamp(-1.0, 1.0))
    }

    /// The most that the cosine of a vector can well be that seems so near by signs and sizes.
    pub(super) fn at_most(&self, near: f32) -> f32 {
        near + DOUBT * ((1.0 - near * near).max(0.0) / self.unit.len() as f32).sqrt()
    }
}

/// What four numbers add up to by each pattern of signs.
fn signed(numbers: &[f32; 4]) -> [f32; 16] {
    std::array::from_fn(|pattern| {
        numbers.iter().zip(0..).map(|(n, bit)| if pattern >> bit & 1 == 1 { *n } else { -*n }).sum()
    })
}

/// Puts the signs of a vector into its block.
pub(super) fn put_signs(block: &mut [u8], place: usize, signs: &[u8]) {
    let (keep, shift) = if place < NIBBLE { (0xf0, 0) } else { (0x0f, 4) };
    for (byte, pair) in signs.iter().zip(block.chunks_exact_mut(NIBBLE * 2)) {
        for (nibble, half) in [byte & 15, byte >> 4].into_iter().zip([0, NIBBLE]) {
            let there = &mut pair[half + place % NIBBLE];
            *there = *there & keep | nibble << shift;
        }
    }
}

/// The signs of a vector of a block.
pub(super) fn signs_of(block: &[u8], place: usize) -> Vec<u8> {
    let shift = if place < NIBBLE { 0 } else { 4 };
    let nibble = |half: &[u8]| half[place % NIBBLE] >> shift & 15;
    block.chunks_exact(NIBBLE * 2).map(|pair| nibble(pair) | nibble(&pair[NIBBLE..]) << 4).collect()
}
