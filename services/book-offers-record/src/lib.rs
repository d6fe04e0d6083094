//! Asks a server for the offers of each touched book.

use endpoints::fetch_error;
use flow::{FetchError, Fetcher, Flow, Meter, Outbox, Reject, Topic};
use schemas::{BookOfferRequest, BookOfferRequests, BookOffers, BookOffersAnswer};
use serde::Deserialize;
use serde_json::value::RawValue;
use xrpl::servers::{LedgerId, Pool, PoolError};
use xrpl::{Asset, Book, Hash256};

/// What the flow does, in a sentence.
pub const ABOUT: &str = "Asks a server for the offers of each touched book";

/// The status of an answered request.
const OK: &str = "ok";
/// The status of a book whose ledger no server holds any more.
const UNAVAILABLE: &str = "unavailable";

/// The flow `book-offers-record`, which asks the servers of `pool`.
pub fn flow(pool: Pool) -> Flow {
    Flow::fetcher(BookOffersRecord { pool })
}

/// What a server answered about each book at the ledger that touched it. What no waiting changes becomes a record that says
/// so.
pub struct BookOffersRecord {
    pool: Pool,
}

impl Fetcher for BookOffersRecord {
    const NAME: &'static str = "book-offers-record";
    type Input = BookOfferRequests;
    type Output = BookOffers;

    async fn fetch<'a>(
        &'a self,
        request: <Self::Input as Topic>::Record<'a>,
        out: &'a mut Outbox,
    ) -> Result<(), FetchError> {
        let book = Book { gets: asset(&request.taker_gets)?, pays: asset(&request.taker_pays)? };
        let ledger = LedgerId { index: request.ledger_index, hash: Hash256(request.ledger_hash) };
        match self.pool.book_offers(&book, ledger, None).await {
            Ok(answer) => {
                let Answered { offers } = serde_json::from_str(answer.result.get())
                    .map_err(|error| FetchError::Transient(error.into()))?;
                put(request, OK, offers.get(), answer.offers, out)?;
            }
            Err(PoolError::NotFound { past: true, .. }) => put(request, UNAVAILABLE, "[]", 0, out)?,
            Err(PoolError::Refused(refusal)) => put(request, &refusal.token, "[]", 0, out)?,
            Err(error) => return Err(fetch_error(error)),
        }
        Ok(())
    }

    fn report(&self, meter: &Meter) {
        endpoints::report(&self.pool, meter);
    }
}

#[derive(Deserialize)]
struct Answered<'a> {
    #[serde(borrow)]
    offers: &'a RawValue,
}

fn put(
    request: BookOfferRequest,
    status: &str,
    offers: &str,
    n: usize,
    out: &mut Outbox,
) -> Result<(), Reject> {
    let offer_count =
        u32::try_from(n).map_err(|error| Reject::because("too-many-offers", error))?;
    let BookOfferRequest {
        ledger_index,
        ledger_hash,
        close_time,
        taker_gets,
        taker_pays,
        position,
        count,
    } = request;
    out.put::<BookOffers>(&BookOffersAnswer {
        ledger_index,
        ledger_hash,
        close_time,
        taker_gets,
        taker_pays,
        position,
        count,
        status,
        offers,
        offer_count,
    })
}

fn asset(asset: &schemas::Asset) -> Result<Asset, Reject> {
    match (&asset.currency, &asset.issuer, &asset.mpt_issuance_id) {
        (Some(currency), None, None) if currency == "XRP" => Ok(Asset::Xrp),
        (Some(currency), Some(issuer), None) => Ok(Asset::Issued {
            currency: currency
                .parse()
                .map_err(|error| Reject::because("malformed-book", anyhow::Error::from(error)))?,
            issuer: issuer
                .parse()
                .map_err(|error| Reject::because("malformed-book", anyhow::Error::from(error)))?,
        }),
        (None, None, Some(id)) => id
            .parse()
            .map(Asset::Mpt)
            .map_err(|error| Reject::because("malformed-book", anyhow::Error::from(error))),
        _ => Err(Reject::new("malformed-book")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(currency: Option<&str>, issuer: Option<&str>, mpt: Option<&str>) -> Option<Asset> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        asset(&schemas::Asset {
            currency: owned(currency),
            issuer: owned(issuer),
            mpt_issuance_id: owned(mpt),
        })
        .ok()
    }

    #[test]
    fn each_kind_of_asset_is_read() {
        let issuer = Some("rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B");
        let id = "00".repeat(24);
        assert_eq!(parsed(Some("XRP"), None, None), Some(Asset::Xrp));
        assert!(matches!(parsed(Some("USD"), issuer, None), Some(Asset::Issued { .. })));
        assert!(matches!(parsed(None, None, Some(&id)), Some(Asset::Mpt(_))));
    }

    #[test]
    fn what_is_no_asset_is_rejected() {
        let issuer = Some("rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B");
        for (currency, issuer, mpt) in [
            (None, None, None),
            (Some("USD"), None, None),
            (Some("USD"), Some("r"), None),
            (None, issuer, None),
        ] {
            assert_eq!(parsed(currency, issuer, mpt), None);
        }
    }
}
