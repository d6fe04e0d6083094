//! One side of an order book.

use std::fmt;

use serde::{Deserialize, Serialize};

/// XRP, an issued currency or a multi-purpose token: exactly one of the three.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Asset {
    /// `XRP`, a three-character code or 40 hexadecimal digits.
    pub currency: Option<String>,
    /// Address of the issuer of an issued currency.
    pub issuer: Option<String>,
    /// The token's id, 48 hexadecimal digits.
    pub mpt_issuance_id: Option<String>,
}

impl Asset {
    /// The ledger's own currency.
    pub fn xrp() -> Self {
        Self { currency: Some("XRP".to_owned()), issuer: None, mpt_issuance_id: None }
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.currency, &self.issuer, &self.mpt_issuance_id) {
            (Some(currency), Some(issuer), _) => write!(f, "{currency}.{issuer}"),
            (Some(currency), None, _) => f.write_str(currency),
            (None, _, id) => f.write_str(id.as_deref().unwrap_or_default()),
        }
    }
}
