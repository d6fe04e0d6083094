//! What a run has to hold in the end: what a sequential run of the same chain holds.
//!
//! It is computed from the chain alone, by a server of its own that nobody disturbs, and without the flows or their runtime. A
//! test shows that a sequential run of the flows holds just this.

use std::net::SocketAddr;

use schemas::{Asset, BookOfferRequest, BookOffersAnswer};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use xrpl::Hash256;
use xrpl_sim::Simulator;

use super::Recipe;
use crate::{Chain, post};

/// The chain up to a ledger, and what the server answers about its books.
#[derive(Debug)]
pub struct Reference {
    /// Its ledgers, with all that follows from them.
    pub chain: Chain,
    answers: Vec<Answered>,
}

/// What a server says about a book.
#[derive(Debug)]
struct Answered {
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

impl Reference {
    /// The chain of `recipe` up to the ledger `last`.
    pub fn of(recipe: Recipe, last: u32) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = recipe.server(last - recipe.first + 1);
        let server = runtime.block_on(Simulator::start(options)).unwrap();
        let held = (recipe.first..=last).map(|index| server.ledger(index).expect("it is held"));
        let chain = Chain::of(held);
        let requests: Vec<_> = chain.book_offer_requests().collect();
        let ask = |request| Answered::by(server.address(), request);
        Self { answers: requests.into_iter().map(ask).collect(), chain }
    }

    /// The records of `book-offers`.
    pub fn book_offers(&self) -> Vec<BookOffersAnswer<'_>> {
        let answers = self.answers.iter().map(|answered| {
            let BookOfferRequest {
                ledger_index,
                ledger_hash,
                close_time,
                taker_gets,
                taker_pays,
                position,
                count,
            } = answered.request.clone();
            BookOffersAnswer {
                ledger_index,
                ledger_hash,
                close_time,
                taker_gets,
                taker_pays,
                position,
                count,
                status: &answered.status,
                offers: &answered.offers,
                offer_count: answered.offer_count,
            }
        });
        answers.collect()
    }
}

impl Answered {
    fn by(server: SocketAddr, request: BookOfferRequest) -> Self {
        let question = json!({
            "method": "book_offers",
            "params": [{
                "ledger_hash": Hash256(request.ledger_hash).to_string(),
                "taker_gets": side(&request.taker_gets),
                "taker_pays": side(&request.taker_pays),
            }],
        });
        let (_, reply) = post(server, &question.to_string()).expect("the server answers");
        let Answer { error, offers } = serde_json::from_str::<Reply<'_>>(&reply).unwrap().result;
        let offers = offers.map_or("[]", RawValue::get).to_owned();
        let count = serde_json::from_str::<Vec<Value>>(&offers).unwrap().len();
        Self {
            request,
            status: error.unwrap_or("ok").to_owned(),
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
