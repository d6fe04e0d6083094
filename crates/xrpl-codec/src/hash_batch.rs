//! Many hashes at once: SHA-512Half of messages that don't depend on each other.

use crate::simd_sha512::{BLOCK_BYTES, hash_eight_wide};
use crate::{Hash256, sha512_half};

/// Bytes of messages that are kept before they are hashed.
const KEPT_BYTES_MAX: usize = 1 << 18;
/// The number of blocks of one message that take as long as one block of every lane.
const WIDE_STEP_COST: usize = 3;

/// Takes messages and hashes them in the order in which they came.
#[derive(Default)]
pub(crate) struct HashBatch {
    /// Messages with the padding of SHA-512.
    bytes: Vec<u8>,
    /// Of each message: its length with and without padding.
    lengths: Vec<(usize, usize)>,
    hashes: Vec<Hash256>,
}

impl HashBatch {
    /// Adds a message: the parts, one after the other.
    pub(crate) fn push(&mut self, parts: &[&[u8]]) {
        let start = self.bytes.len();
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        let length = self.bytes.len() - start;
        let padded = (length + 1 + 16).next_multiple_of(BLOCK_BYTES);
        self.bytes.push(0x80);
        self.bytes.resize(start + padded - 16, 0);
        self.bytes.extend_from_slice(&(8 * length as u128).to_be_bytes());
        self.lengths.push((padded, length));
        if self.bytes.len() >= KEPT_BYTES_MAX {
            self.flush();
        }
    }

    /// The hashes of all messages, in their order.
    pub(crate) fn finish(mut self) -> Vec<Hash256> {
        self.flush();
        self.hashes
    }

    fn flush(&mut self) {
        let mut rest = self.bytes.as_slice();
        let mut messages = Vec::with_capacity(self.lengths.len());
        for (padded, length) in self.lengths.drain(..) {
            let (message, others) = rest.split_at(padded);
            messages.push(Message { blocks: message.as_chunks().0, bytes: &message[..length] });
            rest = others;
        }
        self.hashes.extend(hash_all(&messages, hash_eight_wide));
        self.bytes.clear();
    }
}

#[derive(Clone, Copy)]
struct Message<'a> {
    blocks: &'a [[u8; BLOCK_BYTES]],
    /// Without padding.
    bytes: &'a [u8],
}

/// Hashes messages, most of them by `wide`, all of them one by one if that declines.
fn hash_all(
    messages: &[Message<'_>],
    wide: impl Fn(&[&[[u8; BLOCK_BYTES]]]) -> Option<Vec<Hash256>>,
) -> Vec<Hash256> {
    // The longest first, so that a message that is left alone at the end is short; and those that would be alone
    // for most of the time are hashed one by one.
    let mut order: Vec<usize> = (0..messages.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(messages[*at].blocks.len()));
    let mut left: usize = messages.iter().map(|message| message.blocks.len()).sum();
    let is_too_long = |at: &usize| {
        let blocks = messages[*at].blocks.len();
        let is_too_long = blocks * WIDE_STEP_COST > left;
        left -= if is_too_long { blocks } else { 0 };
        is_too_long
    };
    let single = order.iter().map(is_too_long).take_while(|is_too_long| *is_too_long).count();
    let (single, together) = order.split_at(single);
    let blocks: Vec<_> = together.iter().map(|at| messages[*at].blocks).collect();
    let mut hashes = vec![Hash256::ZERO; messages.len()];
    let wide = wide(&blocks);
    let alone = if wide.is_some() { single } else { &order };
    for (at, hash) in together.iter().zip(wide.into_iter().flatten()) {
        hashes[*at] = hash;
    }
    for at in alone {
        hashes[*at] = sha512_half(&[messages[*at].bytes]);
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_hashed(lengths: impl IntoIterator<Item = usize>) {
        let messages: Vec<Vec<u8>> = lengths
            .into_iter()
            .enumerate()
            .map(|(at, length)| (0..length).map(|n| (n * 7 + at) as u8).collect())
            .collect();
        let mut batch = HashBatch::default();
        for message in &messages {
            let (head, tail) = message.split_at(message.len() / 3);
            batch.push(&[head, tail]);
        }
        let alone: Vec<Hash256> = messages.iter().map(|message| sha512_half(&[message])).collect();
        assert_eq!(batch.finish(), alone);
    }

    #[test]
    fn messages_of_any_length_hash_as_they_do_alone() {
        assert_hashed([]);
        assert_hashed([0]);
        assert_hashed(0..300);
        assert_hashed([111, 112, 127, 128, 239, 240, 255, 256].repeat(3));
    }

    #[test]
    fn a_long_message_among_short_ones_hashes_as_it_does_alone() {
        assert_hashed([10, 20, 30, 300_000, 40, 50]);
        assert_hashed((0..40).map(|n| if n % 9 == 0 { 20_000 } else { 500 }));
    }

    #[test]
    fn without_simd_every_message_is_hashed_alone() {
        let padded = [[7; BLOCK_BYTES]; 40];
        let messages: Vec<Message<'_>> = (0..40)
            .map(|at| Message {
                blocks: &padded[..=at],
                bytes: &padded.as_flattened()[..128 * at + 100],
            })
            .collect();
        let alone: Vec<Hash256> =
            messages.iter().map(|message| sha512_half(&[message.bytes])).collect();
        assert_eq!(hash_all(&messages, |_| None), alone);
    }

    #[test]
    fn more_than_is_kept_hashes_as_it_does_alone() {
        assert_hashed((0..2000).map(|n| 100 + n % 700));
    }
}
