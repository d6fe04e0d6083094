//! The Avro record `Amount`: a value with its unit.

use serde::{Deserialize, Serialize};

/// The Avro record `Amount` of the typed records. `kind` is one of [`XRP`], [`ISSUED`], [`MPT`] and [`UNAVAILABLE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Amount<'a> {
    pub kind: &'a str,
    pub value: &'a str,
    #[serde(borrow)]
    pub currency: Option<&'a str>,
    #[serde(borrow)]
    pub issuer: Option<&'a str>,
    #[serde(borrow)]
    pub mpt_issuance_id: Option<&'a str>,
}

/// Kind of an amount in drops of XRP (a millionth of an XRP).
pub const XRP: &str = "xrp";
/// Kind of an amount of an issued currency.
pub const ISSUED: &str = "issued";
/// Kind of an amount of a multi-purpose token, in its smallest units.
pub const MPT: &str = "mpt";
/// Kind of an amount that is unknown: `delivered_amount` of partial payments before 2014-01-20.
pub const UNAVAILABLE: &str = "unavailable";
