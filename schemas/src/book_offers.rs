//! A server's answer about an order book at a ledger.

use flow::{RecordOrder, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

use crate::book_offer_requests::book_key;
use crate::{Asset, BookOfferRequest, Hash256};

/// The topic `book-offers`.
#[derive(Debug, Clone, Copy)]
pub struct BookOffers;

/// The record of `book-offers.avsc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct BookOffersAnswer<'a> {
    pub ledger_index: u32,
    #[serde(with = "serde_bytes")]
    pub ledger_hash: Hash256,
    pub close_time: u32,
    pub taker_gets: Asset,
    pub taker_pays: Asset,
    pub position: u32,
    pub count: u32,
    pub status: &'a str,
    pub offers: &'a str,
    pub offer_count: u32,
    pub domain: Option<String>,
    pub limit: Option<u32>,
    pub complete: Option<bool>,
    pub skipped_for: Option<u32>,
}

impl BookOffersAnswer<'_> {
    /// The status of a request that was answered.
    pub const OK: &'static str = "ok";
    /// The status of a book whose ledger no server has in its history any more.
    pub const UNAVAILABLE: &'static str = "unavailable";
    /// The status of a request that was skipped in favour of a newer one for the same book.
    pub const SKIPPED: &'static str = "skipped";
}

impl<'a> BookOffersAnswer<'a> {
    /// The record of a request without an answer, with the reason as its status.
    pub fn without_offers(request: BookOfferRequest, status: &'a str) -> Self {
        Self {
            ledger_index: request.ledger_index,
            ledger_hash: request.ledger_hash,
            close_time: request.close_time,
            taker_gets: request.taker_gets,
            taker_pays: request.taker_pays,
            position: request.position,
            count: request.count,
            status,
            offers: "[]",
            offer_count: 0,
            domain: request.domain,
            limit: None,
            complete: None,
            skipped_for: None,
        }
    }
}

impl Topic for BookOffers {
    const SPEC: TopicSpec = crate::partitioned("book-offers");
    const SCHEMA: &'static str = include_str!("../book-offers.avsc");
    type Record<'a> = BookOffersAnswer<'a>;

    fn key(answer: &BookOffersAnswer<'_>, key: &mut Vec<u8>) {
        let BookOffersAnswer { taker_gets, taker_pays, domain, .. } = answer;
        book_key(taker_gets, taker_pays, domain.as_deref(), key);
    }

    fn order(answer: &BookOffersAnswer<'_>) -> RecordOrder {
        let BookOffersAnswer { ledger_index, position, count, .. } = *answer;
        RecordOrder { sequence: ledger_index.into(), part: position, count }
    }
}
