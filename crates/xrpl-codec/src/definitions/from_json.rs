//! Definitions as rippled's `server_definitions` gives them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::codes::Codes;
use super::{Definitions, DefinitionsError, Field, FieldCode, SerializedType};

/// Fields whose 64-bit number a server writes in decimal; `server_definitions` does not say so.
const DECIMAL_FIELDS: [&str; 5] = [
    "MaximumAmount",
    "OutstandingAmount",
    "MPTAmount",
    "LockedAmount",
    "ConfidentialOutstandingAmount",
];

/// What codes below zero of "no such thing" are called there.
const INVALID: &str = "Invalid";

#[derive(Deserialize)]
#[serde(untagged)]
enum Envelope {
    Enveloped { result: File },
    Bare(File),
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct File {
    types: BTreeMap<String, i16>,
    fields: Vec<(String, FieldEntry)>,
    transaction_types: BTreeMap<String, i32>,
    ledger_entry_types: BTreeMap<String, i32>,
    transaction_results: BTreeMap<String, i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FieldEntry {
    nth: i16,
    #[serde(rename = "isVLEncoded")]
    is_vl_encoded: bool,
    is_serialized: bool,
    is_signing_field: bool,
    r#type: String,
}

pub(super) fn from_json(json: &[u8]) -> Result<Definitions, DefinitionsError> {
    let (Envelope::Enveloped { result: file } | Envelope::Bare(file)) =
        serde_json::from_slice(json)?;
    let fields = file.fields.into_iter().map(|(name, entry)| field(&file.types, name, &entry));
    let fields = fields.collect::<Result<_, _>>()?;
    let codes = |map: BTreeMap<String, i32>| {
        let valid = map.into_iter().filter(|(name, code)| name != INVALID || *code >= 0);
        Codes::new(valid.map(|(name, code)| (code, Cow::Owned(name))).collect())
    };
    Definitions::new(
        fields,
        codes(file.transaction_types)?,
        codes(file.ledger_entry_types)?,
        codes(file.transaction_results)?,
    )
}

fn field(
    types: &BTreeMap<String, i16>,
    name: String,
    entry: &FieldEntry,
) -> Result<Field, DefinitionsError> {
    let Some(type_code) = types.get(&entry.r#type) else {
        return Err(DefinitionsError::Entry(name));
    };
    let serialized_type = SerializedType::of(*type_code);
    if serialized_type
        .is_some_and(|serialized_type| serialized_type.has_length_prefix() != entry.is_vl_encoded)
    {
        return Err(DefinitionsError::Entry(name));
    }
    Ok(Field {
        code: FieldCode::new(*type_code, entry.nth),
        serialized_type,
        is_serialized: entry.is_serialized,
        is_signing: entry.is_serialized && entry.is_signing_field,
        is_decimal: DECIMAL_FIELDS.contains(&name.as_str()),
        is_known: true,
        name: Cow::Owned(name),
    })
}
