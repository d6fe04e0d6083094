//! An amount whose unit a reader can see.

use serde::{Deserialize, Serialize};

/// An amount, as the record `Amount` of the typed records describes it.
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

/// Drops of XRP.
pub const XRP: &str = "xrp";
/// Units of a currency that someone issued.
pub const ISSUED: &str = "issued";
/// Units of a multi-purpose token.
pub const MPT: &str = "mpt";
/// Nobody wrote the amount down.
pub const UNAVAILABLE: &str = "unavailable";
