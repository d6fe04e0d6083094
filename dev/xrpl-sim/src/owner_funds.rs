//! What the sender of an offer holds of what it sells.

use xrpl_codec::{AccountId, Amount, FieldCode};

use crate::book_page::value_text;
use crate::entry::{ACCOUNT, Entry, TAKER_GETS};
use crate::view::{Frozen, View};

const TRANSACTION_TYPE: FieldCode = FieldCode { type_code: 1, nth: 2 };
const OFFER_CREATE: u16 = 7;

/// The `owner_funds` of an OfferCreate, unless the sender issues what it sells; `None` of any other transaction.
pub(crate) fn owner_funds(tx_blob: &[u8], view: &View<'_>) -> Option<String> {
    let transaction = Entry::parse(tx_blob).ok()?;
    if transaction.number16(TRANSACTION_TYPE) != Some(OFFER_CREATE) {
        return None;
    }
    let owner: AccountId = transaction.account(ACCOUNT)?;
    match transaction.amount(TAKER_GETS)? {
        Amount::Issued { issuer, .. } if issuer == owner => None,
        gets => Some(value_text(view.funds(owner, gets.asset(), Frozen::Counts))),
    }
}
