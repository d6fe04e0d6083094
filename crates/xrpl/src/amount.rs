//! Amounts: XRP in drops, issued currencies, multi-purpose tokens.

use std::fmt;

use crate::{AccountId, Asset, Currency};

/// An amount of XRP, of an issued currency or of a multi-purpose token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Amount {
    /// Drops of XRP; negative in some old metadata.
    Xrp(i64),
    /// An issued currency.
    Issued {
        /// How much.
        value: Decimal,
        /// Of what.
        currency: Currency,
        /// By whom.
        issuer: AccountId,
    },
    /// A multi-purpose token.
    Mpt {
        /// How many units.
        value: i64,
        /// Of which issuance.
        id: MptId,
    },
}

impl Amount {
    /// What the amount is of.
    pub fn asset(&self) -> Asset {
        match *self {
            Self::Xrp(_) => Asset::Xrp,
            Self::Issued { currency, issuer, .. } => Asset::Issued { currency, issuer },
            Self::Mpt { id, .. } => Asset::Mpt(id),
        }
    }

    /// The number alone as rippled writes it: drops, units, or the decimal text.
    pub fn write_value(&self, _out: &mut Vec<u8>) {
        unimplemented!()
    }
}

/// `mantissa × 10^exponent`, normalised to 16 digits as an issued amount has it; text as rippled writes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// Zero, or 10^15 to 10^16 - 1 without sign.
    pub mantissa: i64,
    /// -96 to 80; 0 where the mantissa is 0.
    pub exponent: i32,
}

impl fmt::Display for Decimal {
    fn fmt(&self, _formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}

/// The 192-bit id of a multi-purpose token's issuance: sequence and issuer; text is 48 upper-case hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MptId(pub [u8; 24]);

impl fmt::Display for MptId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 48];
        formatter.pad(
            faster_hex::hex_encode_upper(&self.0, &mut text)
                .expect("the buffer holds two digits a byte"),
        )
    }
}

impl fmt::Debug for MptId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
