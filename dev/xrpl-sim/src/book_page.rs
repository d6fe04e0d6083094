//! `book_offers` as rippled computes it: offers in order, with what their owners can pay.

use std::cmp::Ordering;
use std::collections::HashMap;

use xrpl_codec::json::{write_amount_json, write_entry_json};
use xrpl_codec::{AccountId, Amount, Asset, Book, Decimal, Definitions, Hash256, Malformed};

use crate::entry::{ACCOUNT, Entry, TAKER_GETS, TAKER_PAYS};
use crate::issued::{self, compare, difference, from_drops, product, ratio, rounded, to_drops};
use crate::object::{Object, array};
use crate::view::{Frozen, PARITY, View};

/// The first `limit` offers of a book as JSON text. `taker` pays no transfer fee on what it issued itself.
pub(crate) fn book_page(
    view: &View<'_>,
    book: Book,
    taker: AccountId,
    limit: usize,
) -> Result<String, Malformed> {
    let mut purse = Purse::new(view, book, taker);
    let mut offers = Vec::new();
    for (place, key, entry) in view.offers(book).into_iter().take(limit) {
        let quality = quality(place.directory);
        let mut offer = entry_object(key, entry)?;
        offer.set("quality", quality.to_string());
        if let Some(funding) = purse.fund(entry, quality) {
            funding.write(&mut offer);
        }
        offers.push(offer.text());
    }
    Ok(array(offers))
}

fn entry_object(key: Hash256, entry: &Entry) -> Result<Object, Malformed> {
    let mut json = Vec::new();
    write_entry_json(Definitions::builtin(), key, &entry.to_bytes(), &mut json)?;
    Ok(Object::whole(String::from_utf8(json).expect("JSON is UTF-8")))
}

/// What a directory's last eight bytes say: pays per gets.
fn quality(directory: Hash256) -> Decimal {
    let bytes: [u8; 8] = *directory.0.last_chunk().expect("a key has 32 bytes");
    let quality = u64::from_be_bytes(bytes);
    let exponent = i32::from(bytes[0]) - 100;
    rounded(i128::from(quality & 0x00FF_FFFF_FFFF_FFFF), exponent)
}

/// How much of an offer its owner can pay.
struct Funding {
    /// What the owner holds, on the owner's first offer.
    owner_funds: Option<Amount>,
    /// Gets and pays, where they are less than offered.
    partly: Option<(Amount, Amount)>,
}

impl Funding {
    fn write(self, offer: &mut Object) {
        if let Some(funds) = self.owner_funds {
            offer.set("owner_funds", value_text(funds));
        }
        if let Some((gets, pays)) = self.partly {
            offer.raw("taker_gets_funded", amount_json(gets));
            offer.raw("taker_pays_funded", amount_json(pays));
        }
    }
}

/// What the owners of offers have left as a taker goes through the book.
struct Purse<'a> {
    view: &'a View<'a>,
    book: Book,
    is_frozen: bool,
    /// What a transfer costs the owner; none for what the taker issued.
    rate: Option<Decimal>,
    left: HashMap<AccountId, Amount>,
}

impl<'a> Purse<'a> {
    fn new(view: &'a View<'a>, book: Book, taker: AccountId) -> Self {
        let rate = view.transfer_rate(book.gets);
        let is_free = rate == PARITY || issuer(book.gets) == Some(taker);
        Self {
            view,
            book,
            is_frozen: view.is_frozen_globally(book.gets) || view.is_frozen_globally(book.pays),
            rate: (!is_free).then(|| rounded(i128::from(rate), -9)),
            left: HashMap::new(),
        }
    }

    /// `None` for an entry that is no offer.
    fn fund(&mut self, offer: &Entry, quality: Decimal) -> Option<Funding> {
        let owner = offer.account(ACCOUNT)?;
        let (gets, pays) = (offer.amount(TAKER_GETS)?, offer.amount(TAKER_PAYS)?);
        let is_issuer = issuer(self.book.gets) == Some(owner);
        let (funds, is_first) = if is_issuer {
            (gets, true)
        } else if self.is_frozen {
            (with_value(gets, issued::ZERO), true)
        } else if let Some(left) = self.left.get(&owner) {
            (*left, false)
        } else {
            (self.view.funds(owner, self.book.gets, Frozen::IsNothing), true)
        };
        let rate = self.rate.filter(|_| !is_issuer);
        let limit = rate.map_or(value(funds), |rate| ratio(value(funds), rate));
        let partly = (compare(limit, value(gets)) == Ordering::Less).then(|| {
            let through = with_value(pays, product(limit, quality));
            let pays =
                if compare(value(through), value(pays)) == Ordering::Less { through } else { pays };
            (with_value(gets, limit), pays)
        });
        let funded = partly.map_or(value(gets), |(gets, _)| value(gets));
        let paid = rate.map_or(funded, |rate| {
            let paid = product(funded, rate);
            if compare(value(funds), paid) == Ordering::Less { value(funds) } else { paid }
        });
        self.left.insert(owner, minus(funds, paid));
        Some(Funding { owner_funds: is_first.then_some(funds), partly })
    }
}

fn issuer(asset: Asset) -> Option<AccountId> {
    match asset {
        Asset::Issued { issuer, .. } => Some(issuer),
        Asset::Mpt(id) => Some(id.issuer()),
        Asset::Xrp => None,
    }
}

fn value(amount: Amount) -> Decimal {
    match amount {
        Amount::Xrp(drops) => from_drops(drops),
        Amount::Issued { value, .. } => value,
        Amount::Mpt { value, .. } => from_drops(value),
    }
}

/// The same asset, another number.
fn with_value(of: Amount, value: Decimal) -> Amount {
    match of {
        Amount::Xrp(_) => Amount::Xrp(to_drops(value)),
        Amount::Issued { currency, issuer, .. } => Amount::Issued { value, currency, issuer },
        Amount::Mpt { id, .. } => Amount::Mpt { value: to_drops(value), id },
    }
}

/// What is left after paying; drops are counted exactly.
fn minus(funds: Amount, paid: Decimal) -> Amount {
    match funds {
        Amount::Xrp(drops) => Amount::Xrp(drops - to_drops(paid)),
        _ => with_value(funds, difference(value(funds), paid)),
    }
}

/// The number alone, as text.
pub(crate) fn value_text(amount: Amount) -> String {
    let mut text = Vec::new();
    amount.write_value(&mut text);
    String::from_utf8(text).expect("numbers are written in ASCII")
}

fn amount_json(amount: Amount) -> String {
    let mut json = Vec::new();
    write_amount_json(&amount, &mut json);
    String::from_utf8(json).expect("JSON is UTF-8")
}
