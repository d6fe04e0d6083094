//! What the former transformer made of a validated reply.

use schemas::PathRow;
use serde_json::{Map, Value, json};

/// Wraps nested lists and amounts of XRP.
#[derive(Debug)]
pub(super) struct Transformer {
    /// The paths that the table allows to be an object or a string.
    amounts: Vec<Vec<&'static str>>,
}

/// The former transformer raised an error here.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{path} was looked for in {found}")]
pub(super) struct Raised {
    path: String,
    found: &'static str,
}

impl Transformer {
    pub(super) fn new(rows: &[PathRow]) -> Self {
        let both = rows.iter().filter(|row| row.types == "object|string");
        Self { amounts: both.map(|row| row.path.split('.').collect()).collect() }
    }

    pub(super) fn transform(&self, json: Map<String, Value>) -> Result<Map<String, Value>, Raised> {
        let mut json = json.into_iter().map(|(name, value)| (name, flat(value))).collect();
        for path in &self.amounts {
            wrap(&mut json, path, path)?;
        }
        Ok(json)
    }
}

/// An array of arrays as an array of `{"list": […]}`; elements beside arrays are lost, as they were.
fn flat(value: Value) -> Value {
    match value {
        Value::Array(elements) if elements.iter().any(Value::is_array) => {
            let lists = elements.into_iter().filter(Value::is_array);
            Value::Array(lists.map(|list| json!({"list": flat(list)})).collect())
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(flat).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, flat(value))).collect())
        }
        other => other,
    }
}

/// Wraps the value at the end of a path, unless it is an object; it counts as XRP.
fn wrap(json: &mut Map<String, Value>, path: &[&str], whole: &[&str]) -> Result<(), Raised> {
    let [name, rest @ ..] = path else { return Ok(()) };
    let Some(value) = json.get_mut(*name) else { return Ok(()) };
    if !rest.is_empty() {
        return descend(value, rest, whole);
    }
    if !value.is_object() {
        *value = json!({"currency": "XRP", "issuer": "", "value": value.take()});
    }
    Ok(())
}

fn descend(value: &mut Value, path: &[&str], whole: &[&str]) -> Result<(), Raised> {
    let found = match value {
        Value::Object(members) => return wrap(members, path, whole),
        Value::Array(elements) => {
            return elements.iter_mut().try_for_each(|element| descend(element, path, whole));
        }
        Value::Null => "null",
        Value::String(_) => "a string",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
    };
    Err(Raised { path: whole.join("."), found })
}

#[cfg(test)]
mod tests {
    use schemas::transaction_paths;

    use super::*;

    fn transformed(json: &Value) -> Result<Value, Raised> {
        let json = json.as_object().unwrap().clone();
        Transformer::new(&transaction_paths()).transform(json).map(Value::Object)
    }

    #[track_caller]
    fn assert_becomes(json: &Value, expected: &Value) {
        assert_eq!(transformed(json).unwrap(), *expected);
    }

    fn xrp(value: impl Into<Value>) -> Value {
        json!({"currency": "XRP", "issuer": "", "value": value.into()})
    }

    fn plain(value: &str) -> Value {
        value.into()
    }

    fn drops(value: &str) -> Value {
        xrp(value)
    }

    #[test]
    fn drops_are_wrapped_and_stay_drops() {
        assert_becomes(&json!({"Amount": "100"}), &json!({"Amount": xrp("100")}));
    }

    #[test]
    fn objects_stay_as_they_are() {
        let json = json!({"SendMax": {"currency": "XRP", "issuer": "NoChange", "value": "200"}});
        assert_becomes(&json, &json);
    }

    #[test]
    fn array_of_arrays_becomes_an_array_of_lists() {
        let step = json!({"currency": "USD", "issuer": "r", "type": 48});
        assert_becomes(&json!({"Paths": [[step]]}), &json!({"Paths": [{"list": [step]}]}));
        assert_becomes(&json!({"Paths": [[[1]]]}), &json!({"Paths": [{"list": [{"list": [1]}]}]}));
        assert_becomes(&json!({"Paths": [[]]}), &json!({"Paths": [{"list": []}]}));
        let plain = json!({"Memos": [{"a": 1}], "NFTokenOffers": ["A"]});
        assert_becomes(&plain, &plain);
    }

    #[test]
    fn amounts_of_all_kinds_of_nodes_are_wrapped() {
        let nodes = |balance: fn(&str) -> Value| {
            let new = json!({"Balance": balance("3"), "TakerGets": balance("4"), "TakerPays": balance("5")});
            json!({"metaData": {"AffectedNodes": [
                {"ModifiedNode": {"FinalFields": {"Balance": balance("1")}, "PreviousFields": {"Balance": balance("0")}}},
                {"DeletedNode": {"FinalFields": {"Balance": balance("2")}}},
                {"CreatedNode": {"NewFields": new}},
            ]}})
        };
        assert_becomes(&nodes(plain), &nodes(drops));
    }

    /// A fault of the former output.
    #[test]
    fn unavailable_is_written_as_xrp() {
        let json = json!({"metaData": {"delivered_amount": "unavailable"}});
        assert_becomes(&json, &json!({"metaData": {"delivered_amount": xrp("unavailable")}}));
    }

    /// A fault of the former output.
    #[test]
    fn amount_of_a_modified_node_is_not_wrapped() {
        let node = |gets: Value| json!({"metaData": {"AffectedNodes": [{"ModifiedNode": {"FinalFields": {"Amount": "1", "TakerGets": gets}}}]}});
        assert_becomes(&node("2".into()), &node(xrp("2")));
    }

    /// A fault of the former output.
    #[test]
    fn mixed_nested_list_loses_what_is_no_list() {
        let json = json!({"Paths": [[{"a": 1}], {"b": 2}]});
        assert_becomes(&json, &json!({"Paths": [{"list": [{"a": 1}]}]}));
    }

    #[test]
    fn whatever_is_no_object_is_wrapped() {
        for value in [json!(5), Value::Null, json!([1])] {
            assert_becomes(&json!({"Amount": value}), &json!({"Amount": xrp(value)}));
        }
    }

    #[test]
    fn null_or_text_where_an_object_should_be_raises() {
        for json in [
            json!({"metaData": null}),
            json!({"metaData": {"AffectedNodes": [{"ModifiedNode": null}]}}),
            json!({"metaData": {"AffectedNodes": ["text"]}}),
        ] {
            transformed(&json).unwrap_err();
        }
    }
}
