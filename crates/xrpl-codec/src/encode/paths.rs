//! Paths of a payment from JSON.

use serde_json::{Map, Value as Json};

use super::EncodeError;
use crate::PathStep;
use crate::serial_reader::{PATH_END, PATH_SET_END};

/// Appends a set of paths.
pub(super) fn write_paths(json: &Json, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let paths = json.as_array().filter(|paths| !paths.is_empty());
    for (at, path) in
        paths.ok_or_else(|| EncodeError::new("not an array of paths"))?.iter().enumerate()
    {
        if at > 0 {
            out.push(PATH_END);
        }
        let steps = path.as_array().filter(|steps| !steps.is_empty());
        let steps = steps.ok_or_else(|| EncodeError::new("not an array of steps").at(at))?;
        for (nth, step) in steps.iter().enumerate() {
            let step = step.as_object().ok_or_else(|| EncodeError::new("not an object"));
            step.and_then(read_step).map_err(|error| error.at(nth).at(at))?.write_binary(out);
        }
    }
    out.push(PATH_SET_END);
    Ok(())
}

fn read_step(object: &Map<String, Json>) -> Result<PathStep, EncodeError> {
    let mut step = PathStep { kind: 0, account: None, currency: None, mpt: None, issuer: None };
    for (name, json) in object {
        let text = json.as_str();
        let is_read = match name.as_str() {
            "account" => set(&mut step.account, text),
            "currency" => set(&mut step.currency, text),
            "issuer" => set(&mut step.issuer, text),
            "mpt_issuance_id" => set(&mut step.mpt, text),
            "type" | "type_hex" => true,
            _ => false,
        };
        if !is_read {
            return Err(EncodeError::new("not a part of a step").within(name));
        }
    }
    step.kind = step.kind_of_parts();
    let stated = object.get("type").and_then(Json::as_u64).unwrap_or(step.kind.into());
    if step.kind == 0 || stated != u64::from(step.kind) {
        return Err(EncodeError::new("does not have the parts of its type"));
    }
    Ok(step)
}

fn set<T: std::str::FromStr>(part: &mut Option<T>, text: Option<&str>) -> bool {
    *part = text.and_then(|text| text.parse().ok());
    part.is_some()
}
