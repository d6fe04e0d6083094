//! Books of ledgers that servers do not hold any more, and books that no server answers for.

use ekspiper_tests::{AnsweredBook, eventually};
use schemas::{Asset, BookOfferRequest, BookOffers, BookOffersAnswer};
use tokio::runtime::Runtime;
use xrpl_sim::{Fault, Simulator};

use crate::market::{Market, Offer, TRADER, issued};
use crate::trading::{Trading, outcomes, wait_outcomes, without_offers};

/// Nobody's account: as an issuer every server refuses it.
const ACCOUNT_ONE: &str = "rrrrrrrrrrrrrrrrrrrrBZbvji";

/// One ledger with books, and so many after it that none of them is on its way any more.
fn market() -> Market {
    let offers = [(1, "USD"), (2, "EUR")];
    let offers = offers.map(|(number, it)| Offer::new(number, "1".into(), issued(it, "1")));
    let made = offers.iter().map(Offer::created).collect();
    Market::of(std::iter::once(made).chain((0..300).map(|_| Vec::new())))
}

fn forgetful(market: &Market, runtime: &Runtime) -> Simulator {
    let server = market.serve(runtime, Vec::new());
    server.turn_on(Fault::LostHistory);
    server
}

#[test]
fn book_of_a_ledger_that_no_server_holds_becomes_a_record_with_that_status() {
    let (market, runtime) = (market(), Runtime::new().unwrap());
    let servers = [forgetful(&market, &runtime), forgetful(&market, &runtime)];
    let mut trading = Trading::on("books-lost");
    let _finder = trading.find_books(&market);
    let recorder = trading.ask(&servers.each_ref(), &[]);
    let requests: Vec<_> = market.chain.book_offer_requests().collect();
    trading.wait_recorded(requests.len());
    let unavailable = |request| without_offers(request, BookOffersAnswer::UNAVAILABLE);
    trading.assert_holds::<BookOffers>(requests.iter().map(unavailable));
    wait_outcomes(&recorder, "complete", "unavailable", requests.len());
}

#[test]
fn a_server_that_still_holds_the_ledger_is_found_and_what_passes_is_waited_for() {
    let (market, runtime) = (market(), Runtime::new().unwrap());
    let (lacks, holds) = (forgetful(&market, &runtime), market.serve(&runtime, Vec::new()));
    holds.turn_on(Fault::NotSynced);
    let mut trading = Trading::on("books-found");
    let requests: Vec<_> = market.chain.book_offer_requests().collect();
    trading.request(requests.clone());
    let refused = refused(&market);
    trading.request(refused.iter().map(|(request, _)| request.clone()));
    let recorder = trading.ask(&[&lacks, &holds], &[]);
    // One says that it lacks it, the other says nothing, and more than once: so nobody knows.
    let not_synced = format!("endpoint=\"{}\"", holds.url());
    eventually(90, "the server that holds it has failed for a while", || {
        let up = recorder.metric_of("ekspiper_endpoint_up", &[&not_synced]);
        let labels = [not_synced.as_str(), r#"outcome="retry_same_server""#];
        let failed = recorder.metric_of("ekspiper_endpoint_requests_total", &labels);
        (up < 0.5 && failed >= 3.0).then_some(())
    });
    assert_eq!(trading.recorded(), 0);
    holds.turn_off(Fault::NotSynced);
    trading.wait_recorded(requests.len() + refused.len());
    let answers: Vec<_> =
        requests.into_iter().map(|request| AnsweredBook::by(holds.address(), request)).collect();
    let refusals = refused.iter().map(|(request, token)| without_offers(request, token));
    trading.assert_holds::<BookOffers>(answers.iter().map(AnsweredBook::record).chain(refusals));
    wait_outcomes(&recorder, "complete", "complete", answers.len());
    wait_outcomes(&recorder, "complete", "refused", refused.len());
    assert!(outcomes(&recorder, "complete", "unavailable") < 0.5);
}

/// Requests that no server answers, whatever ledger it has, and the error that it gives.
fn refused(market: &Market) -> [(BookOfferRequest, &'static str); 3] {
    let asset = |currency: &str, issuer: &str| Asset {
        currency: Some(currency.to_owned()),
        issuer: Some(issuer.to_owned()),
        mpt_issuance_id: None,
    };
    let usd = asset("USD", TRADER);
    // Late, so that it is not given up; and not the last, which the other server has.
    let late = &market.chain.ledgers[market.chain.ledgers.len() - 2].ledger;
    let request = |position, taker_gets: &Asset, taker_pays: &Asset| BookOfferRequest {
        ledger_index: late.header.index,
        ledger_hash: late.hash.0,
        close_time: late.header.close_time,
        taker_gets: taker_gets.clone(),
        taker_pays: taker_pays.clone(),
        position,
        count: 3,
        domain: None,
    };
    [
        (request(0, &usd, &usd), "badMarket"),
        (request(1, &asset("USD", ACCOUNT_ONE), &Asset::xrp()), "dstIsrMalformed"),
        (request(2, &Asset::xrp(), &asset("USD", ACCOUNT_ONE)), "srcIsrMalformed"),
    ]
}
