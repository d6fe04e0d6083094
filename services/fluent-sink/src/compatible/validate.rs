//! What the former validator left of a reply.

use std::collections::HashMap;

use schemas::PathRow;
use serde_json::{Map, Value};

/// Takes out what the table of paths lacks or forbids. Objects are looked into, arrays are taken as a whole.
#[derive(Debug)]
pub(super) struct Validator {
    /// The types that are allowed, by path.
    types: HashMap<&'static str, &'static str>,
}

impl Validator {
    pub(super) fn new(rows: &[PathRow]) -> Self {
        Self { types: rows.iter().map(|row| (row.path, row.types)).collect() }
    }

    pub(super) fn validate(&self, json: &mut Map<String, Value>) {
        self.object("", json);
    }

    fn object(&self, prefix: &str, json: &mut Map<String, Value>) {
        json.retain(|name, value| {
            let path = format!("{prefix}{name}");
            let kind = kind(value);
            let allowed = self.types.get(path.as_str());
            if !allowed.is_some_and(|types| types.split('|').any(|allowed| allowed == kind)) {
                return false;
            }
            if let Value::Object(members) = value {
                self.object(&format!("{path}."), members);
            }
            true
        });
    }
}

/// The exact type: a boolean is no number, `1.0` is not whole, null is none of them.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use schemas::{ledger_paths, transaction_paths};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn assert_left(rows: &[PathRow], mut json: Value, left: &Value) {
        Validator::new(rows).validate(json.as_object_mut().unwrap());
        assert_eq!(json, *left);
    }

    #[test]
    fn known_path_of_its_type_stays() {
        let amount = json!({"Amount": "1"});
        assert_left(&transaction_paths(), amount.clone(), &amount);
    }

    #[test]
    fn value_of_another_type_goes() {
        for json in [
            json!({"Amount": 5}),
            json!({"Amount": null}),
            json!({"Flags": true}),
            json!({"Flags": 1.0}),
            json!({"Fee": 12}),
            json!({"fee": "12"}),
            json!({"LimitAmount": "5"}),
        ] {
            assert_left(&transaction_paths(), json, &json!({}));
        }
    }

    #[test]
    fn unknown_member_of_an_object_goes_and_the_rest_stays() {
        let amount = json!({"currency": "USD", "issuer": "r", "value": "1"});
        let mut more = amount.clone();
        more["mpt_issuance_id"] = json!("00");
        assert_left(&transaction_paths(), json!({"Amount": more}), &json!({"Amount": amount}));
    }

    #[test]
    fn elements_of_arrays_are_not_looked_into() {
        let nodes =
            json!([{"ModifiedNode": {"Unknown": 1, "FinalFields": {"Nope": [1], "Balance": 5}}}]);
        let json =
            json!({"metaData": {"AffectedNodes": nodes, "TransactionIndex": "0", "Bogus": 1}});
        assert_left(&transaction_paths(), json, &json!({"metaData": {"AffectedNodes": nodes}}));
    }

    #[test]
    fn added_fields_stay_and_newer_ones_go() {
        let json = json!({"_LedgerIndex": 5, "hash": "A", "ctid": "C", "date": 1});
        assert_left(&transaction_paths(), json, &json!({"_LedgerIndex": 5, "hash": "A"}));
    }

    #[test]
    fn ledger_loses_what_a_reply_has_beside_the_table() {
        let json = json!({
            "ledger": {"accepted": true, "ledger_index": 5, "close_time": 1, "close_time_iso": "z"},
            "ledger_index": 5, "status": "success", "validated": true, "transaction_count": 3,
        });
        let left = json!({
            "ledger": {"accepted": true, "close_time": 1},
            "ledger_index": 5, "validated": true, "transaction_count": 3,
        });
        assert_left(&ledger_paths(), json, &left);
    }
}
