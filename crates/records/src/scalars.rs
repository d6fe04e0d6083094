//! Scalar values of the binary form, written as the Avro types that the table of paths gives them.

use std::io::Write as _;

use schemas::{Form, Slot};
use xrpl_codec::{AccountId, Amount, Definitions, Field, FieldCode, PathSet, PathStep, Value};

use crate::datum::{self, NULL, SOME};
use crate::untyped_fields::UntypedFields;
use crate::{path, unix_ms};

/// Appends a value behind the branch of its nullable field; returns whether the field takes it. Parts of path steps that the table
/// lacks become untyped fields.
#[inline]
pub(crate) fn write(
    definitions: &Definitions,
    slot: &Slot,
    field: &Field,
    value: Value<'_>,
    out: &mut Vec<u8>,
    untyped: &mut UntypedFields,
) -> bool {
    let start = out.len();
    out.push(SOME);
    let is_taken = match (slot.form, value) {
        (Form::Long, Value::UInt8(number)) => long(number.into(), out),
        (Form::Long, Value::UInt16(number)) => long(number.into(), out),
        (Form::Long, Value::UInt32(number)) => long(number.into(), out),
        (Form::Time, Value::UInt32(seconds)) => {
            long(unix_ms(seconds.into()).expect("32 bits of seconds end in 2136"), out)
        }
        (Form::Hash(length), Value::Hash(bytes)) if bytes.len() == length => {
            out.extend_from_slice(bytes);
            true
        }
        (Form::Blob, Value::Blob(bytes)) => {
            datum::bytes(bytes, out);
            true
        }
        (Form::Address, Value::Account(account)) => {
            address(account.as_ref(), out);
            true
        }
        (Form::Amount, Value::Amount(amount)) if takes(slot, &amount) => {
            write_amount(&amount, out);
            true
        }
        (Form::Hashes, Value::Vector256(hashes)) => {
            let at = datum::reserve(out);
            hashes.iter().for_each(|hash| out.extend_from_slice(hash));
            datum::end_array(at, hashes.len(), out);
            true
        }
        (Form::Paths, Value::PathSet(paths)) => {
            write_paths(paths, &field.name, out, untyped);
            true
        }
        (Form::Text, value) => text(definitions, field, value, out),
        _ => false,
    };
    if !is_taken {
        out.truncate(start);
    }
    is_taken
}

fn long(number: i64, out: &mut Vec<u8>) -> bool {
    datum::long(number, out);
    true
}

fn text(definitions: &Definitions, field: &Field, value: Value<'_>, out: &mut Vec<u8>) -> bool {
    let name = match value {
        Value::UInt8(code) if field.code == FieldCode::TRANSACTION_RESULT => {
            definitions.transaction_result_or_unknown(code)
        }
        Value::UInt16(code) if field.code == FieldCode::TRANSACTION_TYPE => {
            definitions.transaction_type_or_unknown(code)
        }
        Value::UInt16(code) if field.code == FieldCode::LEDGER_ENTRY_TYPE => {
            definitions.ledger_entry_type_or_unknown(code)
        }
        Value::UInt64(number) if !field.is_decimal => {
            datum::written(|out| short_hex(number, out), out);
            return true;
        }
        _ => return false,
    };
    datum::bytes(name.as_bytes(), out);
    true
}

fn short_hex(number: u64, out: &mut Vec<u8>) {
    write!(out, "{number:x}").expect("a buffer takes all that is written");
}

fn address(account: Option<&AccountId>, out: &mut Vec<u8>) {
    match account {
        Some(account) => datum::written(|out| account.write_address(out), out),
        None => datum::bytes(b"", out),
    }
}

/// Whether the table allows the amount's JSON.
fn takes(slot: &Slot, amount: &Amount) -> bool {
    slot.allows(if matches!(amount, Amount::Xrp(_)) { "string" } else { "object" })
}

/// Appends the record `Amount`.
pub(crate) fn write_amount(amount: &Amount, out: &mut Vec<u8>) {
    let kind = match amount {
        Amount::Xrp(_) => schemas::XRP,
        Amount::Issued { .. } => schemas::ISSUED,
        Amount::Mpt { .. } => schemas::MPT,
    };
    datum::bytes(kind.as_bytes(), out);
    datum::written(|out| amount.write_value(out), out);
    match amount {
        Amount::Xrp(_) => out.extend_from_slice(&[NULL; 3]),
        Amount::Issued { currency, issuer, .. } => {
            out.push(SOME);
            datum::written(|out| currency.write_code(out), out);
            out.push(SOME);
            address(Some(issuer), out);
            out.push(NULL);
        }
        Amount::Mpt { id, .. } => {
            out.extend_from_slice(&[NULL, NULL, SOME]);
            datum::written(|out| write!(out, "{id}").expect("a buffer takes all"), out);
        }
    }
}

/// Appends the record `Amount` of an amount that is unavailable.
pub(crate) fn write_unavailable(out: &mut Vec<u8>) {
    datum::bytes(schemas::UNAVAILABLE.as_bytes(), out);
    datum::bytes(b"", out);
    out.extend_from_slice(&[NULL; 3]);
}

fn write_paths(paths: PathSet<'_>, name: &str, out: &mut Vec<u8>, untyped: &mut UntypedFields) {
    let before = untyped.path.len();
    path::push_name(&mut untyped.path, name);
    let (at, mut count) = (datum::reserve(out), 0);
    for path in paths.paths() {
        let end = untyped.path.len();
        path::push_index(&mut untyped.path, count);
        count += 1;
        out.push(SOME);
        let (at, mut steps) = (datum::reserve(out), 0);
        for step in path.steps() {
            let end = untyped.path.len();
            path::push_index(&mut untyped.path, steps);
            steps += 1;
            write_step(&step, out, untyped);
            untyped.path.truncate(end);
        }
        datum::end_array(at, steps, out);
        untyped.path.truncate(end);
    }
    datum::end_array(at, count, out);
    untyped.path.truncate(before);
}

/// The fields of a step in the order of the table: account, currency, issuer, type.
fn write_step(step: &PathStep, out: &mut Vec<u8>, untyped: &mut UntypedFields) {
    nullable(step.account.as_ref(), |account, out| address(Some(account), out), out);
    nullable(
        step.currency.as_ref(),
        |currency, out| datum::written(|out| currency.write_code(out), out),
        out,
    );
    nullable(step.issuer.as_ref(), |issuer, out| address(Some(issuer), out), out);
    out.push(SOME);
    datum::long(step.kind.into(), out);
    if let Some(id) = &step.mpt {
        untyped.member("mpt_issuance_id", None, |json| {
            write!(json, "\"{id}\"").expect("a buffer takes all");
        });
    }
}

fn nullable<T>(value: Option<&T>, write: impl FnOnce(&T, &mut Vec<u8>), out: &mut Vec<u8>) {
    match value {
        None => out.push(NULL),
        Some(value) => {
            out.push(SOME);
            write(value, out);
        }
    }
}
