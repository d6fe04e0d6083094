//! What a server adds to a transaction that its bytes do not say directly.

use crate::summary::{SUCCESS, transaction_result};
use crate::{
    AccountId, Action, AffectedNodes, Amount, FieldCode, Fields, Hash256, Malformed, MptId,
};

/// The ledger of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerContext {
    /// Its index.
    pub index: u32,
    /// Its hash.
    pub hash: Hash256,
    /// Its close time, in seconds since 2000-01-01T00:00:00Z.
    pub close_time: u32,
}

/// What a payment delivered, as a server says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// This much.
    Amount(Amount),
    /// Not recorded: the payment is older than `DeliveredAmount`.
    Unavailable,
}

/// Code of the transaction type `Payment`.
pub(crate) const PAYMENT: u16 = 0;
/// Code of the transaction type `CheckCash`.
const CHECK_CASH: u16 = 17;
/// Code of the transaction type `MPTokenIssuanceCreate`.
const MPT_ISSUANCE_CREATE: u16 = 54;
/// Code of the ledger entry type `MPTokenIssuance`.
pub(crate) const MPT_ISSUANCE: u16 = 126;
/// From this ledger on a payment without `DeliveredAmount` delivered its `Amount`.
const DELIVERED_SINCE_INDEX: u32 = 4_594_095;
/// The same as a close time, for chains of other lengths.
const DELIVERED_SINCE_CLOSE_TIME: u32 = 446_000_000;

/// The `delivered_amount` that a server adds to the metadata: of a successful Payment or CheckCash.
///
/// Servers are wrong about partial payments of multi-purpose tokens without `DeliveredAmount`: they state the `Amount`,
/// and [`crate::delivered_mpt()`] the truth.
pub fn delivered_amount(
    tx_blob: &[u8],
    meta_blob: &[u8],
    ledger: &LedgerContext,
) -> Result<Option<Delivered>, Malformed> {
    if !matches!(transaction_type(tx_blob)?, PAYMENT | CHECK_CASH)
        || transaction_result(meta_blob)? != SUCCESS
    {
        return Ok(None);
    }
    let amount = |blob, code| match Fields::new(blob).find_field(code) {
        Ok(Some(field)) => Amount::parse(field.bytes).map(|amount| Some(Delivered::Amount(amount))),
        Ok(None) | Err(Malformed::UnknownType { .. }) => Ok(None),
        Err(malformed) => Err(malformed),
    };
    if let Some(delivered) = amount(meta_blob, FieldCode::DELIVERED_AMOUNT)? {
        return Ok(Some(delivered));
    }
    let is_recent =
        ledger.index >= DELIVERED_SINCE_INDEX || ledger.close_time > DELIVERED_SINCE_CLOSE_TIME;
    let amount = if is_recent { amount(tx_blob, FieldCode::AMOUNT)? } else { None };
    Ok(Some(amount.unwrap_or(Delivered::Unavailable)))
}

/// The `mpt_issuance_id` that a server adds to the metadata: of a successful MPTokenIssuanceCreate.
pub fn issued_mpt_id(tx_blob: &[u8], meta_blob: &[u8]) -> Result<Option<MptId>, Malformed> {
    if transaction_type(tx_blob)? != MPT_ISSUANCE_CREATE
        || transaction_result(meta_blob)? != SUCCESS
    {
        return Ok(None);
    }
    for node in AffectedNodes::new(meta_blob) {
        match node {
            Ok(node) if node.entry_type == MPT_ISSUANCE && node.action == Action::Created => {
                return mpt_id(node.new_fields.unwrap_or_default());
            }
            Ok(_) => {}
            // Behind a field of an unknown type; unknown fields are never fatal.
            Err(Malformed::UnknownType { .. }) => break,
            Err(malformed) => return Err(malformed),
        }
    }
    Ok(None)
}

/// The id of the issuance whose fields these are.
pub(crate) fn mpt_id(fields: &[u8]) -> Result<Option<MptId>, Malformed> {
    let mut fields = Fields::new(fields);
    let sequence = fields.find_field(FieldCode::SEQUENCE)?.and_then(|field| field.u32());
    let issuer =
        fields.find_field(FieldCode::ISSUER)?.and_then(|field| field.bytes.try_into().ok());
    Ok(sequence.zip(issuer).map(|(sequence, issuer)| MptId::new(sequence, AccountId(issuer))))
}

/// The code of the transaction's type: its first field, in all that servers write.
pub(crate) fn transaction_type(tx_blob: &[u8]) -> Result<u16, Malformed> {
    if let [0x12, high, low, ..] = tx_blob {
        return Ok(u16::from_be_bytes([*high, *low]));
    }
    let field = Fields::new(tx_blob).find_field(FieldCode::TRANSACTION_TYPE)?;
    field.and_then(|field| field.u16()).ok_or(Malformed::Missing("TransactionType"))
}
