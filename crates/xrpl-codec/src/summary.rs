//! What a transaction is at a glance, without decoding all of it.

use std::borrow::Cow;

use crate::{AccountId, Amount, Definitions, FieldCode, Fields, Malformed};

/// A transaction at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary<'d> {
    /// Name of the type, or `Unknown_<code>`.
    pub transaction_type: Cow<'d, str>,
    /// Name of the result, or `Unknown_<code>`.
    pub result: Cow<'d, str>,
    /// The sender; `None` where the account is empty (UNLModify).
    pub account: Option<AccountId>,
    /// The fee in drops.
    pub fee: i64,
    /// The sender's sequence number; 0 with a ticket.
    pub sequence: u32,
}

/// Reads type, result, sender, fee and sequence.
pub fn summary<'d>(
    definitions: &'d Definitions,
    tx_blob: &[u8],
    meta_blob: &[u8],
) -> Result<Summary<'d>, Malformed> {
    let [mut transaction_type, mut sequence, mut fee, mut account] = [None; 4];
    for field in Fields::new(tx_blob) {
        let field = field?;
        match field.code {
            FieldCode::TRANSACTION_TYPE => transaction_type = Some(field),
            FieldCode::SEQUENCE => sequence = Some(field),
            FieldCode::FEE => fee = Some(field),
            FieldCode::ACCOUNT => account = Some(field),
            _ => continue,
        }
        if account.is_some() {
            break;
        }
    }
    let transaction_type = transaction_type
        .and_then(|field| field.u16())
        .ok_or(Malformed::Missing("TransactionType"))?;
    let fee = match Amount::parse(fee.ok_or(Malformed::Missing("Fee"))?.bytes)? {
        Amount::Xrp(drops) => drops,
        _ => return Err(Malformed::Missing("Fee in drops")),
    };
    let account = account.ok_or(Malformed::Missing("Account"))?.bytes;
    Ok(Summary {
        transaction_type: definitions.transaction_type_or_unknown(transaction_type),
        result: definitions.transaction_result_or_unknown(transaction_result(meta_blob)?),
        account: account.try_into().ok().map(AccountId),
        fee,
        sequence: sequence.and_then(|field| field.u32()).ok_or(Malformed::Missing("Sequence"))?,
    })
}

/// Code of the result `tesSUCCESS`.
pub(crate) const SUCCESS: u8 = 0;

/// The code of the result in a transaction's metadata.
pub(crate) fn transaction_result(meta_blob: &[u8]) -> Result<u8, Malformed> {
    let missing = Malformed::Missing("TransactionResult");
    match Fields::new(meta_blob).find_field(FieldCode::TRANSACTION_RESULT) {
        Ok(field) => field.and_then(|field| field.bytes.first().copied()).ok_or(missing),
        // Behind a field of an unknown type, the result still is the last one: type 16, number 3, and its value.
        Err(Malformed::UnknownType { .. }) => match meta_blob {
            [.., 0x03, 0x10, result] => Ok(*result),
            _ => Err(missing),
        },
        Err(malformed) => Err(malformed),
    }
}

/// The `TransactionIndex` of a transaction's metadata: its first field, in all that servers write.
pub(crate) fn transaction_index(meta_blob: &[u8]) -> Result<u32, Malformed> {
    if let [0x20, 0x1C, index @ ..] = meta_blob
        && let Some(index) = index.first_chunk()
    {
        return Ok(u32::from_be_bytes(*index));
    }
    let field = Fields::new(meta_blob).find_field(FieldCode::TRANSACTION_INDEX)?;
    field.and_then(|field| field.u32()).ok_or(Malformed::Missing("TransactionIndex"))
}
