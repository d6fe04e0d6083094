//! Recorded chains arrive whole: every topic and the receiver hold exactly what the ledgers say.

use std::collections::{BTreeMap, BTreeSet};

use ekspiper_tests::{OFFERS_MAX, asset, check_topic};
use flow::ingest::Checkpoints;
use flow::{Decoder, Topic};
use schemas::{
    BookOfferRequests, BookOffers, BookOffersAnswer, LedgerEvents, LedgerHeaders, LedgerRecords,
    Ledgers, TransactionRecords, Transactions,
};
use serde_json::Value;

use crate::chain::Chain;
use crate::contents::{Contents, undisturbed};
use crate::discoveries;
use crate::pipeline::PARTITIONS;
use crate::recorded;

#[test]
fn small_recorded_chain_arrives_whole() {
    assert_whole(Chain::small(), 24, 129, 22);
}

#[test]
fn large_recorded_chain_arrives_whole() {
    assert_whole(Chain::large(), 349, 2_856, 54);
}

fn assert_whole(chain: &'static Chain, ledgers: usize, transactions: usize, types: usize) {
    let contents = undisturbed(chain);
    let kinds: BTreeSet<_> = chain.transactions().map(|it| it.transaction_type).collect();
    let records = |name: &str| contents.topic(name).len();
    assert_eq!(
        (records("ledgers"), records("transactions"), kinds.len()),
        (ledgers, transactions, types)
    );
    assert_holds::<LedgerEvents>(contents, chain.ledger_events());
    assert_holds::<Ledgers>(contents, chain.ledgers());
    assert_holds::<LedgerHeaders>(contents, chain.ledger_headers());
    assert_holds::<Transactions>(contents, chain.transactions());
    assert_holds::<TransactionRecords>(contents, chain.transaction_records());
    assert_holds::<LedgerRecords>(contents, chain.ledger_records());
    assert_holds::<BookOfferRequests>(contents, chain.book_offer_requests());
    let decoder = Decoder::new(&schemas::all());
    let answers: Vec<BookOffersAnswer<'_>> = contents
        .topic("book-offers")
        .iter()
        .map(|record| decoder.decode::<BookOffers>(&record.value).unwrap())
        .collect();
    assert_every_book_is_answered(chain, contents, &answers);
    discoveries::assert_announced(chain, contents);
    assert_eq!(contents.topic("dead-letters"), [], "nothing is rejected");
    let last = contents.topic("checkpoints").last().expect("there is a pointer");
    let pointer = decoder.decode::<Checkpoints>(&last.value).unwrap().pointer();
    assert_eq!(pointer.sequence, u64::from(chain.last()));
    assert_events_are_the_records(chain, contents, &answers);
    recorded::assert_server_said_so(chain, contents, &answers);
}

/// The topic holds these records: each once, byte for byte, in its partition, in order, after its predecessor.
#[track_caller]
fn assert_holds<'a, T: Topic>(
    contents: &Contents,
    expected: impl IntoIterator<Item = T::Record<'a>>,
) {
    let records = contents.topic(T::SPEC.name);
    let faults = check_topic::<T>(records, PARTITIONS, expected);
    let first = &faults[..faults.len().min(10)];
    assert!(faults.is_empty(), "{}: {} faults: {first:?}", T::SPEC.name, faults.len());
}

fn assert_every_book_is_answered(
    chain: &Chain,
    contents: &Contents,
    answers: &[BookOffersAnswer<'_>],
) {
    let by_place: BTreeMap<(u32, u32), &BookOffersAnswer<'_>> =
        answers.iter().map(|answer| ((answer.ledger_index, answer.position), answer)).collect();
    let expected = chain.book_offer_requests().filter_map(|request| {
        // What the server said is the answer's own; everything else is the request's.
        let answer = by_place.get(&(request.ledger_index, request.position))?;
        let offers: Vec<Value> = serde_json::from_str(answer.offers).unwrap();
        for offer in &offers {
            let sides = (asset(&offer["TakerGets"]).1, asset(&offer["TakerPays"]).1);
            assert_eq!(sides, (request.taker_gets.clone(), request.taker_pays.clone()));
        }
        Some(BookOffersAnswer {
            offers: answer.offers,
            offer_count: u32::try_from(offers.len()).unwrap(),
            limit: Some(OFFERS_MAX),
            complete: Some(offers.len() < OFFERS_MAX as usize),
            ..BookOffersAnswer::without_offers(request, BookOffersAnswer::OK)
        })
    });
    assert_holds::<BookOffers>(contents, expected);
    assert_eq!(answers.len(), chain.book_offer_requests().count());
    assert!(answers.iter().any(|answer| answer.offer_count > 0), "some book has offers");
}

/// What arrived are the records of the three topics, each exactly once by `_id`, and nothing else.
fn assert_events_are_the_records(
    chain: &Chain,
    contents: &Contents,
    answers: &[BookOffersAnswer<'_>],
) {
    let expected = chain.events(answers);
    let ids = |events: &BTreeMap<String, Value>| events.keys().cloned().collect::<Vec<_>>();
    assert_eq!(ids(contents.events()), ids(&expected));
    for (id, event) in &expected {
        assert_eq!(&contents.events()[id], event, "{id}");
    }
}
