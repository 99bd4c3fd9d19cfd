//! Where do the choices of a random cut come from? From one seed, so that a failing cut can be taken again.

/// SplitMix64: one word of state, and good enough to choose which writes survive.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Random(seed)
    }

    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`; 0 when `limit` is 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        match limit {
            0 => 0,
            // The remainder is below a usize, so it fits one; its bias does not matter here.
            _ => (self.word() % limit as u64) as usize,
        }
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.word() & 1 == 1
    }
}
