//! Typed records of imported ledgers and transactions whose replies had fields that no hash covers.

use flow::encode;
use schemas::{LedgerRecord, Transaction, TransactionRecord, TransactionRecords};
use serde_json::{Map, Value};
use xrpl_codec::json::{ApiVersion, write_amount_json, write_transaction_json};
use xrpl_codec::{Amount, Definitions, Hash256, LedgerContext};

use crate::untyped_fields::UntypedFields;
use crate::unverified::merge;
use crate::{WriteError, import, ledger_json};

/// The fingerprint of the schema, before each datum.
const PREFIX_BYTES: usize = 10;

/// The result of a `ledger` command that `record` holds, with the fields of `unverified`, the field of that name in
/// `ledger-headers`: what [`import::ledger_record`] makes the record of.
///
/// # Errors
/// When `unverified` is not a JSON object.
pub fn with_unverified(
    record: &LedgerRecord<'_>,
    unverified: &str,
) -> Result<Map<String, Value>, serde_json::Error> {
    let mut json = ledger_json(record).expect("the record was made of a header");
    if let Some(header) = json.get_mut("ledger").and_then(Value::as_object_mut) {
        // It follows from the close time, and is no field of the record.
        header.remove("close_time_iso");
    }
    json.insert("transaction_count".to_owned(), record.transaction_count.into());
    merge(&mut json, serde_json::from_str(unverified)?);
    Ok(json)
}

/// Writes the datum of a transaction's record with the fields of `unverified` into `datum`, and its untyped fields into `untyped`.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    unverified: &str,
    delivered_by_balances: Option<&Amount>,
    (datum, untyped): (&mut Vec<u8>, &mut UntypedFields),
) -> Result<(), WriteError> {
    let context = LedgerContext {
        index: transaction.ledger_index,
        hash: Hash256(transaction.ledger_hash),
        close_time: transaction.close_time,
    };
    let mut json = Vec::new();
    let (definitions, hash, api) =
        (Definitions::builtin(), Hash256(transaction.hash), ApiVersion::V1);
    let (tx_blob, meta_blob) = (transaction.tx_blob, transaction.meta_blob);
    write_transaction_json(definitions, hash, tx_blob, meta_blob, &context, api, &mut json)?;
    let mut json: Map<String, Value> =
        serde_json::from_slice(&json).expect("what we wrote is JSON");
    json.insert("_LedgerIndex".to_owned(), transaction.ledger_index.into());
    merge(&mut json, serde_json::from_str(unverified).map_err(WriteError::Unverified)?);
    let delivered = delivered_by_balances.map(amount_json);
    let record = TransactionRecord {
        delivered_by_balances: delivered.as_ref().and_then(import::amount),
        ..import::transaction_record(&json, transaction.at())
    };
    let message = encode::<TransactionRecords>(&record).expect("the record has the schema's types");
    datum.clear();
    datum.extend_from_slice(&message[PREFIX_BYTES..]);
    untyped.set(&record.untyped);
    Ok(())
}

fn amount_json(amount: &Amount) -> Value {
    let mut json = Vec::new();
    write_amount_json(amount, &mut json);
    serde_json::from_slice(&json).expect("what we wrote is JSON")
}
