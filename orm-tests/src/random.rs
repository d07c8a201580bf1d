//! Numbers that look random and are the same for the same seed.

use std::ops::Range;

/// A small generator (SplitMix64). The same seed gives the same numbers on every machine.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Creates a generator with this seed.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// Creates a generator with the seed in `ORM_SEED`, or otherwise with this one.
    pub fn from_env(seed: u64) -> Self {
        let given = std::env::var("ORM_SEED").ok().and_then(|seed| seed.parse().ok());
        Random(given.unwrap_or(seed))
    }

    /// Returns the next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number in a range, which must not be empty.
    pub fn below(&mut self, range: Range<usize>) -> usize {
        let width = (range.end - range.start) as u64;
        range.start + usize::try_from(self.next_u64() % width).unwrap_or_default()
    }

    /// Returns `true` with this probability in percent.
    pub fn percent(&mut self, of_a_hundred: usize) -> bool {
        self.below(0..100) < of_a_hundred
    }
}
