//! The server's JSON, rebuilt from a record alone.

use schemas::{Amount, Form, Item, LedgerRecord, Members, Slot, TransactionRecord, UntypedField};
use serde_json::{Map, Value, json};
use xrpl_codec::Hash256;
use xrpl_codec::json::ApiVersion;

use crate::LEDGER_EPOCH_S;
use crate::path::{Step, steps};

/// How amounts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amounts {
    /// As the server writes them: drops as text, other amounts as objects.
    Server,
    /// As the record `Amount`, without the fields that are null.
    Records,
}

/// The record holds a value that contradicts the table of paths; no writer of this workspace writes such a record.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{path} is not what the table says")]
pub struct Unreadable {
    path: String,
}

impl Unreadable {
    fn at(path: &str) -> Self {
        Self { path: path.to_owned() }
    }
}

/// A transaction as an element of `transactions` in the server's expanded `ledger` reply.
///
/// # Errors
/// When the record is not one that a writer of ours writes.
pub fn transaction_json(
    record: &TransactionRecord<'_>,
    api: ApiVersion,
) -> Result<Value, Unreadable> {
    let mut fields = record_json(record, Amounts::Server)?;
    for added in ["_ExecutionID", "_LedgerIndex", "_Sequence"] {
        fields.remove(added);
    }
    let amount = if api == ApiVersion::V2 && is_payment(&fields) {
        fields.remove("Amount")
    } else {
        fields.get("Amount").filter(|_| is_payment(&fields)).cloned()
    };
    fields.extend(amount.map(|amount| ("DeliverMax".to_owned(), amount)));
    if api == ApiVersion::V1 {
        return Ok(Value::Object(fields));
    }
    let mut take = |name| fields.remove(name).unwrap_or_default();
    let (meta, hash) = (take("metaData"), take("hash"));
    Ok(json!({
        "tx_json": fields,
        "meta": meta,
        "hash": hash,
        "ledger_hash": Hash256(record.ledger_hash).to_string(),
        "ledger_index": record.ledger_index,
        "validated": true,
        "close_time_iso": xrpl_codec::json::close_time_iso(record.close_time),
    }))
}

/// All typed and untyped fields of a transaction record, in the shape of API version 1. What the
/// server adds to a Payment in that version, `DeliverMax`, is not among it.
///
/// # Errors
/// When the record is not one that a writer of ours writes.
pub fn record_json(
    record: &TransactionRecord<'_>,
    amounts: Amounts,
) -> Result<Map<String, Value>, Unreadable> {
    whole(&record.transaction, &record.untyped, amounts)
}

/// The result of the server's `ledger` command with API version 1, without transactions; `transaction_count` is not among
/// it. With the untyped fields that an import found.
///
/// # Errors
/// When the record is not one that a writer of ours writes.
pub fn ledger_json(record: &LedgerRecord<'_>) -> Result<Map<String, Value>, Unreadable> {
    let mut result = whole(&record.result, &record.untyped, Amounts::Server)?;
    result.remove("transaction_count");
    let header = result.get_mut("ledger").and_then(Value::as_object_mut);
    if let Some(header) = header.filter(|header| header.contains_key("close_time_human")) {
        let iso = xrpl_codec::json::close_time_iso(record.close_time);
        header.insert("close_time_iso".to_owned(), iso.into());
    }
    Ok(result)
}

fn whole(
    members: &Members<'_>,
    untyped: &[UntypedField<'_>],
    amounts: Amounts,
) -> Result<Map<String, Value>, Unreadable> {
    let mut root = Value::Object(object(members, amounts)?);
    for field in untyped {
        let unreadable = || Unreadable::at(&field.path);
        let value = serde_json::from_str(&field.json).map_err(|_| unreadable())?;
        let value = match (amounts, field.kind.as_ref()) {
            (Amounts::Records, "amount") => amount_record(&value).ok_or_else(unreadable)?,
            _ => value,
        };
        let steps = steps(&field.path).ok_or_else(unreadable)?;
        *place(&mut root, &steps).ok_or_else(unreadable)? = value;
    }
    match root {
        Value::Object(root) => Ok(root),
        _ => Err(Unreadable::at("")),
    }
}

/// The value at a path; missing objects and arrays on the way are created.
fn place<'v>(root: &'v mut Value, steps: &[Step<'_>]) -> Option<&'v mut Value> {
    steps.iter().try_fold(root, |value, step| match step {
        Step::Name(name) => {
            if value.is_null() {
                *value = json!({});
            }
            Some(value.as_object_mut()?.entry(name.as_ref()).or_insert(Value::Null))
        }
        Step::Index(index) => {
            if value.is_null() {
                *value = json!([]);
            }
            let elements = value.as_array_mut()?;
            if elements.len() <= *index {
                elements.resize(index.checked_add(1)?, Value::Null);
            }
            elements.get_mut(*index)
        }
    })
}

fn object(members: &Members<'_>, amounts: Amounts) -> Result<Map<String, Value>, Unreadable> {
    let member = |(slot, item): (&Slot, &Item<'_>)| {
        let value = value(slot.form, item, amounts).ok_or_else(|| Unreadable::at(slot.path))?;
        Ok((slot.name.to_owned(), value?))
    };
    members.iter().map(member).collect()
}

/// `None` where the form does not fit, or the error of something inside.
fn value(form: Form, item: &Item<'_>, amounts: Amounts) -> Option<Result<Value, Unreadable>> {
    Some(Ok(match (form, item) {
        (Form::Text | Form::Address, Item::Text(text)) => Value::from(text.as_ref()),
        (Form::Hash(_) | Form::Blob, Item::Bytes(bytes)) => hex(bytes),
        (Form::Long, Item::Number(number)) => Value::from(*number),
        (Form::Digits, Item::Number(number)) => Value::from(number.to_string()),
        (Form::Time, Item::Number(unix_ms)) => Value::from(unix_ms / 1_000 - LEDGER_EPOCH_S),
        (Form::Bool, Item::Bool(yes)) => Value::from(*yes),
        (Form::Amount, Item::Amount(amount)) => match amounts {
            Amounts::Server => server_amount(amount)?,
            Amounts::Records => amount_json(amount),
        },
        (Form::Object, Item::Object(members)) => {
            return Some(object(members, amounts).map(Value::Object));
        }
        (Form::Hashes, Item::List(hashes)) => {
            let hashes = hashes.iter().map(|hash| match hash {
                Item::Bytes(bytes) => Some(hex(bytes)),
                _ => None,
            });
            Value::Array(hashes.collect::<Option<_>>()?)
        }
        (Form::Array | Form::Steps, Item::List(elements)) => {
            return Some(array(elements, |members| object(members, amounts).map(Value::Object)));
        }
        (Form::Paths, Item::List(elements)) => {
            return Some(array(elements, |path| list(path, amounts)));
        }
        _ => return None,
    }))
}

fn array(
    elements: &[Item<'_>],
    value: impl Fn(&Members<'_>) -> Result<Value, Unreadable>,
) -> Result<Value, Unreadable> {
    let elements = elements.iter().map(|element| match element {
        Item::Object(members) => value(members),
        _ => Err(Unreadable::at("an element")),
    });
    elements.collect::<Result<_, _>>().map(Value::Array)
}

/// The element of an array that is an array in JSON.
fn list(members: &Members<'_>, amounts: Amounts) -> Result<Value, Unreadable> {
    let mut inside = object(members, amounts)?;
    Ok(inside.remove("list").unwrap_or_default())
}

fn hex(bytes: &[u8]) -> Value {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digits = bytes.iter().flat_map(|byte| {
        [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xF)]].map(char::from)
    });
    Value::String(digits.collect())
}

fn server_amount(amount: &Amount<'_>) -> Option<Value> {
    Some(match amount.kind {
        schemas::XRP => amount.value.into(),
        schemas::UNAVAILABLE => schemas::UNAVAILABLE.into(),
        schemas::ISSUED => {
            json!({"currency": amount.currency?, "issuer": amount.issuer?, "value": amount.value})
        }
        schemas::MPT => json!({"mpt_issuance_id": amount.mpt_issuance_id?, "value": amount.value}),
        _ => return None,
    })
}

/// An amount as the record `Amount`, without the fields that are null.
pub fn amount_json(amount: &Amount<'_>) -> Value {
    let members = [
        ("kind", Some(amount.kind)),
        ("value", Some(amount.value)),
        ("currency", amount.currency),
        ("issuer", amount.issuer),
        ("mpt_issuance_id", amount.mpt_issuance_id),
    ];
    let present =
        members.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?.into())));
    Value::Object(present.collect())
}

/// The record of an amount that the server wrote.
fn amount_record(json: &Value) -> Option<Value> {
    crate::import::amount(json).map(|amount| amount_json(&amount))
}

fn is_payment(fields: &Map<String, Value>) -> bool {
    fields.get("TransactionType").and_then(Value::as_str) == Some("Payment")
}
