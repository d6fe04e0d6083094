//! Values of fields from JSON.

use std::str::FromStr;

use serde_json::{Map, Value as Json};

use super::paths::write_paths;
use super::{EncodeError, Encoder};
use crate::sha512_half::{BLOB_BYTES_MAX, length_prefix};
use crate::{
    AccountId, Amount, Asset, Currency, Field, FieldCode, Hash256, MptId, Number, SerializedType,
};

/// An amount of XRP is below this many drops, since its binary form has 61 bits for them. That is more than all XRP there is, and
/// offers of 2013 ask for more than all XRP there is.
const DROPS_END: u64 = 1 << 61;
/// The prefix of the number of a code that the definitions lacked.
const UNKNOWN_PREFIX: &str = "Unknown_";

impl Encoder<'_> {
    /// Appends a value that is no object and no array, with its length prefix.
    pub(super) fn value(
        &self,
        field: &Field,
        serialized_type: SerializedType,
        json: &Json,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        match serialized_type {
            SerializedType::UInt8 => out.push(self.code(field, json)?),
            SerializedType::UInt16 => out.extend(self.code::<u16>(field, json)?.to_be_bytes()),
            SerializedType::UInt32 => out.extend(self.u32(field, json)?.to_be_bytes()),
            SerializedType::UInt64 => out.extend(read_u64(field, json)?.to_be_bytes()),
            SerializedType::Int32 => out.extend(read_integer::<i32>(json)?.to_be_bytes()),
            SerializedType::Int64 => out.extend(read_integer::<i64>(json)?.to_be_bytes()),
            SerializedType::Amount => {
                let amount = read_amount(json)?;
                amount.write_binary(out).ok_or_else(|| EncodeError::new("is too large"))?;
            }
            SerializedType::Blob => write_prefixed(&read_hex(json)?, out)?,
            SerializedType::AccountId if json.as_str() == Some("") => write_prefixed(&[], out)?,
            SerializedType::AccountId => write_prefixed(&read_text::<AccountId>(json)?.0, out)?,
            SerializedType::Vector256 => write_hashes(json, out)?,
            SerializedType::PathSet => write_paths(json, out)?,
            SerializedType::Issue => read_asset(json)?.write_issue(out),
            SerializedType::Currency => out.extend(read_text::<Currency>(json)?.0),
            SerializedType::XChainBridge => write_bridge(json, out)?,
            SerializedType::Number => {
                let number: Number = read_text(json)?;
                out.extend(number.mantissa.to_be_bytes());
                out.extend(number.exponent.to_be_bytes());
            }
            serialized_type => {
                let hash = read_hex(json)?;
                if serialized_type.length_bytes() != Some(hash.len()) {
                    return Err(EncodeError::new("has another length"));
                }
                out.extend(hash);
            }
        }
        Ok(())
    }

    /// A number, or the name of a transaction type, ledger entry type or result.
    fn code<T: FromStr + TryFrom<i32>>(
        &self,
        field: &Field,
        json: &Json,
    ) -> Result<T, EncodeError> {
        let Some(name) = json.as_str() else { return read_integer(json) };
        let known = match field.code {
            FieldCode::TRANSACTION_TYPE => {
                self.definitions.transaction_type_code(name).map(i32::from)
            }
            FieldCode::LEDGER_ENTRY_TYPE => {
                self.definitions.ledger_entry_type_code(name).map(i32::from)
            }
            FieldCode::TRANSACTION_RESULT => self.definitions.transaction_result_code(name),
            _ => return read_integer(json),
        };
        let known = known.and_then(|code| code.try_into().ok());
        let code = known.or_else(|| name.strip_prefix(UNKNOWN_PREFIX)?.parse().ok());
        code.ok_or_else(|| EncodeError::new("no such name"))
    }

    fn u32(&self, field: &Field, json: &Json) -> Result<u32, EncodeError> {
        let permission = json.as_str().filter(|_| field.code == FieldCode::PERMISSION_VALUE);
        permission
            .and_then(|name| self.definitions.permission_value(name))
            .map_or_else(|| read_integer(json), Ok)
    }
}

fn read_amount(json: &Json) -> Result<Amount, EncodeError> {
    match json {
        Json::String(drops) => read_drops(drops),
        Json::Object(object) if object.contains_key("mpt_issuance_id") => {
            only(object, &["mpt_issuance_id", "value"])?;
            let id = read_member(object, "mpt_issuance_id")?;
            Ok(Amount::Mpt { value: read_units(object)?, id })
        }
        Json::Object(object) => {
            only(object, &["currency", "issuer", "value"])?;
            let (currency, issuer) = issued(object)?;
            Ok(Amount::Issued { value: read_member(object, "value")?, currency, issuer })
        }
        _ => Err(EncodeError::new("not an amount")),
    }
}

/// The bytes of a string of hex.
pub(super) fn read_hex(json: &Json) -> Result<Vec<u8>, EncodeError> {
    let text = json.as_str().filter(|text| text.len().is_multiple_of(2));
    let text = text.ok_or_else(|| EncodeError::new("not hex"))?;
    let mut bytes = vec![0; text.len() / 2];
    faster_hex::hex_decode(text.as_bytes(), &mut bytes).map_err(|_| EncodeError::new("not hex"))?;
    Ok(bytes)
}

/// A number, or a string of its decimal digits.
fn read_integer<T: FromStr>(json: &Json) -> Result<T, EncodeError> {
    let number = match json {
        // The text of a number holds no fraction and no exponent, unless it is not an integer.
        Json::Number(number) => number.to_string().parse().ok(),
        Json::String(text) if !text.starts_with('+') => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| EncodeError::new("not an integer in range"))
}

fn read_u64(field: &Field, json: &Json) -> Result<u64, EncodeError> {
    match json {
        Json::String(text) if !field.is_decimal => {
            let is_hex = text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = u64::from_str_radix(text, 16).ok().filter(|_| is_hex);
            number.ok_or_else(|| EncodeError::new("not up to 16 hex digits"))
        }
        json => read_integer(json),
    }
}

fn read_text<T: FromStr<Err: ToString>>(json: &Json) -> Result<T, EncodeError> {
    let text = json.as_str().ok_or_else(|| EncodeError::new("not a string"))?;
    text.parse().map_err(|error: T::Err| EncodeError::new(error.to_string()))
}

fn read_member<T: FromStr<Err: ToString>>(
    object: &Map<String, Json>,
    name: &str,
) -> Result<T, EncodeError> {
    let json = object.get(name).ok_or_else(|| EncodeError::new("is missing").within(name))?;
    read_text(json).map_err(|error| error.within(name))
}

/// Refuses members other than these.
fn only(object: &Map<String, Json>, names: &[&str]) -> Result<(), EncodeError> {
    match object.keys().find(|key| !names.contains(&key.as_str())) {
        Some(other) => Err(EncodeError::new("does not belong there").within(other)),
        None => Ok(()),
    }
}

fn read_drops(text: &str) -> Result<Amount, EncodeError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(EncodeError::new("not a whole number of drops"));
    }
    let drops: Option<i64> =
        text.parse().ok().filter(|drops: &i64| drops.unsigned_abs() < DROPS_END);
    drops.map(Amount::Xrp).ok_or_else(|| EncodeError::new("is more drops than 61 bits hold"))
}

/// Units of a multi-purpose token: decimal, or hex after `0x`.
fn read_units(object: &Map<String, Json>) -> Result<i64, EncodeError> {
    let text = object.get("value").and_then(Json::as_str).unwrap_or_default();
    let units = match text.strip_prefix("0x") {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            i64::from_str_radix(hex, 16).ok()
        }
        Some(_) => None,
        None => text.parse().ok().filter(|_| !text.starts_with('+')),
    };
    units.ok_or_else(|| EncodeError::new("not a whole number of units in range").within("value"))
}

fn issued(object: &Map<String, Json>) -> Result<(Currency, AccountId), EncodeError> {
    let currency: Currency = read_member(object, "currency")?;
    let issuer: AccountId = read_member(object, "issuer")?;
    if currency.is_xrp() {
        return Err(EncodeError::new("XRP is not issued").within("currency"));
    }
    if issuer == AccountId::NOBODY {
        return Err(EncodeError::new("is no issuer").within("issuer"));
    }
    Ok((currency, issuer))
}

fn read_asset(json: &Json) -> Result<Asset, EncodeError> {
    let object = json.as_object().ok_or_else(|| EncodeError::new("not an object"))?;
    if object.contains_key("mpt_issuance_id") {
        only(object, &["mpt_issuance_id"])?;
        let id: MptId = read_member(object, "mpt_issuance_id")?;
        // Without an issuer the bytes would say XRP.
        let is_issued = id.issuer() != AccountId::NOBODY;
        return is_issued.then_some(Asset::Mpt(id)).ok_or_else(|| EncodeError::new("is no issuer"));
    }
    if object.get("currency").and_then(Json::as_str) == Some("XRP") {
        only(object, &["currency"])?;
        return Ok(Asset::Xrp);
    }
    only(object, &["currency", "issuer"])?;
    let (currency, issuer) = issued(object)?;
    Ok(Asset::Issued { currency, issuer })
}

fn write_bridge(json: &Json, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let object = json.as_object().ok_or_else(|| EncodeError::new("not an object"))?;
    only(
        object,
        &["LockingChainDoor", "LockingChainIssue", "IssuingChainDoor", "IssuingChainIssue"],
    )?;
    for (door, issue) in
        [("LockingChainDoor", "LockingChainIssue"), ("IssuingChainDoor", "IssuingChainIssue")]
    {
        write_prefixed(&read_member::<AccountId>(object, door)?.0, out)?;
        let asset =
            object.get(issue).ok_or_else(|| EncodeError::new("is missing").within(issue))?;
        read_asset(asset).map_err(|error| error.within(issue))?.write_issue(out);
    }
    Ok(())
}

fn write_hashes(json: &Json, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let hashes = json.as_array().ok_or_else(|| EncodeError::new("not an array of hashes"))?;
    let mut bytes = Vec::with_capacity(32 * hashes.len());
    for (at, hash) in hashes.iter().enumerate() {
        bytes.extend(read_text::<Hash256>(hash).map_err(|error| error.at(at))?.0);
    }
    write_prefixed(&bytes, out)
}

fn write_prefixed(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    if bytes.len() > BLOB_BYTES_MAX {
        return Err(EncodeError::new("is too long"));
    }
    let (prefix, length) = length_prefix(bytes.len());
    out.extend_from_slice(&prefix[..length]);
    out.extend_from_slice(bytes);
    Ok(())
}
