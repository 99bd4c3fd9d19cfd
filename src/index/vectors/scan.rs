//! How like are the codes of a block of vectors to a question?
//!
//! A block has 32 codes. Its signs lie nibble by nibble: of each four numbers sixteen bytes, in which byte `i` has vector `i` in
//! its low and vector `i + 16` in its high half. The question is a table for each nibble: what its sixteen patterns of signs add
//! up to, as bytes. So a shuffle looks up a nibble of 32 vectors at once, as in André, Kermarrec and Le Scouarnec, *Cache locality is not
//! enough: high-performance nearest neighbor search with product quantization fast scan* (VLDB 2015). Sums are whole numbers: whichever way they are made, they are the same.

use super::code::{LARGE_COUNTS, Rotation, plane, to_unit};
use super::simd;

/// Vectors of a block.
pub(super) const BLOCK: usize = 32;
/// Bytes of a nibble of a block, and of its table.
pub(super) const NIBBLE: usize = 16;
/// The most that all tables together may add up to.
const SUM_MOST: f32 = 65_535.0;

/// Bytes of the signs of a block.
pub(super) fn block_len(dimensions: usize) -> usize {
    plane(dimensions) * 2 * NIBBLE
}

/// A vector that is looked for.
pub(super) struct Asked {
    /// One long.
    pub(super) unit: Vec<f32>,
    /// For each nibble what its numbers add up to of which a pattern has the bit.
    parts: Vec<[f32; 16]>,
    /// Sixteen bytes for each nibble.
    tables: Vec<u8>,
    /// A sum of bytes times this...
    step: f32,
    /// ...and this added is the product with the signs.
    base: f32,
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
        let parts: Vec<[f32; 16]> = turned.chunks_exact(4).map(parts).collect();
        // With signs: what is set adds, the rest is taken away.
        let sums: Vec<[f32; 16]> =
            parts.iter().map(|parts| parts.map(|part| 2.0 * part - parts[15])).collect();
        // The least of a table is that of the opposite of the best pattern.
        let range = |sums: &[f32; 16]| sums.iter().fold(0.0_f32, |most, sum| most.max(*sum));
        let widest = sums.iter().map(range).fold(0.0, f32::max) * 2.0;
        let most = (SUM_MOST / sums.len() as f32).min(255.0).floor();
        let step = widest / most;
        let mut base = 0.0;
        let mut tables = Vec::with_capacity(sums.len() * NIBBLE);
        for sums in &sums {
            let least = -range(sums);
            base += least;
            tables.extend(sums.iter().map(|sum| ((sum - least) / step).round() as u8));
        }
        Some(Self { unit, parts, tables, step, base })
    }

    /// For each vector of a block how near it seems by its signs.
    pub(super) fn near(&self, block: &[u8], factors: &[f32]) -> [f32; BLOCK] {
        let sums = simd::sums(block, &self.tables);
        let mut near = [0.0; BLOCK];
        for ((near, sum), factor) in near.iter_mut().zip(sums).zip(factors) {
            *near = (f32::from(sum) * self.step + self.base) * factor;
        }
        near
    }

    /// The product of one vector with its signs and sizes. `signs` are those of its block.
    pub(super) fn product(&self, signs: &[u8], place: usize, sizes: &[u8]) -> f32 {
        let shift = if place < NIBBLE { 0 } else { 4 };
        let signs = signs[place % NIBBLE..].iter().step_by(NIBBLE).map(|byte| byte >> shift & 15);
        let sizes = sizes.iter().flat_map(|byte| [byte & 15, byte >> 4]);
        let (mut small, mut large) = (0.0_f32, 0.0_f32);
        for ((parts, sign), size) in self.parts.iter().zip(signs).zip(sizes) {
            let part = |bits: u8| parts[usize::from(bits & 15)];
            small += 2.0 * part(sign) - parts[15];
            large += 2.0 * part(sign & size) - part(size);
        }
        small + (LARGE_COUNTS - 1.0) * large
    }
}

/// What those of four numbers add up to of which a pattern has the bit.
fn parts(numbers: &[f32]) -> [f32; 16] {
    std::array::from_fn(|pattern| {
        numbers.iter().zip(0..).map(|(n, bit)| if pattern >> bit & 1 == 1 { *n } else { 0.0 }).sum()
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
