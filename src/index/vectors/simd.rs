//! How are the tables of a question looked up as fast as the machine can?
//!
//! The one place of the library where `unsafe` may stand. It reads bytes by vector instructions, nothing else: what it reads is a range that was checked just
//! before, and which instructions there are is asked of the machine. `portable` does the same in plain Rust, is what
//! other machines run, and is what the tests hold the others against.

#![allow(unsafe_code, reason = "vector instructions; each use says why it is sound")]

use super::scan::{BLOCK, NIBBLE};

/// The most that a byte of a table may be: so many of them add up to no more than a byte.
pub(super) const TABLE_MOST: u8 = u8::MAX / IN_A_BYTE as u8;
const IN_A_BYTE: usize = 4;
/// Bytes beyond the codes that are looked at, where more are asked for.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = 4_096;

/// What makes a sum of bytes the estimate of a cosine, and what that has to be above.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) step: f32,
    pub(super) base: f32,
    pub(super) bar: f32,
}

impl Scale {
    /// The estimate, by the factor of a vector.
    pub(super) fn of(&self, sum: u16, factor: f32) -> f32 {
        (f32::from(sum) * self.step + self.base) * factor
    }

    /// A bit for each vector that is above the bar.
    #[inline(always)]
    fn above(&self, sums: &[u16; BLOCK], factors: &[f32; BLOCK]) -> u32 {
        let mut mask = 0;
        for (place, (&sum, &factor)) in sums.iter().zip(factors).enumerate() {
            mask |= u32::from(self.of(sum, factor) > self.bar) << place;
        }
        mask
    }
}

/// For each vector of a block the sum of what its nibbles look up, and a bit for each that is above the bar. `block` and `tables` have 16 bytes for
/// each nibble, an even number of nibbles.
pub(super) fn above(
    block: &[u8],
    tables: &[u8],
    factors: &[f32; BLOCK],
    scale: Scale,
) -> (u32, [u16; BLOCK]) {
    assert!(
        block.len() == tables.len() && block.len().is_multiple_of(NIBBLE * 2),
        "a block has a table for each nibble"
    );
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the machine has AVX2.
        return unsafe { avx2(block, tables, factors, scale) };
    }
    #[cfg(target_arch = "aarch64")]
    if std::arch::is_aarch64_feature_detected!("neon") {
        // SAFETY: the machine has NEON.
        return unsafe { neon(block, tables, factors, scale) };
    }
    portable(block, tables, factors, scale)
}

/// In plain Rust.
fn portable(block: &[u8], tables: &[u8], factors: &[f32; BLOCK], scale: Scale) -> (u32, [u16; BLOCK]) {
    let mut sums = [0_u16; BLOCK];
    for (codes, table) in block.chunks_exact(NIBBLE).zip(tables.chunks_exact(NIBBLE)) {
        for (place, &code) in codes.iter().enumerate() {
            sums[place] = sums[place].wrapping_add(table[usize::from(code & 15)].into());
            sums[place + NIBBLE] = sums[place + NIBBLE].wrapping_add(table[usize::from(code >> 4)].into());
        }
    }
    (scale.above(&sums, factors), sums)
}

/// Two nibbles at a time, one in each half of a register.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(block: &[u8], tables: &[u8], factors: &[f32; BLOCK], scale: Scale) -> (u32, [u16; BLOCK]) {
    use std::arch::x86_64::{
        __m128i, __m256i, _MM_HINT_T0, _mm_add_epi16, _mm_prefetch, _mm_storeu_si128, _mm_unpackhi_epi16,
        _mm_unpacklo_epi16, _mm256_add_epi8, _mm256_add_epi16, _mm256_and_si256, _mm256_castsi256_si128,
        _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_set1_epi8, _mm256_setzero_si256,
        _mm256_shuffle_epi8, _mm256_slli_epi16, _mm256_srli_epi16, _mm256_sub_epi16,
    };
    let load = |bytes: &[u8; NIBBLE * 2]| {
        // SAFETY: 32 bytes are read from an array of 32; the instruction does not ask for alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast::<__m256i>()) }
    };
    let low = _mm256_set1_epi8(15);
    // Of the vectors 0 to 15, and of those from 16 on: what is looked up, added to bytes.
    let look_up = |bytes: [__m256i; 2], codes: &[u8; NIBBLE * 2], table: &[u8; NIBBLE * 2]| {
        // What the next blocks have is asked for early: it is read once, page after page. SAFETY: nothing is read.
        #[allow(unused_unsafe, reason = "newer compilers know that this is safe")]
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(codes.as_ptr().wrapping_add(AHEAD).cast());
        }
        let (codes, table) = (load(codes), load(table));
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(codes), low);
        [
            _mm256_add_epi8(bytes[0], _mm256_shuffle_epi8(table, _mm256_and_si256(codes, low))),
            _mm256_add_epi8(bytes[1], _mm256_shuffle_epi8(table, high)),
        ]
    };
    let zero = [_mm256_setzero_si256(); 2];
    // All bytes as pairs, and the upper bytes of the pairs.
    let (mut pairs, mut upper) = (zero, zero);
    let mut widen = |bytes: [__m256i; 2]| {
        for half in 0..2 {
            pairs[half] = _mm256_add_epi16(pairs[half], bytes[half]);
            upper[half] = _mm256_add_epi16(upper[half], _mm256_srli_epi16::<8>(bytes[half]));
        }
    };
    let (codes, codes_left) = block.as_chunks::<{ NIBBLE * 2 }>().0.as_chunks::<IN_A_BYTE>();
    let (tables, tables_left) = tables.as_chunks::<{ NIBBLE * 2 }>().0.as_chunks::<IN_A_BYTE>();
    for (codes, tables) in codes.iter().zip(tables) {
        let mut bytes = zero;
        for i in 0..IN_A_BYTE {
            bytes = look_up(bytes, &codes[i], &tables[i]);
        }
        widen(bytes);
    }
    for (codes, table) in codes_left.iter().zip(tables_left) {
        widen(look_up(zero, codes, table));
    }
    let mut sums = [0_u16; BLOCK];
    for half in 0..2 {
        // What the pairs have too much is the upper bytes, eight bits up; all of it modulo 2^16.
        let even = _mm256_sub_epi16(pairs[half], _mm256_slli_epi16::<8>(upper[half]));
        // The halves of the register are of different nibbles of the same vectors.
        let whole =
            |lanes| _mm_add_epi16(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256::<1>(lanes));
        let (even, odd) = (whole(even), whole(upper[half]));
        let eights = [_mm_unpacklo_epi16(even, odd), _mm_unpackhi_epi16(even, odd)];
        for (eight, lanes) in sums.as_chunks_mut::<8>().0[half * 2..].iter_mut().zip(eights) {
            // SAFETY: 16 bytes are written to an array of 16; the instruction does not ask for alignment.
            unsafe { _mm_storeu_si128(eight.as_mut_ptr().cast::<__m128i>(), lanes) };
        }
    }
    (scale.above(&sums, factors), sums)
}

/// A nibble at a time.
#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
fn neon(block: &[u8], tables: &[u8], factors: &[f32; BLOCK], scale: Scale) -> (u32, [u16; BLOCK]) {
    use std::arch::aarch64::{
        vaddw_high_u8, vaddw_u8, vandq_u8, vdupq_n_u8, vdupq_n_u16, vget_low_u8, vld1q_u8, vqtbl1q_u8,
        vshrq_n_u8, vst1q_u16,
    };
    let load = |bytes: &[u8; NIBBLE]| {
        // SAFETY: 16 bytes are read from an array of 16.
        unsafe { vld1q_u8(bytes.as_ptr()) }
    };
    let low = vdupq_n_u8(15);
    let mut lanes = [vdupq_n_u16(0); 4];
    let (codes, _) = block.as_chunks::<NIBBLE>();
    let (tables, _) = tables.as_chunks::<NIBBLE>();
    for (codes, table) in codes.iter().zip(tables) {
        let (codes, table) = (load(codes), load(table));
        for (half, nibbles) in [vandq_u8(codes, low), vshrq_n_u8::<4>(codes)].into_iter().enumerate() {
            let found = vqtbl1q_u8(table, nibbles);
            lanes[half * 2] = vaddw_u8(lanes[half * 2], vget_low_u8(found));
            lanes[half * 2 + 1] = vaddw_high_u8(lanes[half * 2 + 1], found);
        }
    }
    let mut sums = [0_u16; BLOCK];
    for (eight, lanes) in sums.as_chunks_mut::<8>().0.iter_mut().zip(lanes) {
        // SAFETY: 16 bytes are written to an array of 16.
        unsafe { vst1q_u16(eight.as_mut_ptr(), lanes) };
    }
    (scale.above(&sums, factors), sums)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_machine_looks_up_as_plain_rust_does(
            (block, tables) in (0_usize..600).prop_flat_map(|pairs| {
                let bytes = |most| proptest::collection::vec(0..=most, pairs * NIBBLE * 2);
                (bytes(u8::MAX), bytes(TABLE_MOST))
            }),
            factors in proptest::array::uniform32(0.0_f32..1.0),
            (step, base, bar) in (0.0_f32..0.04, -300.0_f32..0.0, -100.0_f32..100.0),
        ) {
            let scale = Scale { step, base, bar };
            let (mask, sums) = above(&block, &tables, &factors, scale);
            prop_assert_eq!((mask, sums), portable(&block, &tables, &factors, scale));
            for place in 0..BLOCK {
                prop_assert_eq!(mask >> place & 1 == 1, scale.of(sums[place], factors[place]) > bar);
            }
        }
    }
}
