//! What an amount is of.

use crate::{AccountId, Currency, MptId};

/// XRP, an issued currency, or a multi-purpose token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Asset {
    /// XRP.
    Xrp,
    /// A currency of an issuer.
    Issued {
        /// The currency.
        currency: Currency,
        /// The issuer.
        issuer: AccountId,
    },
    /// A multi-purpose token.
    Mpt(MptId),
}
