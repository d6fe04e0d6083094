//! Every kind of book is asked for, and recorded as it was answered.

use schemas::{BookOfferRequests, BookOffers};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use xrpl_codec::MptId;

use crate::market::{Market, Offer, TRADER, issued};
use crate::records::{decoded, of, offers};
use crate::trading::{Trading, wait_outcomes};

const HEX: &str = "015841551A748AD2C1F76FF6ECB0CCCD00000000";
const DOMAIN: &str = "A6F76F27D8A327FC48753167EC04A46AA0E382E6F57F32FD12274144D00F1798";

fn mpt() -> String {
    MptId::new(7, TRADER.parse().unwrap()).to_string()
}

/// In the second ledger all books get offers, in the third one goes and one changes.
fn market() -> Market {
    let mpt = json!({"mpt_issuance_id": mpt(), "value": "1000"});
    let usd = |value: &str| issued("USD", value);
    let leaves = Offer::new(1, usd("5"), "5".into());
    let changes = Offer::new(5, "300".into(), usd("3")).in_domain(DOMAIN);
    let mut made = vec![
        leaves.created(),
        Offer::new(2, issued(HEX, "2"), "2".into()).created(),
        Offer::new(3, "600".into(), mpt.clone()).created(),
        Offer::new(4, mpt, "600".into()).created(),
        changes.created(),
        Offer::new(6, "600".into(), usd("6")).in_domain(DOMAIN).hybrid().created(),
    ];
    for (first, currency, n) in [(1_000_u32, "EUR", 130), (2_000, "GBP", 100), (3_000, "JPY", 99)] {
        let made_too =
            |number: u32| Offer::new(first + number, "600".into(), issued(currency, "6"));
        made.extend((0..n).map(|number| made_too(number).created()));
    }
    Market::of([made, vec![leaves.deleted(), changes.modified()], Vec::new()])
}

#[test]
fn every_kind_of_book_is_asked_for_in_both_directions_and_none_is_passed_off_as_whole() {
    let (market, runtime) = (market(), Runtime::new().unwrap());
    let server = market.serve(&runtime, Vec::new());
    let mut trading = Trading::on("books-of-every-kind");
    let _finder = trading.find_books(&market);
    let recorder = trading.ask(&[&server], &[]);
    let requests: Vec<_> = market.chain.book_offer_requests().collect();
    // Six pairs and that of the domain, then the two whose offers went or changed.
    assert_eq!(requests.len(), 2 * (6 + 1) + 2 * 2);
    trading.wait_recorded(requests.len());
    trading.assert_holds::<BookOfferRequests>(requests.clone());
    trading.assert_as_answered(&server, requests);

    let records = trading.all::<BookOffers>();
    let answers = decoded(&records);
    assert!(answers.iter().all(|answer| (answer.status, answer.limit) == ("ok", Some(100))));
    let mpt = mpt();
    let count = |pair, domain| offers(of(&answers, 2, pair, domain)).len();
    assert_eq!((count(("USD", "XRP"), None), count((HEX, "XRP"), None)), (1, 1));
    assert_eq!((count(("XRP", &mpt), None), count((&mpt, "XRP"), None)), (1, 1));
    // The hybrid one stands in both.
    assert_eq!((count(("XRP", "USD"), Some(DOMAIN)), count(("XRP", "USD"), None)), (2, 1));
    assert!(offers(of(&answers, 3, ("USD", "XRP"), None)).is_empty(), "its only offer has gone");
    for (currency, offer_count, complete) in
        [("EUR", 100, Some(false)), ("GBP", 100, Some(false)), ("JPY", 99, Some(true))]
    {
        let answer = of(&answers, 2, ("XRP", currency), None);
        assert_eq!((answer.offer_count, answer.complete), (offer_count, complete), "{currency}");
    }
    wait_outcomes(&recorder, "complete", "cut", 2);
    wait_outcomes(&recorder, "complete", "complete", answers.len() - 2);

    // What the owner can pay is there as the server says it: 1,000 drops for offers of 600 each.
    let first = offers(of(&answers, 2, ("XRP", "JPY"), None));
    let funded = |at: usize| (first[at]["taker_gets_funded"].clone(), &first[at]["owner_funds"]);
    assert_eq!(funded(0), (Value::Null, &json!("1000")));
    assert_eq!(funded(1), (json!("400"), &Value::Null));
    assert_eq!(funded(2), (json!("0"), &Value::Null));
}

#[test]
fn a_smaller_limit_is_asked_for_and_recorded() {
    let (market, runtime) = (market(), Runtime::new().unwrap());
    let server = market.serve(&runtime, Vec::new());
    let mut trading = Trading::on("books-in-short");
    let requests: Vec<_> = market.chain.book_offer_requests().collect();
    trading.request(requests.clone());
    let recorder = trading.ask(&[&server], &["--offers-max", "2"]);
    trading.wait_recorded(requests.len());
    let records = trading.all::<BookOffers>();
    for answer in decoded(&records) {
        assert_eq!((answer.limit, answer.complete), (Some(2), Some(answer.offer_count < 2)));
        assert!(answer.offer_count <= 2);
    }
    let cut = decoded(&records).iter().filter(|answer| answer.complete == Some(false)).count();
    // Three of a hundred or so, and the domain's two, before and after one of them changed.
    assert_eq!(cut, 3 + 2);
    wait_outcomes(&recorder, "complete", "cut", cut);
}
