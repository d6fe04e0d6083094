//! Which fields a JSON object holds, in the order of the binary form.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::EncodeError;
use super::value::read_hex;
use crate::json::UNDECODED;
use crate::{AccountId, Definitions, Field, FieldCode, SerializedType};

/// A field with its value in JSON.
pub(super) struct Member<'a> {
    pub(super) field: Cow<'a, Field>,
    pub(super) json: Cow<'a, Json>,
}

/// Where API v2 has a Payment's `Amount`.
const DELIVER_MAX: &str = "DeliverMax";
/// Fields whose X-address may hold a tag, and the field of that tag.
const TAGGED: [(&str, &str); 2] = [("Account", "SourceTag"), ("Destination", "DestinationTag")];

/// The fields of an object, sorted by code, and what could not be decoded.
pub(super) fn members<'a>(
    definitions: &'a Definitions,
    object: &'a Map<String, Json>,
) -> Result<(Vec<Member<'a>>, Option<Vec<u8>>), EncodeError> {
    let mut members = Vec::with_capacity(object.len());
    let mut undecoded = None;
    for (name, json) in object {
        if name == UNDECODED {
            undecoded = Some(read_hex(json).map_err(|error| error.within(name))?);
            continue;
        }
        let Some(field) = field(definitions, object, name).map_err(|error| error.within(name))?
        else {
            continue;
        };
        let x_address = json.as_str().filter(|text| {
            field.serialized_type == Some(SerializedType::AccountId) && text.starts_with(['X', 'T'])
        });
        let Some(x_address) = x_address else {
            members.push(Member { field, json: Cow::Borrowed(json) });
            continue;
        };
        let (account, tag) =
            classic(definitions, name, x_address).map_err(|error| error.within(name))?;
        members.push(Member { field, json: Cow::Owned(Json::String(account.to_string())) });
        members.extend(tag);
    }
    members.sort_unstable_by_key(|member| member.field.code);
    if let Some(pair) = members.windows(2).find(|pair| pair[0].field.code == pair[1].field.code) {
        return Err(EncodeError::new("is there twice").within(&pair[0].field.name));
    }
    Ok((members, undecoded))
}

/// The field with this name; `None` for what a server adds.
fn field<'a>(
    definitions: &'a Definitions,
    object: &Map<String, Json>,
    name: &str,
) -> Result<Option<Cow<'a, Field>>, EncodeError> {
    if let Some(field) = definitions.field_named(name) {
        return Ok(field.is_serialized.then_some(Cow::Borrowed(field)));
    }
    if name.starts_with(|first: char| first.is_ascii_lowercase()) {
        return Ok(None);
    }
    if let Some(code) = unknown_code(name) {
        let field =
            definitions.field(code).map_or_else(|| Cow::Owned(Field::unknown(code)), Cow::Borrowed);
        return Ok(Some(field));
    }
    let is_payment = object.get("TransactionType").and_then(Json::as_str) == Some("Payment");
    match object.get("Amount") {
        Some(amount)
            if name == DELIVER_MAX && is_payment && object.get(DELIVER_MAX) == Some(amount) =>
        {
            Ok(None)
        }
        None if name == DELIVER_MAX && is_payment => {
            Ok(definitions.field_named("Amount").map(Cow::Borrowed))
        }
        Some(_) if name == DELIVER_MAX && is_payment => {
            Err(EncodeError::new("differs from Amount"))
        }
        _ => Err(EncodeError::new("no such field")),
    }
}

/// The code in a name made of it.
fn unknown_code(name: &str) -> Option<FieldCode> {
    let (kind, nth) = name.strip_prefix("Field_")?.split_once('_')?;
    let code = FieldCode::new(kind.parse().ok()?, nth.parse().ok()?);
    let is_on_the_wire =
        SerializedType::of(code.type_code).is_some() && (1..256).contains(&code.nth);
    (is_on_the_wire && code != FieldCode::OBJECT_END && code != FieldCode::ARRAY_END)
        .then_some(code)
}

/// The account of an X-address and the field of its tag.
fn classic<'a>(
    definitions: &'a Definitions,
    name: &str,
    x_address: &str,
) -> Result<(AccountId, Option<Member<'a>>), EncodeError> {
    let (account, tag) = AccountId::from_x_address(x_address)
        .map_err(|error| EncodeError::new(error.to_string()))?;
    let Some(tag) = tag else { return Ok((account, None)) };
    let field = TAGGED.iter().find(|(tagged, _)| *tagged == name);
    let field = field.and_then(|(_, tag)| definitions.field_named(tag));
    let field = field.ok_or_else(|| EncodeError::new("cannot have a tag"))?;
    Ok((account, Some(Member { field: Cow::Borrowed(field), json: Cow::Owned(Json::from(tag)) })))
}
