//! Finds the order books that a ledger has touched.

use std::collections::BTreeSet;

use flow::{Collector, Flow, Processor, Reject};
use schemas::{BookOfferRequest, BookOfferRequests, Ledger, Ledgers};
use xrpl_codec::{Asset, Book, affected_books};

/// What the flow does, in a sentence.
pub const ABOUT: &str = "Finds the order books that each ledger has touched";

/// The flow `book-offers-fetch`.
pub fn flow() -> Flow {
    Flow::processor(BookFinder::default())
}

/// Each book that an offer was created in, changed in or deleted from, in both directions, once a ledger. A permissioned
/// domain's book is one of its own; a hybrid offer is in that and in the open one.
///
/// Remembers the books of a ledger's chunks until the last one.
#[derive(Debug, Clone, Default)]
pub struct BookFinder {
    ledger_index: u32,
    books: BTreeSet<Book>,
}

impl Processor for BookFinder {
    const NAME: &'static str = "book-offers-fetch";
    const WHOLE_SEQUENCES: bool = true;
    type Input = Ledgers;
    type Output = BookOfferRequests;

    fn process(&mut self, ledger: Ledger<'_>, out: &mut Collector) -> Result<(), Reject> {
        if ledger.chunk == 0 || ledger.ledger_index != self.ledger_index {
            self.ledger_index = ledger.ledger_index;
            self.books.clear();
        }
        for transaction in &ledger.transactions {
            let books = affected_books(transaction.meta_blob)
                .map_err(|malformed| Reject::because("malformed-metadata", malformed))?;
            for book in books {
                self.books.extend([book, book.reversed()]);
            }
        }
        if ledger.chunk + 1 < ledger.chunk_count {
            return Ok(());
        }
        let books = std::mem::take(&mut self.books);
        let count =
            u32::try_from(books.len()).map_err(|error| Reject::because("too-many-books", error))?;
        for (position, book) in (0..).zip(books) {
            out.emit::<BookOfferRequests>(&BookOfferRequest {
                ledger_index: ledger.ledger_index,
                ledger_hash: ledger.ledger_hash,
                close_time: ledger.close_time,
                taker_gets: asset(book.gets),
                taker_pays: asset(book.pays),
                position,
                count,
                domain: book.domain.map(|domain| domain.to_string()),
            })?;
        }
        Ok(())
    }
}

fn asset(asset: Asset) -> schemas::Asset {
    match asset {
        Asset::Xrp => schemas::Asset::xrp(),
        Asset::Issued { currency, issuer } => schemas::Asset {
            currency: Some(currency.to_string()),
            issuer: Some(issuer.to_string()),
            mpt_issuance_id: None,
        },
        Asset::Mpt(id) => {
            schemas::Asset { currency: None, issuer: None, mpt_issuance_id: Some(id.to_string()) }
        }
    }
}
