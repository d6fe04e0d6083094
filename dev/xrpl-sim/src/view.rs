//! Offers, accounts, trust lines and fees as they stood at one ledger.

use std::sync::Arc;

use xrpl_codec::{AccountId, Amount, Asset, Book, Currency, Hash256, sha512_half};

use crate::entry::{
    AMM_ID, BALANCE, BASE_FEE, BASE_FEE_DROPS, Entry, FLAGS, OWNER_COUNT, RESERVE_BASE,
    RESERVE_BASE_DROPS, RESERVE_INCREMENT, RESERVE_INCREMENT_DROPS, TRANSFER_RATE,
};
use crate::history::{History, Place};
use crate::issued;

/// A history at one ledger, with the changes of a further ledger on top where there are some.
#[derive(Clone, Debug)]
pub(crate) struct View<'a> {
    pub(crate) history: &'a History,
    /// The ledger in `history`.
    pub(crate) at: u32,
    /// Changes of one ledger that `history` lacks, with its index.
    pub(crate) above: Option<(Arc<History>, u32)>,
}

/// What transactions cost and accounts must hold, in drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fees {
    pub(crate) base: u64,
    pub(crate) reserve_base: u64,
    pub(crate) reserve_increment: u64,
}

/// The only `FeeSettings` entry.
const FEE_SETTINGS_KEY: Hash256 = Hash256([
    0x4B, 0xC5, 0x0C, 0x9B, 0x0D, 0x85, 0x15, 0xD3, 0xEA, 0xAE, 0x1E, 0x74, 0xB2, 0x9A, 0x95, 0x80,
    0x43, 0x46, 0xC4, 0x91, 0xEE, 0x1A, 0x95, 0xBF, 0x25, 0xE4, 0xAA, 0xB8, 0x54, 0xA6, 0xA6, 0x51,
]);

/// Flags of an account and of a trust line.
const GLOBAL_FREEZE: u32 = 0x0040_0000;
const LOW_FREEZE: u32 = 0x0040_0000;
const HIGH_FREEZE: u32 = 0x0080_0000;

/// A transfer rate that costs nothing, in billionths.
pub(crate) const PARITY: u32 = 1_000_000_000;

impl View<'_> {
    /// The entry under a key.
    pub(crate) fn entry(&self, key: Hash256) -> Option<&Entry> {
        let above = self.above.as_ref().and_then(|(history, at)| history.entry(key, *at));
        above.or_else(|| self.history.entry(key, self.at)).flatten()
    }

    /// The offers of a book, in its order.
    pub(crate) fn offers(&self, book: Book) -> Vec<(Place, Hash256, &Entry)> {
        let above = self.above.iter().flat_map(|(history, _)| history.offers(book));
        let below = self.history.offers(book);
        let mut offers: Vec<_> = below
            .chain(above)
            .filter_map(|(place, key)| Some((place, key, self.entry(key)?)))
            .collect();
        offers.sort_by_key(|(place, _, _)| *place);
        offers.dedup_by_key(|(_, key, _)| *key);
        offers
    }

    /// The fees that were in force.
    pub(crate) fn fees(&self) -> Fees {
        let entry = self.entry(FEE_SETTINGS_KEY);
        let fee = |drops, old: &dyn Fn(&Entry) -> Option<u64>| {
            entry.and_then(|entry| match entry.amount(drops) {
                Some(Amount::Xrp(drops)) => u64::try_from(drops).ok(),
                _ => old(entry),
            })
        };
        let number32 = |code| move |entry: &Entry| entry.number32(code).map(u64::from);
        Fees {
            base: fee(BASE_FEE_DROPS, &|entry| entry.number64(BASE_FEE)).unwrap_or_default(),
            reserve_base: fee(RESERVE_BASE_DROPS, &number32(RESERVE_BASE)).unwrap_or_default(),
            reserve_increment: fee(RESERVE_INCREMENT_DROPS, &number32(RESERVE_INCREMENT))
                .unwrap_or_default(),
        }
    }

    fn account(&self, account: AccountId) -> Option<&Entry> {
        self.entry(sha512_half(&[b"\0a", &account.0]))
    }

    fn flags_of(&self, account: AccountId) -> u32 {
        self.account(account).and_then(|it| it.number32(FLAGS)).unwrap_or_default()
    }

    /// Whether the issuer of an asset froze all of what it issued.
    pub(crate) fn is_frozen_globally(&self, asset: Asset) -> bool {
        matches!(asset, Asset::Issued { issuer, .. } if self.flags_of(issuer) & GLOBAL_FREEZE != 0)
    }

    /// What transfers of an asset cost, in billionths of what arrives.
    pub(crate) fn transfer_rate(&self, asset: Asset) -> u32 {
        let Asset::Issued { issuer, .. } = asset else { return PARITY };
        self.account(issuer)
            .and_then(|it| it.number32(TRANSFER_RATE))
            .filter(|rate| *rate != 0)
            .unwrap_or(PARITY)
    }

    /// What an account can spend of an asset, nothing where that is frozen or negative.
    pub(crate) fn funds(&self, owner: AccountId, asset: Asset, frozen: Frozen) -> Amount {
        match asset {
            Asset::Xrp => Amount::Xrp(self.liquid_drops(owner)),
            Asset::Issued { currency, issuer } => self.line_funds(owner, currency, issuer, frozen),
            // What is held of multi-purpose tokens is not followed: rippled 2.3.0 has no offers of them.
            Asset::Mpt(id) => Amount::Mpt { value: 0, id },
        }
    }

    fn liquid_drops(&self, owner: AccountId) -> i64 {
        let Some(account) = self.account(owner) else { return 0 };
        let Some(Amount::Xrp(balance)) = account.amount(BALANCE) else { return 0 };
        let fees = self.fees();
        let owned = u64::from(account.number32(OWNER_COUNT).unwrap_or_default());
        let reserve = if account.has(AMM_ID) {
            0
        } else {
            fees.reserve_base + owned * fees.reserve_increment
        };
        (balance - i64::try_from(reserve).unwrap_or(i64::MAX)).max(0)
    }

    fn line_funds(
        &self,
        owner: AccountId,
        currency: Currency,
        issuer: AccountId,
        frozen: Frozen,
    ) -> Amount {
        let nothing = Amount::Issued { value: issued::ZERO, currency, issuer };
        let (low, high) = if owner < issuer { (owner, issuer) } else { (issuer, owner) };
        let key = sha512_half(&[b"\0r", &low.0, &high.0, &currency.0]);
        let Some(line) = self.entry(key) else { return nothing };
        let freeze = if issuer > owner { HIGH_FREEZE } else { LOW_FREEZE };
        let is_frozen = self.flags_of(issuer) & GLOBAL_FREEZE != 0
            || line.number32(FLAGS).is_some_and(|flags| flags & freeze != 0);
        if is_frozen && frozen == Frozen::IsNothing {
            return nothing;
        }
        match line.amount(BALANCE) {
            Some(Amount::Issued { value, .. }) => {
                let value = if owner > issuer { issued::negated(value) } else { value };
                if value.mantissa < 0 {
                    nothing
                } else {
                    Amount::Issued { value, currency, issuer }
                }
            }
            _ => nothing,
        }
    }
}

/// What frozen funds count as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frozen {
    IsNothing,
    Counts,
}
