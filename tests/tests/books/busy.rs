//! A ledger with hundreds of books, and a server that counts what requests cost.

use std::time::Instant;

use ekspiper_tests::eventually;
use tokio::runtime::Runtime;
use xrpl_sim::{Fault, Planned};

use crate::market::{Market, Offer, issued};
use crate::trading::{Trading, wait_outcomes};

/// Pairs of a ledger that all trade.
const PAIRS: u32 = 150;
/// What others behind the same address have cost before, in rippled's units: 120 books more, and a warning comes.
const BURDEN: u64 = 32 * 3_500;

#[test]
fn a_ledger_with_hundreds_of_books_comes_through_and_no_server_closes() {
    let pair = |number: u32| {
        let currency = format!("01{number:038X}");
        Offer::new(number, "1".into(), issued(&currency, "1")).created()
    };
    let usd = Offer::new(PAIRS + 1, "1".into(), issued("USD", "1"));
    let busy = (1..=PAIRS).map(pair).collect();
    let market = Market::of([busy, vec![usd.created()], vec![usd.modified()]]);
    let runtime = Runtime::new().unwrap();
    let server = market.serve(&runtime, vec![Planned::from(Fault::Load)]);
    server.burden(BURDEN);
    let mut trading = Trading::on("books-of-a-busy-ledger");
    let requests: Vec<_> = market.chain.book_offer_requests().collect();
    assert_eq!(requests.len(), (2 * PAIRS + 4) as usize);
    trading.request(requests.clone());
    let begun = Instant::now();
    let recorder = trading.ask(&[&server], &[]);
    trading.wait_recorded(requests.len());
    let took = begun.elapsed();
    wait_outcomes(&recorder, "complete", "complete", requests.len());
    eventually(60, "the warnings are counted", || {
        (recorder.metric_of("ekspiper_endpoint_requests_total", &[r#"outcome="overload""#]) > 0.0)
            .then_some(())
    });
    println!(
        "{} books in {took:.1?}, {} warnings, closed {} times",
        requests.len(),
        server.applied(Fault::Load),
        server.dropped()
    );
    assert_eq!(server.dropped(), 0);
    // Asked for within a budget, and so not all at once: at first that is 64 plain requests a second.
    assert!(took.as_secs() >= 3, "{took:?}");
    server.turn_off(Fault::Load);
    trading.assert_as_answered(&server, requests);
}
