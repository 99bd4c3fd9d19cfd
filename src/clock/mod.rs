//! Which of two changes came later, when device clocks disagree?
//!
//! A hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014) packed into one integer: the upper 48
//! bits are milliseconds since 1970 UTC, the lower 16 a counter. It never goes back, even when the device's
//! clock does, and stays close to real time otherwise. The last stamp lives in the file and advances inside the write.

/// A moment of the hybrid logical clock. Later changes have greater stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Stamp(i64);

const COUNTER_BITS: u32 = 16;

impl Stamp {
    pub(crate) const fn from_stored(value: i64) -> Self {
        Self(value)
    }

    pub(crate) const fn stored(self) -> i64 {
        self.0
    }

    /// The next stamp of this store when the device's clock shows `wall_ms`.
    ///
    /// A full counter carries into the milliseconds, which the comparison with `wall_ms` later absorbs.
    pub(crate) fn next(self, wall_ms: i64) -> Self {
        let wall = wall_ms.clamp(0, i64::MAX >> COUNTER_BITS) << COUNTER_BITS;
        Self(wall.max(self.0.saturating_add(1)))
    }

    /// The later of two: what the clock must reach before its next tick, after hearing of `other`.
    pub(crate) fn join(self, other: Self) -> Self {
        self.max(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_never_goes_back_and_follows_the_wall_clock() {
        let mut last = Stamp::default();
        for wall in [1_000, 1_000, 900, 5_000, 0, 5_001] {
            let next = last.next(wall);
            assert!(next > last);
            last = next;
        }
        assert_eq!(last.stored() >> COUNTER_BITS, 5_001);
    }

    #[test]
    fn a_full_counter_carries() {
        let mut last = Stamp::default().next(7);
        for _ in 0..70_000 {
            let next = last.next(7);
            assert!(next > last);
            last = next;
        }
        assert_eq!(last.stored() >> COUNTER_BITS, 8);
    }
}
