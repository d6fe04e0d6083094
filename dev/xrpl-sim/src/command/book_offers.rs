//! `book_offers`, with the books of domains and of multi-purpose tokens, which rippled 2.3.0 does not have.

use serde_json::{Map, Value};
use xrpl_codec::{AccountId, Asset, Book, Currency, Hash256};

use crate::book_page::book_page;
use crate::chain::Chain;
use crate::lookup::Lookup;
use crate::object::Object;
use crate::request::Request;
use crate::rpc_error::RpcError;

/// Offers on a page, when the request names no limit, and at most.
const OFFERS_DEFAULT: usize = 60;
const OFFERS_MAX: usize = 100;

/// What names a multi-purpose token on a side of a book.
const MPT_ID: &str = "mpt_issuance_id";

/// What marks a trust line that nobody holds; no issuer can have it.
const NO_ACCOUNT: AccountId =
    AccountId([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

pub(super) fn book_offers(chain: &dyn Chain, request: &Request<'_>) -> Result<Object, RpcError> {
    let found = Lookup::find(chain, request)?;
    let book = book(request)?;
    let taker = match request.get("taker") {
        None => AccountId::default(),
        Some(Value::String(taker)) => {
            taker.parse().map_err(|_| RpcError::invalid_field("taker"))?
        }
        Some(_) => return Err(RpcError::expected_field("taker", "string")),
    };
    let book = Book { domain: domain(request)?, ..book };
    if book.gets == book.pays {
        return Err(RpcError::bad_market());
    }
    let limit = limit(request)?;
    let mut result = Object::default();
    found.name_in(&mut result);
    let view = chain.view(found.state_index());
    result.raw(
        "offers",
        book_page(&view, book, taker, limit).expect("offers of the chain are well formed"),
    );
    Ok(result)
}

fn domain(request: &Request<'_>) -> Result<Option<Hash256>, RpcError> {
    let parsed = request.get("domain").map(|domain| domain.as_str()?.parse().ok());
    match parsed {
        None => Ok(None),
        Some(Some(domain)) => Ok(Some(domain)),
        Some(None) => Err(RpcError::domain_malformed()),
    }
}

fn limit(request: &Request<'_>) -> Result<usize, RpcError> {
    let Some(limit) = request.get("limit") else { return Ok(OFFERS_DEFAULT) };
    let limit =
        limit.as_u64().ok_or_else(|| RpcError::expected_field("limit", "unsigned integer"))?;
    match usize::try_from(limit).unwrap_or(OFFERS_MAX) {
        0 => Ok(OFFERS_MAX),
        limit => Ok(limit.min(OFFERS_MAX)),
    }
}

/// One side of a book, and the errors that are its own.
struct Side {
    name: &'static str,
    bad_currency: fn() -> RpcError,
    bad_issuer: fn() -> RpcError,
}

const PAYS: Side = Side {
    name: "taker_pays",
    bad_currency: RpcError::source_currency_malformed,
    bad_issuer: RpcError::source_issuer_malformed,
};

const GETS: Side = Side {
    name: "taker_gets",
    bad_currency: RpcError::destination_amount_malformed,
    bad_issuer: RpcError::destination_issuer_malformed,
};

/// Checks both sides in rippled's order, so that of several errors the same one is returned.
fn book(request: &Request<'_>) -> Result<Book, RpcError> {
    let [pays, gets] = [PAYS.name, GETS.name].map(|name| request.get(name));
    let pays = pays.ok_or_else(|| RpcError::missing_field(PAYS.name))?;
    let gets = gets.ok_or_else(|| RpcError::missing_field(GETS.name))?;
    let (pays, gets) = (PAYS.object(pays)?, GETS.object(gets)?);
    let (pays_text, gets_text) = (PAYS.currency_text(pays)?, GETS.currency_text(gets)?);
    let (pays_currency, gets_currency) = (PAYS.currency(pays_text)?, GETS.currency(gets_text)?);
    Ok(Book::open(GETS.asset(gets, gets_currency)?, PAYS.asset(pays, pays_currency)?))
}

impl Side {
    fn object<'a>(&self, value: &'a Value) -> Result<Option<&'a Map<String, Value>>, RpcError> {
        match value {
            Value::Object(members) => Ok(Some(members)),
            Value::Null => Ok(None),
            _ => Err(RpcError::expected_field(self.name, "object")),
        }
    }

    fn currency_text<'a>(&self, side: Option<&'a Map<String, Value>>) -> Result<&'a str, RpcError> {
        let name = format!("{}.currency", self.name);
        let member = |name: &str| side.and_then(|side| side.get(name));
        match member("currency") {
            // A multi-purpose token has none, and its issuer is in its id.
            None if member(MPT_ID).is_some() => Ok(""),
            None => Err(RpcError::missing_field(&name)),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(RpcError::expected_field(&name, "string")),
        }
    }

    fn currency(&self, text: &str) -> Result<Currency, RpcError> {
        match text {
            "" => Ok(Currency::XRP),
            text => text.parse().map_err(|_| {
                (self.bad_currency)()
                    .saying(format!("Invalid field '{}.currency', bad currency.", self.name))
            }),
        }
    }

    fn asset(
        &self,
        side: Option<&Map<String, Value>>,
        currency: Currency,
    ) -> Result<Asset, RpcError> {
        if let Some(id) = side.and_then(|side| side.get(MPT_ID)) {
            let id = id.as_str().and_then(|id| id.parse().ok());
            let malformed = || RpcError::invalid_field(&format!("{}.{MPT_ID}", self.name));
            return id.map(Asset::Mpt).ok_or_else(malformed);
        }
        let refused = |why: &str| {
            (self.bad_issuer)().saying(format!("Invalid field '{}.issuer', {why}.", self.name))
        };
        let issuer = match side.and_then(|side| side.get("issuer")) {
            None => AccountId::default(),
            Some(Value::String(text)) => text.parse().map_err(|_| refused("bad issuer"))?,
            Some(_) => {
                return Err(RpcError::expected_field(&format!("{}.issuer", self.name), "string"));
            }
        };
        if issuer == NO_ACCOUNT {
            return Err(refused("bad issuer account one"));
        }
        match (currency.is_xrp(), issuer == AccountId::default()) {
            (true, true) => Ok(Asset::Xrp),
            (false, false) => Ok(Asset::Issued { currency, issuer }),
            (true, false) => Err((self.bad_issuer)().saying(format!(
                "Unneeded field '{}.issuer' for XRP currency specification.",
                self.name
            ))),
            (false, true) => Err(refused("expected non-XRP issuer")),
        }
    }
}
