//! The order books that a transaction touched.

use std::collections::BTreeSet;

use crate::{
    Action, AffectedNode, AffectedNodes, Amount, Asset, FieldCode, Fields, Hash256, Malformed,
};

/// Code of the ledger entry type `Offer`.
const OFFER: u16 = 0x6F;

/// One direction of an order book, as an offer in it states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Book {
    /// The asset of `TakerGets`.
    pub gets: Asset,
    /// The asset of `TakerPays`.
    pub pays: Asset,
    /// The permissioned domain whose book this is; `None` for the open one.
    pub domain: Option<Hash256>,
}

impl Book {
    /// A book that everybody may trade in.
    pub fn open(gets: Asset, pays: Asset) -> Self {
        Self { gets, pays, domain: None }
    }

    /// The other direction.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { gets: self.pays, pays: self.gets, ..self }
    }
}

/// The books of all offers that the transaction created, changed or deleted, each in the direction of the offer.
///
/// An offer that was only threaded (its node has neither final nor previous amounts) touches no book. A hybrid offer
/// (`AdditionalBooks`) is in its domain's book and in the open one.
///
/// No book changes without an offer in the metadata: its directories change only as offers come and go. What its owners can
/// pay may change without any of them, and an automated market maker is no part of a book.
pub fn affected_books(meta_blob: &[u8]) -> Result<BTreeSet<Book>, Malformed> {
    let mut books = BTreeSet::new();
    for node in AffectedNodes::new(meta_blob) {
        let node = node?;
        if node.entry_type == OFFER {
            books.extend(books_of(&node)?);
        }
    }
    Ok(books)
}

/// The book of an offer, and the open one if that is another one and the offer is in it, too.
fn books_of(node: &AffectedNode<'_>) -> Result<impl Iterator<Item = Book>, Malformed> {
    let fields = match node.action {
        Action::Created => node.new_fields,
        Action::Modified | Action::Deleted => node.final_fields.or(node.previous_fields),
    };
    let (mut gets, mut pays, mut domain, mut is_hybrid) = (None, None, None, false);
    for field in Fields::new(fields.unwrap_or_default()) {
        let field = field?;
        match field.code {
            FieldCode::TAKER_GETS => gets = Some(Amount::parse(field.bytes)?.asset()),
            FieldCode::TAKER_PAYS => pays = Some(Amount::parse(field.bytes)?.asset()),
            FieldCode::DOMAIN_ID => domain = Hash256::from_slice(field.bytes),
            FieldCode::ADDITIONAL_BOOKS => is_hybrid = true,
            _ => {}
        }
    }
    let book = gets.zip(pays).map(|(gets, pays)| Book { gets, pays, domain });
    let open = book.filter(|_| is_hybrid).map(|book| Book { domain: None, ..book });
    Ok(book.into_iter().chain(open))
}
