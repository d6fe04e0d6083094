//! `book_offers`: the offers of one book at one ledger, as the server writes them.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Call, Reply};
use crate::error::{Error, InvalidResponse};
use xrpl_codec::{Asset, Book, Hash256};

/// Asks for the offers of a book in the state of a ledger.
#[derive(Debug, Clone, Serialize)]
pub struct BookOffersCall {
    taker_gets: BookAsset,
    taker_pays: BookAsset,
    ledger_hash: Hash256,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<Hash256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
}

/// What the server answered. Nothing proves it, but that every offer is of the domain that was asked for: a server that does
/// not know domains answers with the open book.
#[derive(Debug, Clone)]
pub struct BookOffers {
    /// The `result`, byte for byte.
    pub result: Box<RawValue>,
    /// The number of offers in it.
    pub offers: usize,
    /// Whether they are the whole book; false where the reply is as long as it may be, so that it may have been cut.
    pub is_complete: bool,
}

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum BookAsset {
    Xrp { currency: &'static str },
    Issued { currency: String, issuer: String },
    Mpt { mpt_issuance_id: String },
}

#[derive(Deserialize)]
struct BookResult {
    ledger_hash: Option<Hash256>,
    offers: Vec<Member>,
}

/// The books that an offer is in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Member {
    #[serde(rename = "DomainID")]
    domain_id: Option<Hash256>,
    additional_books: Option<IgnoredAny>,
}

impl Member {
    fn is_in(&self, domain: Option<Hash256>) -> bool {
        self.domain_id == domain || (domain.is_none() && self.additional_books.is_some())
    }
}

impl BookOffersCall {
    /// The most offers in a reply to a client that is not an administrator: rippled and Clio silently reduce a greater limit to
    /// it, and neither has a marker to continue from.
    pub const OFFERS_MAX: u32 = 100;
    /// The number of offers in a reply when the request has no limit.
    const OFFERS_DEFAULT: u32 = 60;

    /// Asks for `book` in the ledger with `ledger_hash`; `limit` offers at most, as many as the server likes if `None`.
    pub fn new(book: &Book, ledger_hash: Hash256, limit: Option<u32>) -> Self {
        Self {
            taker_gets: (&book.gets).into(),
            taker_pays: (&book.pays).into(),
            ledger_hash,
            domain: book.domain,
            limit,
        }
    }
}

impl BookOffersCall {
    /// Whether a reply with this number of offers is a whole book. One with exactly the most that servers return may be cut,
    /// whatever the limit was.
    fn is_whole(&self, offers: usize) -> bool {
        let limit = self.limit.unwrap_or(Self::OFFERS_DEFAULT) as usize;
        offers < limit && offers != Self::OFFERS_MAX as usize
    }
}

impl From<&Asset> for BookAsset {
    fn from(asset: &Asset) -> Self {
        match asset {
            Asset::Xrp => Self::Xrp { currency: "XRP" },
            Asset::Issued { currency, issuer } => {
                Self::Issued { currency: currency.to_string(), issuer: issuer.to_string() }
            }
            Asset::Mpt(id) => Self::Mpt { mpt_issuance_id: id.to_string() },
        }
    }
}

impl Call for BookOffersCall {
    const COMMAND: &'static str = "book_offers";
    const REPLY_BYTES_MAX: usize = 4 << 20;
    const COST: f64 = 20.0;
    type Answer = BookOffers;

    fn read(&self, reply: &Reply) -> Result<BookOffers, Error> {
        let result: BookResult = reply.read()?;
        if let Some(answered) = result.ledger_hash.filter(|answered| *answered != self.ledger_hash)
        {
            return Err(Error::InvalidResponse(InvalidResponse::OtherObject {
                asked: self.ledger_hash,
                answered,
            }));
        }
        if !result.offers.iter().all(|offer| offer.is_in(self.domain)) {
            return Err(Error::malformed("an offer of another book", reply.result()));
        }
        let raw: &RawValue = reply.read()?;
        let offers = result.offers.len();
        Ok(BookOffers { result: raw.to_owned(), offers, is_complete: self.is_whole(offers) })
    }
}
