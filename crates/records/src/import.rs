//! Typed records out of JSON of any age: values that the table of paths allows become typed fields, all others untyped fields.

use std::borrow::Cow;

use schemas::{
    Amount, Form, Item, LedgerPosition, LedgerRecord, Members, Shape, Slot, TransactionRecord,
    UntypedField, ledger_shape, transaction_shape,
};
use serde_json::{Map, Value};
use xrpl_codec::{Definitions, SerializedType};

use crate::untyped_fields::{UntypedFields, json_type};
use crate::{path, unix_ms};

/// The record of a transaction in the JSON of API version 1. The `DeliverMax` of a Payment that repeats its `Amount` is left out,
/// since the server adds it.
pub fn transaction_record<'j>(
    json: &'j Map<String, Value>,
    at: LedgerPosition,
) -> TransactionRecord<'j> {
    let mut import = Import::default();
    let repeated = json.get("Amount").is_some()
        && json.get("Amount") == json.get("DeliverMax")
        && json.get("TransactionType").and_then(Value::as_str) == Some("Payment");
    let transaction =
        import.members(transaction_shape(), json, |name| repeated && name == "DeliverMax");
    TransactionRecord {
        ledger_index: at.ledger_index,
        ledger_hash: at.ledger_hash,
        close_time: at.close_time,
        position: at.position,
        count: at.count,
        transaction,
        delivered_by_balances: None,
        untyped: import.untyped(),
    }
}

/// The record of the result of a `ledger` command, with whatever members it has.
pub fn ledger_record<'j>(json: &'j Map<String, Value>, at: LedgerPosition) -> LedgerRecord<'j> {
    let mut import = Import::default();
    let result = import.members(ledger_shape(), json, |_| false);
    LedgerRecord {
        ledger_index: at.ledger_index,
        ledger_hash: at.ledger_hash,
        close_time: at.close_time,
        parent_close_time: parent_close_time(json),
        transaction_count: at.count,
        result,
        untyped: import.untyped(),
    }
}

fn parent_close_time(json: &Map<String, Value>) -> u32 {
    let time = json.get("ledger").and_then(|ledger| ledger.get("parent_close_time"));
    time.and_then(Value::as_u64).and_then(|time| time.try_into().ok()).unwrap_or_default()
}

#[derive(Default)]
struct Import {
    untyped: UntypedFields,
}

impl Import {
    fn members<'j>(
        &mut self,
        shape: &'static Shape,
        json: &'j Map<String, Value>,
        is_added: impl Fn(&str) -> bool,
    ) -> Members<'j> {
        let mut items = Vec::new();
        for (at, slot) in shape.slots.iter().enumerate() {
            let Some(value) = json.get(slot.name) else { continue };
            let end = self.untyped.path.len();
            path::push_name(&mut self.untyped.path, slot.name);
            match self.item(slot, value) {
                Some(item) => items.push((at, item)),
                None => self.keep(slot.name, value),
            }
            self.untyped.path.truncate(end);
        }
        for (name, value) in json {
            if shape.slot(name).is_none() && !is_added(name) {
                let end = self.untyped.path.len();
                path::push_name(&mut self.untyped.path, name);
                self.keep(name, value);
                self.untyped.path.truncate(end);
            }
        }
        Members { shape, items }
    }

    /// The typed value of the field, if the table allows it and nothing of it would be lost.
    fn item<'j>(&mut self, slot: &'static Slot, value: &'j Value) -> Option<Item<'j>> {
        Some(match (slot.form, value) {
            (Form::Text | Form::Address, Value::String(text)) => {
                Item::Text(Cow::Borrowed(text.as_str()))
            }
            (Form::Hash(length), Value::String(digits)) => {
                Item::Bytes(bytes(digits).filter(|bytes| bytes.len() == length)?.into())
            }
            (Form::Blob, Value::String(digits)) => Item::Bytes(bytes(digits)?.into()),
            (Form::Long, Value::Number(number)) => Item::Number(number.as_i64()?),
            (Form::Time, Value::Number(seconds)) => Item::Number(unix_ms(seconds.as_i64()?)?),
            (Form::Digits, Value::String(digits)) => {
                let number: i64 = digits.parse().ok()?;
                Item::Number(Some(number).filter(|number| number.to_string() == *digits)?)
            }
            (Form::Bool, Value::Bool(yes)) => Item::Bool(*yes),
            (Form::Amount, value) if slot.allows(json_type_of(value)) => {
                Item::Amount(amount(value)?)
            }
            (Form::Object, Value::Object(json)) => {
                Item::Object(self.members(slot.shape.as_ref()?, json, |_| false))
            }
            (Form::Hashes, Value::Array(hashes)) => {
                let hashes = hashes.iter().map(|hash| {
                    let bytes = bytes(hash.as_str()?).filter(|bytes| bytes.len() == 32)?;
                    Some(Item::Bytes(bytes.into()))
                });
                Item::List(hashes.collect::<Option<_>>()?)
            }
            (Form::Array | Form::Steps, Value::Array(elements)) => {
                self.elements(slot, elements, |import, shape, element| match element {
                    Value::Object(json) => Some(import.members(shape, json, |_| false)),
                    _ => None,
                })?
            }
            (Form::Paths, Value::Array(paths)) => {
                self.elements(slot, paths, |import, shape, steps| {
                    let list = import.item(shape.slots.first()?, steps)?;
                    Some(Members { shape, items: vec![(0, list)] })
                })?
            }
            _ => return None,
        })
    }

    /// An element that the table forbids becomes a record without fields, and an untyped field.
    fn elements<'j>(
        &mut self,
        slot: &'static Slot,
        elements: &'j [Value],
        read: impl Fn(&mut Self, &'static Shape, &'j Value) -> Option<Members<'j>>,
    ) -> Option<Item<'j>> {
        let shape = slot.shape.as_ref()?;
        let mut items = Vec::with_capacity(elements.len());
        for (at, element) in elements.iter().enumerate() {
            let end = self.untyped.path.len();
            path::push_index(&mut self.untyped.path, at);
            let members = read(self, shape, element).unwrap_or_else(|| {
                self.keep_value(None, element);
                Members::none(shape)
            });
            items.push(Item::Object(members));
            self.untyped.path.truncate(end);
        }
        Some(Item::List(items))
    }

    /// Adds untyped fields for a value: one for each leaf of objects and arrays, but a single one for what the binary form has as
    /// one field.
    fn keep(&mut self, name: &str, value: &Value) {
        let field = Definitions::builtin().field_named(name);
        let serialized_type =
            field.filter(|field| field.is_serialized).and_then(|field| field.serialized_type);
        let is_whole = serialized_type
            .is_some_and(|it| !matches!(it, SerializedType::Object | SerializedType::Array));
        match value {
            Value::Object(members) if !is_whole && !members.is_empty() => {
                for (name, value) in members {
                    let end = self.untyped.path.len();
                    path::push_name(&mut self.untyped.path, name);
                    self.keep(name, value);
                    self.untyped.path.truncate(end);
                }
            }
            Value::Array(elements) if !is_whole && elements.iter().any(is_container) => {
                for (at, element) in elements.iter().enumerate() {
                    let end = self.untyped.path.len();
                    path::push_index(&mut self.untyped.path, at);
                    self.keep("", element);
                    self.untyped.path.truncate(end);
                }
            }
            _ => {
                let is_amount =
                    serialized_type == Some(SerializedType::Amount) && amount(value).is_some();
                self.keep_value(is_amount.then_some("amount"), value);
            }
        }
    }

    fn keep_value(&mut self, kind: Option<&'static str>, value: &Value) {
        let text = value.to_string();
        self.untyped.here(kind, |json| json.extend_from_slice(text.as_bytes()));
    }

    fn untyped(self) -> Vec<UntypedField<'static>> {
        let values = self.untyped.values().map(|value| UntypedField {
            path: value.path.to_owned().into(),
            kind: value.kind.into(),
            json: value.json.to_owned().into(),
        });
        let mut untyped: Vec<_> = values.collect();
        untyped.sort_by(|one, other| one.path.cmp(&other.path));
        untyped
    }
}

/// The amount in the server's notation; `None` if it is none, or has further members.
pub(crate) fn amount(json: &Value) -> Option<Amount<'_>> {
    let none = Amount {
        kind: schemas::UNAVAILABLE,
        value: "",
        currency: None,
        issuer: None,
        mpt_issuance_id: None,
    };
    match json {
        Value::String(text) if text == schemas::UNAVAILABLE => Some(none),
        Value::String(drops) => {
            let number: i64 = drops.parse().ok()?;
            (number.to_string() == *drops).then_some(Amount {
                kind: schemas::XRP,
                value: drops,
                ..none
            })
        }
        Value::Object(members) => {
            let text = |name| members.get(name).and_then(Value::as_str);
            let value = text("value")?;
            match (members.len(), text("currency"), text("issuer"), text("mpt_issuance_id")) {
                (3, currency @ Some(_), issuer @ Some(_), None) => {
                    Some(Amount { kind: schemas::ISSUED, value, currency, issuer, ..none })
                }
                (2, None, None, mpt_issuance_id @ Some(_)) => {
                    Some(Amount { kind: schemas::MPT, value, mpt_issuance_id, ..none })
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_container(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// The JSON type of a value, as the table names it.
fn json_type_of(value: &Value) -> &'static str {
    match value {
        Value::Number(number) => json_type(&number.to_string()),
        Value::String(_) => "string",
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::Bool(_) => "bool",
        Value::Null => "null",
    }
}

/// The bytes of upper-case hexadecimal digits; `None` for any other text.
pub(crate) fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    };
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}
