//! What a payment of a multi-purpose token delivered, whatever the server says.

use crate::derived::{MPT_ISSUANCE, PAYMENT, transaction_type};
use crate::summary::{SUCCESS, transaction_result};
use crate::{
    AccountId, Action, AffectedNode, AffectedNodes, Amount, FieldCode, Fields, Malformed, MptId,
};

/// Code of the ledger entry type `MPToken`.
const MPTOKEN: u16 = 127;

/// What a successful Payment of a multi-purpose token really delivered, from the ledger entries that it changed: what
/// the destination has more of the token, or, if the destination issues it, what there is less of it.
///
/// Servers up to rippled 2.3 (at least) state a partial payment's whole `Amount` as `delivered_amount`.
pub fn delivered_mpt(tx_blob: &[u8], meta_blob: &[u8]) -> Result<Option<Amount>, Malformed> {
    if transaction_type(tx_blob)? != PAYMENT || transaction_result(meta_blob)? != SUCCESS {
        return Ok(None);
    }
    let mut fields = Fields::new(tx_blob);
    let amount = fields
        .find_field(FieldCode::AMOUNT)?
        .map(|field| Amount::parse(field.bytes))
        .transpose()?;
    let destination =
        fields.find_field(FieldCode::DESTINATION)?.and_then(|field| field.bytes.try_into().ok());
    let (Some(Amount::Mpt { id, .. }), Some(destination)) = (amount, destination.map(AccountId))
    else {
        return Ok(None);
    };
    let mut units = 0;
    for node in AffectedNodes::new(meta_blob) {
        let node = node?;
        let fields = node.final_fields.or(node.new_fields).unwrap_or_default();
        if destination == id.issuer() {
            if node.entry_type == MPT_ISSUANCE && crate::derived::mpt_id(fields)? == Some(id) {
                units = -growth(&node, FieldCode::OUTSTANDING_AMOUNT)?;
            }
        } else if node.entry_type == MPTOKEN && holder(fields)? == Some((destination, id)) {
            units = growth(&node, FieldCode::MPT_AMOUNT)?;
        }
    }
    Ok(Some(Amount::Mpt { value: units, id }))
}

/// Whose entry of which token this is.
fn holder(fields: &[u8]) -> Result<Option<(AccountId, MptId)>, Malformed> {
    let mut fields = Fields::new(fields);
    let account =
        fields.find_field(FieldCode::ACCOUNT)?.and_then(|field| field.bytes.try_into().ok());
    let id = fields
        .find_field(FieldCode::MPT_ISSUANCE_ID)?
        .and_then(|field| field.bytes.try_into().ok());
    Ok(account.map(AccountId).zip(id.map(MptId)))
}

/// By how much a number of an entry grew; an entry leaves out a number that is zero.
fn growth(node: &AffectedNode<'_>, code: FieldCode) -> Result<i64, Malformed> {
    let number = |fields: &[u8]| {
        let field = Fields::new(fields).find_field(code)?;
        let number =
            field.and_then(|field| field.bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
        i64::try_from(number).map_err(|_| Malformed::Value { what: "number of units", at: 0 })
    };
    let after = if node.action == Action::Deleted {
        0
    } else {
        number(node.final_fields.or(node.new_fields).unwrap_or_default())?
    };
    let before = match (node.action, node.previous_fields) {
        (Action::Created, _) => 0,
        (_, Some(previous)) => number(previous)?,
        // Nothing changed but the thread.
        (_, None) => after,
    };
    Ok(after - before)
}
