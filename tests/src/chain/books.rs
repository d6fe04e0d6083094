//! The order books that a ledger touched, found in the metadata's JSON.

use std::collections::BTreeMap;

use schemas::Asset;
use serde_json::Value;
use xrpl_codec::Book;

/// Both directions of each touched book, each once, in the order in which they are asked for.
#[derive(Debug, Default)]
pub struct Books(BTreeMap<Book, (Asset, Asset)>);

impl Books {
    /// Takes up every offer that a transaction created, changed or deleted.
    pub fn take_up(&mut self, metadata: &Value) {
        for node in metadata["AffectedNodes"].as_array().expect("metadata has nodes") {
            let node = node.as_object().unwrap().values().next().expect("a node has an action");
            if node["LedgerEntryType"] != "Offer" {
                continue;
            }
            let of = ["NewFields", "FinalFields", "PreviousFields"]
                .map(|fields| &node[fields])
                .into_iter()
                .find(|fields| !fields["TakerGets"].is_null() && !fields["TakerPays"].is_null());
            if let Some(offer) = of {
                let (gets, pays) = (asset(&offer["TakerGets"]), asset(&offer["TakerPays"]));
                let domain = offer["DomainID"].as_str().map(|domain| domain.parse().unwrap());
                let is_hybrid = !offer["AdditionalBooks"].is_null();
                for domain in [Some(domain), is_hybrid.then_some(None)].into_iter().flatten() {
                    let forwards = Book { gets: gets.0, pays: pays.0, domain };
                    let backwards = Book { gets: pays.0, pays: gets.0, domain };
                    self.0.insert(forwards, (gets.1.clone(), pays.1.clone()));
                    self.0.insert(backwards, (pays.1.clone(), gets.1.clone()));
                }
            }
        }
    }

    /// Each book, and what a taker gets and pays in it.
    pub fn iter(&self) -> impl Iterator<Item = (&Book, &(Asset, Asset))> {
        self.0.iter()
    }
}

/// The asset of an amount, or of a side of a request.
pub fn asset(amount: &Value) -> (xrpl_codec::Asset, Asset) {
    let text = |key: &str| amount[key].as_str().map(str::to_owned);
    if let Some(id) = text("mpt_issuance_id") {
        let parsed = xrpl_codec::Asset::Mpt(id.parse().unwrap());
        return (parsed, Asset { currency: None, issuer: None, mpt_issuance_id: Some(id) });
    }
    let (Some(currency), Some(issuer)) = (text("currency"), text("issuer")) else {
        assert!(amount.is_string() || amount["currency"] == "XRP", "{amount} is of XRP");
        return (xrpl_codec::Asset::Xrp, Asset::xrp());
    };
    let (parsed_currency, parsed_issuer) = (currency.parse().unwrap(), issuer.parse().unwrap());
    let parsed = xrpl_codec::Asset::Issued { currency: parsed_currency, issuer: parsed_issuer };
    (parsed, Asset { currency: Some(currency), issuer: Some(issuer), mpt_issuance_id: None })
}
