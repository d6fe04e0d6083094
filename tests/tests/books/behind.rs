//! A flow that is behind: it asks for everything, or for the newest state only, as it is told.

use std::collections::BTreeSet;

use ekspiper_tests::AnsweredBook;
use schemas::{BookOffers, BookOffersAnswer};
use tokio::runtime::Runtime;

use crate::market::{Market, Offer, issued};
use crate::records::decoded;
use crate::trading::{Trading, wait_outcomes, without_offers};

/// Ledgers that each touch the same two pairs.
const LEDGERS: u32 = 48;
/// A request may be so many ledgers behind the newest one and is asked all the same.
const BEHIND_LEDGERS_MAX: u32 = 4;

fn market() -> Market {
    let offers = [(1, "USD"), (2, "EUR")]
        .map(|(number, it)| Offer::new(number, "1".into(), issued(it, "1")));
    let made = offers.iter().map(Offer::created).collect();
    let changed = || offers.iter().map(Offer::modified).collect();
    Market::of(std::iter::once(made).chain((1..LEDGERS).map(|_| changed())))
}

/// What tells books apart.
fn book(answer: &BookOffersAnswer<'_>) -> String {
    format!("{}/{}", answer.taker_gets, answer.taker_pays)
}

#[test]
fn flow_that_lags_requests_every_book_by_default() {
    let (market, runtime) = (market(), Runtime::new().unwrap());
    let server = market.serve(&runtime, Vec::new());
    let mut trading = Trading::on("books-all-of-them");
    let requests: Vec<_> = market.chain.book_offer_requests().collect();
    trading.request(requests.clone());
    let recorder = trading.ask(&[&server], &["--xrpl-requests-per-s", "2000"]);
    trading.wait_recorded(requests.len());
    trading.assert_as_answered(&server, requests.clone());
    wait_outcomes(&recorder, "complete", "complete", requests.len());
    wait_outcomes(&recorder, "complete", "skipped", 0);
}

#[test]
fn a_flow_that_is_to_be_fresh_skips_what_is_asked_for_again_and_says_so_in_a_record() {
    let (market, runtime) = (market(), Runtime::new().unwrap());
    let server = market.serve(&runtime, Vec::new());
    let mut trading = Trading::on("books-the-newest");
    let requests: Vec<_> = market.chain.book_offer_requests().collect();
    trading.request(requests.clone());
    let behind = BEHIND_LEDGERS_MAX.to_string();
    let arguments = [
        ["--when-behind", "fresh"],
        ["--behind-ledgers-max", &behind],
        // Five books a second, so that it is behind.
        ["--xrpl-requests-per-s", "100"],
    ];
    let recorder = trading.ask(&[&server], arguments.as_flattened());
    trading.wait_recorded(requests.len());

    let records = trading.all::<BookOffers>();
    let answers = decoded(&records);
    let asked_for: BTreeSet<_> = answers.iter().map(|it| (it.ledger_index, book(it))).collect();
    let (mut asked, mut skipped) = (Vec::new(), Vec::new());
    for request in requests {
        let answer = answers
            .iter()
            .find(|it| (it.ledger_index, it.position) == (request.ledger_index, request.position));
        let answer = answer.expect("each request has a record");
        let Some(newer) = answer.skipped_for else {
            asked.push(request);
            continue;
        };
        assert!(newer > request.ledger_index && asked_for.contains(&(newer, book(answer))));
        let age = market.chain.last() - request.ledger_index;
        assert!(age > BEHIND_LEDGERS_MAX, "it was {age} ledgers behind at most");
        let record = without_offers(&request, BookOffersAnswer::SKIPPED);
        skipped.push(BookOffersAnswer { skipped_for: Some(newer), ..record });
    }
    println!("{} books asked for, {} skipped", asked.len(), skipped.len());
    assert!(!skipped.is_empty(), "it was behind");
    wait_outcomes(&recorder, "fresh", "skipped", skipped.len());
    wait_outcomes(&recorder, "fresh", "complete", asked.len());
    let asked: Vec<_> =
        asked.into_iter().map(|request| AnsweredBook::by(server.address(), request)).collect();
    let records = asked.iter().map(AnsweredBook::record);
    trading.assert_holds::<BookOffers>(records.chain(skipped));
}
