//! A server's answer about an order book, requested apart from the flows.

use std::net::SocketAddr;

use schemas::{Asset, BookOfferRequest, BookOffersAnswer};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use xrpl_codec::Hash256;

use crate::post;

/// How many offers the flow asks for unless told otherwise, and servers give at most.
pub const OFFERS_MAX: u32 = 100;

/// What a server says about a book.
#[derive(Debug)]
pub struct AnsweredBook {
    request: BookOfferRequest,
    status: String,
    offers: String,
    offer_count: u32,
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    result: Answer<'a>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    error: Option<&'a str>,
    #[serde(borrow)]
    offers: Option<&'a RawValue>,
}

impl AnsweredBook {
    /// The record that the flow has to make of it.
    pub fn record(&self) -> BookOffersAnswer<'_> {
        let record = BookOffersAnswer::without_offers(self.request.clone(), &self.status);
        if self.status != BookOffersAnswer::OK {
            return record;
        }
        BookOffersAnswer {
            offers: &self.offers,
            offer_count: self.offer_count,
            limit: Some(OFFERS_MAX),
            complete: Some(self.offer_count < OFFERS_MAX),
            ..record
        }
    }

    /// Asks a server, over HTTP.
    pub fn by(server: SocketAddr, request: BookOfferRequest) -> Self {
        let mut params = json!({
            "ledger_hash": Hash256(request.ledger_hash).to_string(),
            "taker_gets": side(&request.taker_gets),
            "taker_pays": side(&request.taker_pays),
            "limit": OFFERS_MAX,
        });
        if let Some(domain) = &request.domain {
            params["domain"] = domain.as_str().into();
        }
        let question = json!({"method": "book_offers", "params": [params]});
        let (_, reply) = post(server, &question.to_string()).expect("the server answers");
        let Answer { error, offers } = serde_json::from_str::<Reply<'_>>(&reply).unwrap().result;
        let offers = offers.map_or("[]", RawValue::get).to_owned();
        let count = serde_json::from_str::<Vec<Value>>(&offers).unwrap().len();
        Self {
            request,
            status: error.unwrap_or(BookOffersAnswer::OK).to_owned(),
            offer_count: u32::try_from(count).expect("a page is short"),
            offers,
        }
    }
}

fn side(asset: &Asset) -> Value {
    let mut side = serde_json::to_value(asset).unwrap();
    side.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    side
}
