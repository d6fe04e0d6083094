//! A ledger by index and hash.

use std::fmt;

use xrpl_codec::Hash256;

/// A ledger by index and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LedgerId {
    /// The index, which decides which servers are asked.
    pub index: u32,
    /// The hash, which alone decides what the answer is.
    pub hash: Hash256,
}

impl fmt::Display for LedgerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.index, self.hash)
    }
}
