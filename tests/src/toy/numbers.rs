//! The chain of numbers: the toy source's blockchain.

use std::borrow::Cow;

use flow::{Pointer, RecordOrder, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

/// Marks the topic `numbers`.
#[derive(Debug, Clone, Copy)]
pub struct Numbers;

/// As `numbers.avsc` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Number<'a> {
    pub index: i64,
    pub hash: i64,
    pub parent: i64,
    #[serde(borrow, with = "serde_bytes")]
    pub body: Cow<'a, [u8]>,
}

impl Number<'static> {
    /// The number `index`, with a body of `body_bytes` bytes. Every fiftieth is one that [`super::Copies`] can't be made of.
    pub fn of(index: u64, body_bytes: usize) -> Self {
        let word: &[u8] = if index % 50 == 7 { b"reject" } else { b"number" };
        let noise = (0_u64..).flat_map(|n| mix(mix(index) ^ n).to_le_bytes());
        let body = word.iter().copied().chain(noise).take(body_bytes.max(word.len())).collect();
        let (hash, parent) = (hash(index), hash(index.wrapping_sub(1)));
        Self { index: index.cast_signed(), hash, parent, body: Cow::Owned(body) }
    }
}

impl Number<'_> {
    /// The number as a block of the chain.
    pub fn pointer(&self) -> Pointer {
        Pointer { sequence: self.index.cast_unsigned(), hash: self.hash.to_be_bytes().to_vec() }
    }
}

impl Topic for Numbers {
    const SPEC: TopicSpec = super::partitioned("numbers");
    const SCHEMA: &'static str = include_str!("../../schemas/numbers.avsc");
    type Record<'a> = Number<'a>;

    fn key(number: &Number<'_>, key: &mut Vec<u8>) {
        key.extend_from_slice(number.index.to_string().as_bytes());
    }

    fn order(number: &Number<'_>) -> RecordOrder {
        RecordOrder::whole(number.index.cast_unsigned())
    }
}

fn hash(index: u64) -> i64 {
    mix(index ^ 0x5eed).cast_signed()
}

/// Scatters the bits of a number (SplitMix64).
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
