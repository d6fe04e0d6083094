//! The order books that a transaction touched.

use std::collections::BTreeSet;

use crate::{Action, AffectedNode, AffectedNodes, Amount, Asset, FieldCode, Fields, Malformed};

/// Code of the ledger entry type `Offer`.
const OFFER: u16 = 0x6F;

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
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { gets: self.pays, pays: self.gets }
    }
}

/// The books of all offers that the transaction created, changed or deleted, each in the direction of the offer.
///
/// An offer that was only threaded (its node has neither final nor previous amounts) touches no book.
pub fn affected_books(meta_blob: &[u8]) -> Result<BTreeSet<Book>, Malformed> {
    let mut books = BTreeSet::new();
    for node in AffectedNodes::new(meta_blob) {
        let node = node?;
        if node.entry_type == OFFER {
            books.extend(book(&node)?);
        }
    }
    Ok(books)
}

fn book(node: &AffectedNode<'_>) -> Result<Option<Book>, Malformed> {
    let fields = match node.action {
        Action::Created => node.new_fields,
        Action::Modified | Action::Deleted => node.final_fields.or(node.previous_fields),
    };
    let mut fields = Fields::new(fields.unwrap_or_default());
    let Some(pays) = fields.find_field(FieldCode::TAKER_PAYS)? else { return Ok(None) };
    let Some(gets) = fields.find_field(FieldCode::TAKER_GETS)? else { return Ok(None) };
    Ok(Some(Book {
        gets: Amount::parse(gets.bytes)?.asset(),
        pays: Amount::parse(pays.bytes)?.asset(),
    }))
}
