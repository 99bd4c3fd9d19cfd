//! What is left of a vector's direction in two bits a number?
//!
//! A vector is turned by a fixed rotation, which spreads what it says evenly over all numbers, whatever the model. Of each number
//! one bit then says whether it is negative, and another in which half of its side it is, so that large numbers can be told from small ones. The
//! signs are scanned; the sizes make the estimate of those that come far sharper. Two factors undo what rounding took: with them an estimate is unbiased, as in
//! Gao and Long, *RaBitQ* (SIGMOD 2024), from which the idea of rotated signs with a factor is.
//!
//! Codes lie in files, so that every platform has to make the same: only additions, multiplications and roots of single floats, in a
//! fixed order.

/// Numbers are taken in eights: the bits of a plane are whole bytes, and nibbles come in pairs.
pub(super) const EIGHT: usize = 8;

/// Above this part of the root mean square a number is large: for numbers that are spread as in a bell curve the best border of two
/// bits (Max, *Quantizing for minimum distortion*, 1960).
const LARGE: f32 = 0.981_6;

/// What a large number counts for, where a small one counts for 1: 1.510 to 0.452 by the same source, as whole numbers.
const LARGE_COUNTS: f32 = 3.0;

/// Bytes of a plane of bits.
pub(super) fn plane(dimensions: usize) -> usize {
    dimensions.div_ceil(EIGHT)
}

/// Bytes of a code: signs, sizes and two factors.
pub(super) fn code_len(dimensions: usize) -> usize {
    plane(dimensions) * 2 + 8
}

/// A vector in two bits a number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Code {
    /// Bit `i % 8` of byte `i / 8`, the lowest first: number `i` is not negative.
    pub(super) signs: Vec<u8>,
    /// In the same order: it is in the upper half of its side, large where it is not negative, small where it is. So what both bits say together, -3, -1, 1 or
    /// 3, is two times the sign and once the size, each as 1 or -1, and one can be reckoned with before the other is read.
    pub(super) sizes: Vec<u8>,
    /// What the product with the signs is to be multiplied by, to be the cosine. 0 for a vector without a direction.
    pub(super) by_signs: f32,
    /// The same for signs and sizes.
    pub(super) by_sizes: f32,
}

impl Code {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.signs.len() * 2 + 8);
        bytes.extend_from_slice(&self.signs);
        bytes.extend_from_slice(&self.sizes);
        bytes.extend_from_slice(&self.by_signs.to_le_bytes());
        bytes.extend_from_slice(&self.by_sizes.to_le_bytes());
        bytes
    }
}

/// Turns vectors of so many numbers.
pub(super) struct Rotation {
    dimensions: usize,
    /// The largest power of two that is not above it.
    width: usize,
    flips: [Vec<f32>; 4],
}

impl Rotation {
    pub(super) fn new(dimensions: usize) -> Self {
        let width = 1 << dimensions.max(1).ilog2();
        // Splitmix64 (Steele, Lea and Flood, 2014) from a fixed start: the same in every file and version.
        let mut state = 0x6d69_6e64_6b65_6570_u64;
        let mut flip = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            if (z ^ (z >> 31)) & 1 == 0 { 1.0 } else { -1.0 }
        };
        let flips = std::array::from_fn(|_| (0..dimensions).map(|_| flip()).collect());
        Self { dimensions, width, flips }
    }

    /// Turns numbers where they lie: signs at random and a Walsh-Hadamard transform of the first, then of the last `width` of them, twice.
    pub(super) fn turn(&self, numbers: &mut [f32]) {
        debug_assert_eq!(numbers.len(), self.dimensions);
        for (flips, first) in self.flips.iter().zip([true, false, true, false]) {
            for (number, flip) in numbers.iter_mut().zip(flips) {
                *number *= flip;
            }
            let from = if first { 0 } else { self.dimensions - self.width };
            hadamard(&mut numbers[from..from + self.width]);
        }
    }

    /// The code of a vector. One without a direction has factors of 0.
    pub(super) fn encode(&self, vector: &[f32]) -> Code {
        let mut turned = vector.to_vec();
        let bytes = plane(self.dimensions);
        let mut code = Code { signs: vec![0; bytes], sizes: vec![0; bytes], by_signs: 0.0, by_sizes: 0.0 };
        if !to_unit(&mut turned) {
            return code;
        }
        self.turn(&mut turned);
        let large = LARGE / (self.dimensions as f32).sqrt();
        for (i, &number) in turned.iter().enumerate() {
            code.signs[i / 8] |= u8::from(number >= 0.0) << (i % 8);
            code.sizes[i / 8] |= u8::from((number.abs() > large) == (number >= 0.0)) << (i % 8);
        }
        // For a unit vector u and its code c the cosine with q is estimated as (q · c) / (u · c).
        let small = sum(turned.iter().map(|number| number.abs()));
        let beyond = sum(turned.iter().map(|number| if number.abs() > large { number.abs() } else { 0.0 }));
        code.by_signs = 1.0 / small;
        code.by_sizes = 1.0 / (small + (LARGE_COUNTS - 1.0) * beyond);
        code
    }
}

/// Walsh-Hadamard, so that lengths stay as they are.
fn hadamard(numbers: &mut [f32]) {
    let mut half = 1;
    while half < numbers.len() {
        for pair in numbers.chunks_exact_mut(half * 2) {
            let (low, high) = pair.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
    let scale = 1.0 / (numbers.len() as f32).sqrt();
    numbers.iter_mut().for_each(|number| *number *= scale);
}

/// A sum in sixteen lanes: as quick as the machine can, and in one order everywhere.
pub(super) fn sum(numbers: impl Iterator<Item = f32>) -> f32 {
    let mut lanes = [0.0_f32; 16];
    numbers.enumerate().for_each(|(i, number)| lanes[i % 16] += number);
    lanes.iter().sum()
}

/// The product of two vectors, in the same order.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 16];
    let (a_whole, b_whole) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest = a_whole.remainder().iter().zip(b_whole.remainder());
    let rest: f32 = rest.map(|(a, b)| a * b).sum();
    for (a, b) in a_whole.zip(b_whole) {
        for lane in 0..16 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Makes a vector one long. Returns whether it has a direction at all.
pub(super) fn to_unit(vector: &mut [f32]) -> bool {
    // The largest first, so that neither huge nor tiny numbers leave what a float can hold.
    let largest = vector.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return false;
    }
    vector.iter_mut().for_each(|number| *number /= largest);
    let length = dot(vector, vector).sqrt();
    vector.iter_mut().for_each(|number| *number /= length);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vectors(dimensions: usize) -> impl Strategy<Value = Vec<f32>> {
        proptest::collection::vec(-1.0_f32..1.0, dimensions)
    }

    proptest! {
        #[test]
        fn lengths_and_products_survive_a_turn(
            (a, b) in (1_usize..700).prop_flat_map(|dimensions| (vectors(dimensions), vectors(dimensions)))
        ) {
            let rotation = Rotation::new(a.len());
            let (mut x, mut y) = (a.clone(), b.clone());
            rotation.turn(&mut x);
            rotation.turn(&mut y);
            prop_assert!((dot(&x, &y) - dot(&a, &b)).abs() < 1e-3);
            prop_assert!((dot(&x, &x) - dot(&a, &a)).abs() < 1e-3);
        }

        #[test]
        fn only_the_direction_counts(vector in vectors(48), exponent in -30_i32..30) {
            let rotation = Rotation::new(vector.len());
            let scaled: Vec<f32> = vector.iter().map(|number| number * 2.0_f32.powi(exponent)).collect();
            prop_assert_eq!(rotation.encode(&vector), rotation.encode(&scaled));
        }

        #[test]
        fn an_estimate_of_itself_is_one(vector in vectors(129)) {
            let rotation = Rotation::new(vector.len());
            let code = rotation.encode(&vector);
            prop_assume!(code.by_signs > 0.0);
            let mut turned = vector;
            to_unit(&mut turned);
            rotation.turn(&mut turned);
            let bit = |plane: &[u8], i: usize| if plane[i / 8] >> (i % 8) & 1 == 1 { 1.0_f32 } else { -1.0 };
            let (mut by_signs, mut by_sizes) = (0.0, 0.0);
            for (i, number) in turned.iter().enumerate() {
                let (sign, size) = (bit(&code.signs, i), bit(&code.sizes, i));
                let level = sign * 2.0 + size;
                prop_assert_eq!(level.abs() == LARGE_COUNTS, number.abs() > LARGE / (turned.len() as f32).sqrt());
                by_signs += number * sign;
                by_sizes += number * level;
            }
            prop_assert!((by_signs * code.by_signs - 1.0).abs() < 1e-4);
            prop_assert!((by_sizes * code.by_sizes - 1.0).abs() < 1e-4);
        }
    }

    #[test]
    fn huge_and_tiny_numbers_have_a_direction() {
        for number in [f32::MAX, f32::MIN_POSITIVE, 1e-42] {
            let mut vector = [number; 5];
            assert!(to_unit(&mut vector));
            assert!((dot(&vector, &vector) - 1.0).abs() < 1e-5);
        }
        assert!(!to_unit(&mut [0.0; 3]));
        assert!(!to_unit(&mut [f32::INFINITY, 1.0]));
    }

    /// Codes lie in files: these may only change together with the layout of the index.
    #[test]
    fn codes_are_what_they_always_were() {
        let vector: Vec<f32> = (0..384).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect();
        let code = Rotation::new(384).encode(&vector);
        assert_eq!(crate::codec::hash(&code.to_bytes()), CODE_OF_384);
    }

    const CODE_OF_384: u64 = 10_847_642_976_699_756_526;
}
