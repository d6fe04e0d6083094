//! The book that a request names.

use flow::Reject;
use schemas::{Asset, BookOfferRequest};
use xrpl_codec::Book;

/// Reads a request; one that names no book is rejected.
pub(crate) fn of(request: &BookOfferRequest) -> Result<Book, Reject> {
    let domain = request.domain.as_deref().map(str::parse).transpose().map_err(malformed)?;
    Ok(Book { gets: asset(&request.taker_gets)?, pays: asset(&request.taker_pays)?, domain })
}

fn asset(asset: &Asset) -> Result<xrpl_codec::Asset, Reject> {
    match (&asset.currency, &asset.issuer, &asset.mpt_issuance_id) {
        (Some(currency), None, None) if currency == "XRP" => Ok(xrpl_codec::Asset::Xrp),
        (Some(currency), Some(issuer), None) => Ok(xrpl_codec::Asset::Issued {
            currency: currency.parse().map_err(malformed)?,
            issuer: issuer.parse().map_err(malformed)?,
        }),
        (None, None, Some(id)) => id.parse().map(xrpl_codec::Asset::Mpt).map_err(malformed),
        _ => Err(Reject::new("malformed-book")),
    }
}

fn malformed(error: impl Into<anyhow::Error>) -> Reject {
    Reject::because("malformed-book", error)
}

#[cfg(test)]
mod tests {
    use xrpl_codec::Hash256;

    use super::*;

    fn parsed(
        currency: Option<&str>,
        issuer: Option<&str>,
        mpt: Option<&str>,
    ) -> Option<xrpl_codec::Asset> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        asset(&Asset {
            currency: owned(currency),
            issuer: owned(issuer),
            mpt_issuance_id: owned(mpt),
        })
        .ok()
    }

    fn request(domain: Option<&str>) -> BookOfferRequest {
        BookOfferRequest {
            ledger_index: 7,
            ledger_hash: [7; 32],
            close_time: 0,
            taker_gets: Asset::xrp(),
            taker_pays: Asset::xrp(),
            position: 0,
            count: 1,
            domain: domain.map(str::to_owned),
        }
    }

    #[test]
    fn each_kind_of_asset_is_read() {
        let issuer = Some("rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B");
        let (id, currency) = ("00".repeat(24), "015841551A748AD2C1F76FF6ECB0CCCD00000000");
        assert_eq!(parsed(Some("XRP"), None, None), Some(xrpl_codec::Asset::Xrp));
        for currency in ["USD", currency] {
            let asset = parsed(Some(currency), issuer, None);
            assert!(matches!(asset, Some(xrpl_codec::Asset::Issued { currency: found, .. })
                if found.to_string() == currency));
        }
        assert!(matches!(parsed(None, None, Some(&id)), Some(xrpl_codec::Asset::Mpt(_))));
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

    #[test]
    fn a_domain_is_a_hash_or_nothing() {
        let domain = "0A".repeat(32);
        assert_eq!(of(&request(None)).unwrap().domain, None);
        assert_eq!(of(&request(Some(&domain))).unwrap().domain, Some(Hash256([10; 32])));
        assert_eq!(of(&request(Some("0A"))).unwrap_err().reason(), "malformed-book");
    }
}
