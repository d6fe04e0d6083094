//! The order books that a transaction touched.

use std::collections::BTreeSet;

use crate::{Asset, Malformed};

/// One direction of an order book, as an offer in it states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Book {
    /// The asset of `TakerGets`.
    pub gets: Asset,
    /// The asset of `TakerPays`.
    pub pays: Asset,
}

impl Book {
    /// The other direction.
    pub fn reversed(self) -> Self {
        Self { gets: self.pays, pays: self.gets }
    }
}

/// The books of all offers that the transaction created, changed or deleted, each in the direction of the offer.
pub fn affected_books(_meta_blob: &[u8]) -> Result<BTreeSet<Book>, Malformed> {
    unimplemented!()
}
