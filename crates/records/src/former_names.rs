//! Names that servers used in JSON before they were renamed; the binary form never had names.

use std::borrow::Cow;

use serde_json::Value;

/// Fields that were renamed, with the names of today.
const FIELDS: [(&str, &str); 2] = [("Feature", "Amendment"), ("Features", "Amendments")];

/// Values that were renamed, each with its field and the name of today.
const VALUES: [(&str, &str, &str); 5] = [
    ("TransactionType", "EnableFeature", "EnableAmendment"),
    ("LedgerEntryType", "EnabledFeatures", "Amendments"),
    ("LedgerEntryType", "EnabledAmendments", "Amendments"),
    ("TransactionResult", "tecMASTER_DISABLED", "tecNO_ALTERNATIVE_KEY"),
    ("TransactionResult", "tepPATH_PARTIAL", "tecPATH_PARTIAL"),
];

/// The JSON with the names of today.
pub(crate) fn renamed(json: &Value) -> Cow<'_, Value> {
    if has_former_name(json) { Cow::Owned(rename(json)) } else { Cow::Borrowed(json) }
}

fn has_former_name(json: &Value) -> bool {
    match json {
        Value::Object(members) => members.iter().any(|(name, value)| {
            field(name) != name || text(name, value).is_some() || has_former_name(value)
        }),
        Value::Array(elements) => elements.iter().any(has_former_name),
        _ => false,
    }
}

fn rename(json: &Value) -> Value {
    match json {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| {
                let value = text(name, value).map_or_else(|| rename(value), Value::from);
                (field(name).to_owned(), value)
            });
            Value::Object(members.collect())
        }
        Value::Array(elements) => elements.iter().map(rename).collect(),
        other => other.clone(),
    }
}

fn field(name: &str) -> &str {
    FIELDS.iter().find(|(former, _)| *former == name).map_or(name, |(_, today)| today)
}

fn text(name: &str, value: &Value) -> Option<&'static str> {
    let value = value.as_str()?;
    let found = VALUES.iter().find(|(field, former, _)| *field == name && *former == value);
    found.map(|(_, _, today)| *today)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn former_names_of_fields_and_values_become_those_of_today() {
        let former = json!({
            "TransactionType": "EnableFeature", "Feature": "00",
            "metaData": {
                "TransactionResult": "tecMASTER_DISABLED",
                "AffectedNodes": [{"ModifiedNode": {"LedgerEntryType": "EnabledFeatures", "FinalFields": {"Features": []}}}],
            },
        });
        let today = json!({
            "TransactionType": "EnableAmendment", "Amendment": "00",
            "metaData": {
                "TransactionResult": "tecNO_ALTERNATIVE_KEY",
                "AffectedNodes": [{"ModifiedNode": {"LedgerEntryType": "Amendments", "FinalFields": {"Amendments": []}}}],
            },
        });
        assert_eq!(*renamed(&former), today);
        assert!(matches!(renamed(&today), Cow::Borrowed(_)));
    }
}
