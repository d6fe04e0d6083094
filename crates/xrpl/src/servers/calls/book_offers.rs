//! `book_offers`: the offers of one book at one ledger, as the server writes them.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::servers::{Call, Lie, Reply, ServerError};
use crate::{Asset, Book, Hash256};

/// Asks for the offers of a book in the state of a ledger.
#[derive(Debug, Clone, Serialize)]
pub struct BookOffersCall {
    taker_gets: BookAsset,
    taker_pays: BookAsset,
    ledger_hash: Hash256,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
}

/// What the server answered. Nothing proves it.
#[derive(Debug, Clone)]
pub struct BookOffers {
    /// The `result`, byte for byte.
    pub result: Box<RawValue>,
    /// How many offers it holds.
    pub offers: usize,
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
    offers: Vec<IgnoredAny>,
}

impl BookOffersCall {
    /// Asks for `book` in the ledger with `ledger_hash`; `limit` offers at most, as many as the server likes if `None`.
    pub fn new(book: &Book, ledger_hash: Hash256, limit: Option<u32>) -> Self {
        Self {
            taker_gets: (&book.gets).into(),
            taker_pays: (&book.pays).into(),
            ledger_hash,
            limit,
        }
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

    fn read(&self, reply: &Reply) -> Result<BookOffers, ServerError> {
        let result: BookResult = reply.read()?;
        if let Some(answered) = result.ledger_hash.filter(|answered| *answered != self.ledger_hash)
        {
            return Err(ServerError::Lying(Lie::Other { asked: self.ledger_hash, answered }));
        }
        let raw: &RawValue = reply.read()?;
        Ok(BookOffers { result: raw.to_owned(), offers: result.offers.len() })
    }
}
