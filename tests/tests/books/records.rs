//! The records of `book-offers`, read.

use ekspiper_tests::Record;
use flow::Decoder;
use schemas::{Asset, BookOffers, BookOffersAnswer};
use serde_json::Value;

/// Reads records.
pub(crate) fn decoded(records: &[Record]) -> Vec<BookOffersAnswer<'_>> {
    let decoder = Decoder::new(&schemas::all());
    records.iter().map(|record| decoder.decode::<BookOffers>(&record.value).unwrap()).collect()
}

/// The one record about a book at a ledger.
#[track_caller]
pub(crate) fn of<'r, 'a>(
    answers: &'r [BookOffersAnswer<'a>],
    ledger_index: u32,
    (gets, pays): (&str, &str),
    domain: Option<&str>,
) -> &'r BookOffersAnswer<'a> {
    let name = |asset: &Asset| asset.currency.clone().or(asset.mpt_issuance_id.clone()).unwrap();
    let mut found = answers.iter().filter(|it| {
        (it.ledger_index, it.domain.as_deref()) == (ledger_index, domain)
            && (name(&it.taker_gets), name(&it.taker_pays)) == (gets.to_owned(), pays.to_owned())
    });
    let one = found.next().expect("there is one");
    assert!(found.next().is_none(), "there is one only");
    one
}

/// The offers of a record.
pub(crate) fn offers(answer: &BookOffersAnswer<'_>) -> Vec<Value> {
    serde_json::from_str(answer.offers).unwrap()
}
