//! Currency codes.

use std::fmt;
use std::str::FromStr;

/// The 160-bit code of a currency; text is `XRP`, three characters, or 40 hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(pub [u8; 20]);

/// The text is no currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a currency code")]
pub struct CurrencyError;

impl Currency {
    /// The code of XRP: zero.
    pub const XRP: Self = Self([0; 20]);

    /// Whether this is XRP, which no issued amount may have.
    pub fn is_xrp(&self) -> bool {
        *self == Self::XRP
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, _formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(_text: &str) -> Result<Self, CurrencyError> {
        unimplemented!()
    }
}
