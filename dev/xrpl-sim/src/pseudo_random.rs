//! Pseudo-random numbers from a seed, the same in every version.

use xrpl_codec::{Hash256, sha512_half};

/// A stream of numbers: SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct PseudoRandom(u64);

impl PseudoRandom {
    /// The stream of a purpose and an index.
    pub(crate) fn new(seed: u64, purpose: &str, index: u32) -> Self {
        let hash = pseudo_random_hash(seed, purpose, index);
        Self(u64::from_be_bytes(*hash.0.first_chunk().expect("a hash has 32 bytes")))
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The next number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A pseudo-random hash.
pub(crate) fn pseudo_random_hash(seed: u64, purpose: &str, index: u32) -> Hash256 {
    sha512_half(&[b"xrpl-sim ", purpose.as_bytes(), &seed.to_be_bytes(), &index.to_be_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_index_has_a_stream_of_its_own() {
        let first_of = |index| PseudoRandom::new(1, "test", index).next();
        assert_eq!(first_of(1), first_of(1));
        assert_ne!(first_of(1), first_of(2));
        assert_ne!(pseudo_random_hash(1, "a", 1), pseudo_random_hash(2, "a", 1));
    }

    /// The first numbers of the reference implementation from state 1234567.
    #[test]
    fn the_generator_is_split_mix() {
        let mut random = PseudoRandom(1_234_567);
        assert_eq!(
            [random.next(), random.next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
    }
}
