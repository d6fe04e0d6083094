//! Values of fields as JSON.

use crate::text::{write_decimal, write_hex, write_short_hex, write_signed};
use crate::{
    AccountId, Amount, Asset, Bridge, Definitions, Field, FieldCode, PathSet, PathStep, Value,
};

/// Appends `"key":`.
#[inline]
pub(super) fn write_key(key: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

#[inline]
pub(super) fn write_quoted_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    write_hex(bytes, out);
    out.push(b'"');
}

#[inline]
pub(super) fn write_quoted(write: impl FnOnce(&mut Vec<u8>), out: &mut Vec<u8>) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}

/// Appends the value of a field; whether it is a code that the definitions lack.
#[inline]
pub(super) fn write_value(
    definitions: &Definitions,
    field: &Field,
    value: Value<'_>,
    out: &mut Vec<u8>,
) -> bool {
    match value {
        Value::UInt8(code) if field.code == FieldCode::TRANSACTION_RESULT => {
            return write_name(definitions.transaction_result(code), code.into(), out);
        }
        Value::UInt16(code) if field.code == FieldCode::TRANSACTION_TYPE => {
            return write_name(definitions.transaction_type(code), code, out);
        }
        Value::UInt16(code) if field.code == FieldCode::LEDGER_ENTRY_TYPE => {
            return write_name(definitions.ledger_entry_type(code), code, out);
        }
        Value::UInt32(value) if field.code == FieldCode::PERMISSION_VALUE => {
            match definitions.permission(value) {
                Some(name) => write_quoted(|out| out.extend_from_slice(name.as_bytes()), out),
                None => write_decimal(value.into(), out),
            }
        }
        Value::UInt8(number) => write_decimal(number.into(), out),
        Value::UInt16(number) => write_decimal(number.into(), out),
        Value::UInt32(number) => write_decimal(number.into(), out),
        Value::UInt64(number) if field.is_decimal => {
            write_quoted(|out| write_decimal(number, out), out);
        }
        Value::UInt64(number) => write_quoted(|out| write_short_hex(number, out), out),
        Value::Int32(number) => write_signed(number.into(), out),
        Value::Int64(number) => write_quoted(|out| write_signed(number, out), out),
        Value::Hash(bytes) | Value::Blob(bytes) => write_quoted_hex(bytes, out),
        Value::Amount(amount) => write_amount_json(&amount, out),
        Value::Account(None) => out.extend_from_slice(b"\"\""),
        Value::Account(Some(account)) => write_account(&account, out),
        Value::Vector256(hashes) => {
            write_list(hashes, |hash, out| write_quoted_hex(hash, out), out);
        }
        Value::PathSet(paths) => write_paths(paths, out),
        Value::Issue(asset) => write_asset_json(&asset, out),
        Value::Currency(currency) => write_quoted(|out| currency.write_code(out), out),
        Value::Bridge(bridge) => write_bridge(&bridge, out),
        Value::Number(number) => write_quoted(|out| number.write(out), out),
    }
    false
}

/// Appends the value of a field that is no object and no array of objects.
pub fn write_value_json(
    definitions: &Definitions,
    field: &Field,
    value: Value<'_>,
    out: &mut Vec<u8>,
) {
    write_value(definitions, field, value, out);
}

/// Appends an amount: drops as a string, or an object of value and asset.
#[inline]
pub fn write_amount_json(amount: &Amount, out: &mut Vec<u8>) {
    if let Amount::Xrp(drops) = amount {
        write_quoted(|out| write_signed(*drops, out), out);
        return;
    }
    write_asset_json(&amount.asset(), out);
    out.pop();
    out.extend_from_slice(b",\"value\":\"");
    amount.write_value(out);
    out.extend_from_slice(b"\"}");
}

/// Appends an asset: an object of currency and issuer, or of the token's id.
pub fn write_asset_json(asset: &Asset, out: &mut Vec<u8>) {
    match asset {
        Asset::Xrp => out.extend_from_slice(b"{\"currency\":\"XRP\"}"),
        Asset::Issued { currency, issuer } => {
            out.extend_from_slice(b"{\"currency\":\"");
            currency.write_code(out);
            out.extend_from_slice(b"\",\"issuer\":\"");
            issuer.write_address(out);
            out.extend_from_slice(b"\"}");
        }
        Asset::Mpt(id) => {
            out.extend_from_slice(b"{\"mpt_issuance_id\":\"");
            write_hex(&id.0, out);
            out.extend_from_slice(b"\"}");
        }
    }
}

fn write_name(name: Option<&str>, code: u16, out: &mut Vec<u8>) -> bool {
    out.push(b'"');
    match name {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => {
            out.extend_from_slice(b"Unknown_");
            write_decimal(code.into(), out);
        }
    }
    out.push(b'"');
    name.is_none()
}

fn write_account(account: &AccountId, out: &mut Vec<u8>) {
    write_quoted(|out| account.write_address(out), out);
}

fn write_list<T>(
    items: impl IntoIterator<Item = T>,
    write: impl Fn(T, &mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    out.push(b'[');
    for item in items {
        write(item, out);
        out.push(b',');
    }
    super::object::end(b']', out);
}

fn write_paths(paths: PathSet<'_>, out: &mut Vec<u8>) {
    write_list(
        paths.paths(),
        |path, out| write_list(path.steps(), |step, out| write_step(&step, out), out),
        out,
    );
}

fn write_step(step: &PathStep, out: &mut Vec<u8>) {
    out.push(b'{');
    if let Some(account) = &step.account {
        write_key("account", out);
        write_account(account, out);
        out.push(b',');
    }
    if let Some(currency) = &step.currency {
        write_key("currency", out);
        write_quoted(|out| currency.write_code(out), out);
        out.push(b',');
    }
    if let Some(mpt) = &step.mpt {
        write_key("mpt_issuance_id", out);
        write_quoted_hex(&mpt.0, out);
        out.push(b',');
    }
    if let Some(issuer) = &step.issuer {
        write_key("issuer", out);
        write_account(issuer, out);
        out.push(b',');
    }
    write_key("type", out);
    write_decimal(step.kind.into(), out);
    out.push(b'}');
}

/// In the order of names, in which others write objects of JSON too.
fn write_bridge(bridge: &Bridge, out: &mut Vec<u8>) {
    out.push(b'{');
    write_key("IssuingChainDoor", out);
    write_account(&bridge.issuing_chain_door, out);
    out.push(b',');
    write_key("IssuingChainIssue", out);
    write_asset_json(&bridge.issuing_chain_issue, out);
    out.push(b',');
    write_key("LockingChainDoor", out);
    write_account(&bridge.locking_chain_door, out);
    out.push(b',');
    write_key("LockingChainIssue", out);
    write_asset_json(&bridge.locking_chain_issue, out);
    out.push(b'}');
}
