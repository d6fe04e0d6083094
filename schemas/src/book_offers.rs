//! What a server answered about an order book at a ledger.

use flow::{Position, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

use crate::book_offer_requests::book_key;
use crate::{Asset, Hash256};

/// Marks the topic `book-offers`.
#[derive(Debug, Clone, Copy)]
pub struct BookOffers;

/// As `book-offers.avsc` describes it.
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
}

impl Topic for BookOffers {
    const SPEC: TopicSpec = crate::partitioned("book-offers");
    const SCHEMA: &'static str = include_str!("../book-offers.avsc");
    type Record<'a> = BookOffersAnswer<'a>;

    fn key(answer: &BookOffersAnswer<'_>, key: &mut Vec<u8>) {
        book_key(&answer.taker_gets, &answer.taker_pays, key);
    }

    fn position(answer: &BookOffersAnswer<'_>) -> Position {
        let BookOffersAnswer { ledger_index, position, count, .. } = *answer;
        Position { sequence: ledger_index.into(), part: position, count }
    }
}
