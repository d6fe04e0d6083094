//! An order book that a ledger has touched.

use std::io::Write as _;

use flow::{RecordOrder, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

use crate::{Asset, Hash256};

/// The topic `book-offer-requests`.
#[derive(Debug, Clone, Copy)]
pub struct BookOfferRequests;

/// The record of `book-offer-requests.avsc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct BookOfferRequest {
    pub ledger_index: u32,
    #[serde(with = "serde_bytes")]
    pub ledger_hash: Hash256,
    pub close_time: u32,
    pub taker_gets: Asset,
    pub taker_pays: Asset,
    pub position: u32,
    pub count: u32,
    pub domain: Option<String>,
}

impl Topic for BookOfferRequests {
    const SPEC: TopicSpec = crate::partitioned("book-offer-requests");
    const SCHEMA: &'static str = include_str!("../book-offer-requests.avsc");
    type Record<'a> = BookOfferRequest;

    fn key(request: &BookOfferRequest, key: &mut Vec<u8>) {
        let BookOfferRequest { taker_gets, taker_pays, domain, .. } = request;
        book_key(taker_gets, taker_pays, domain.as_deref(), key);
    }

    fn order(request: &BookOfferRequest) -> RecordOrder {
        RecordOrder {
            sequence: request.ledger_index.into(),
            part: request.position,
            count: request.count,
        }
    }
}

/// A book as `<taker gets>/<taker pays>`, that of a domain with `@<domain>` behind it.
pub(crate) fn book_key(gets: &Asset, pays: &Asset, domain: Option<&str>, key: &mut Vec<u8>) {
    let written = match domain {
        Some(domain) => write!(key, "{gets}/{pays}@{domain}"),
        None => write!(key, "{gets}/{pays}"),
    };
    written.expect("writing into memory succeeds");
}
