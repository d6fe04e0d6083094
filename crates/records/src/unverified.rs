//! Fields of an imported reply that no hash covers: told apart from the verified ones, and put back into typed records.

use schemas::Shape;
use serde_json::{Map, Value};
use xrpl_codec::Definitions;

/// The fields of the table of paths that `reply` has and `verified`, the JSON made from the binary form, lacks. In arrays an element
/// without such fields is an empty object. `None` if there are none.
pub(crate) fn beyond(
    reply: &Map<String, Value>,
    verified: &Map<String, Value>,
    shape: &Shape,
) -> Option<Value> {
    let mut found = Map::new();
    for (name, value) in reply {
        let Some(slot) = shape.slot(name) else { continue };
        let more = match (verified.get(name), &slot.shape) {
            (None, _) => Some(value.clone()),
            (Some(verified), Some(shape)) => beyond_value(value, verified, shape),
            (Some(_), None) => None,
        };
        found.extend(more.map(|more| (name.clone(), more)));
    }
    (!found.is_empty()).then_some(Value::Object(found))
}

fn beyond_value(reply: &Value, verified: &Value, shape: &Shape) -> Option<Value> {
    match (reply, verified) {
        (Value::Object(reply), Value::Object(verified)) => beyond(reply, verified, shape),
        (Value::Array(reply), Value::Array(verified)) if reply.len() == verified.len() => {
            let elements = reply.iter().zip(verified);
            let found: Vec<_> =
                elements.map(|(reply, verified)| beyond_value(reply, verified, shape)).collect();
            let is_any = found.iter().any(Option::is_some);
            let empty = || Value::Object(Map::new());
            is_any.then(|| found.into_iter().map(|it| it.unwrap_or_else(empty)).collect())
        }
        _ => None,
    }
}

/// Adds to `json` the fields that it lacks and `more` has.
pub(crate) fn merge(json: &mut Map<String, Value>, more: Map<String, Value>) {
    for (name, value) in more {
        match json.get_mut(&name) {
            Some(present) => merge_value(present, value),
            None => drop(json.insert(name, value)),
        }
    }
}

fn merge_value(json: &mut Value, more: Value) {
    match (json, more) {
        (Value::Object(json), Value::Object(more)) => merge(json, more),
        (Value::Array(json), Value::Array(more)) => {
            json.iter_mut().zip(more).for_each(|(json, more)| merge_value(json, more));
        }
        _ => {}
    }
}

/// Removes the fields of the table of paths that the binary form does not know, such as `_ExecutionID`: the encoder would refuse them.
pub(crate) fn without_unknown(json: &Value, shape: &Shape) -> Value {
    match json {
        Value::Object(members) => {
            let known = members.iter().filter(|(name, _)| {
                shape.slot(name).is_none() || Definitions::builtin().field_named(name).is_some()
            });
            let members = known.map(|(name, value)| {
                let inner = shape.slot(name).and_then(|slot| slot.shape.as_ref());
                let value = inner.map_or_else(|| value.clone(), |it| without_unknown(value, it));
                (name.clone(), value)
            });
            Value::Object(members.collect())
        }
        Value::Array(elements) => elements.iter().map(|it| without_unknown(it, shape)).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use schemas::transaction_shape;
    use serde_json::json;

    use super::*;

    fn object(json: Value) -> Map<String, Value> {
        match json {
            Value::Object(members) => members,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn fields_beyond_the_verified_ones_are_found_and_put_back() {
        let verified = object(json!({
            "Fee": "10", "metaData": {"AffectedNodes": [
                {"DeletedNode": {}}, {"ModifiedNode": {"FinalFields": {"Flags": 0}}},
            ]},
        }));
        let reply = object(json!({
            "Fee": "10", "_ExecutionID": "7", "Asset1": "5", "owner_funds": "1",
            "metaData": {"AffectedNodes": [
                {"DeletedNode": {}},
                {"ModifiedNode": {"FinalFields": {"Flags": 0, "AMMAccount": "r"}}},
            ]},
        }));
        let found = beyond(&reply, &verified, transaction_shape()).unwrap();
        assert_eq!(found["_ExecutionID"], "7");
        assert_eq!(found["Asset1"], "5");
        assert!(found.get("owner_funds").is_none(), "the table lacks it");
        let mut merged = verified.clone();
        merge(&mut merged, object(found));
        let mut expected = reply.clone();
        expected.remove("owner_funds");
        assert_eq!(merged["_ExecutionID"], expected["_ExecutionID"]);
        assert_eq!(beyond(&verified, &verified, transaction_shape()), None);
    }

    #[test]
    fn fields_that_the_binary_form_does_not_know_are_left_out_for_the_encoder() {
        let reply = json!({"Fee": "10", "_ExecutionID": "7", "Asset1": "5", "Nope": 1});
        let known = without_unknown(&reply, transaction_shape());
        assert_eq!(known, json!({"Fee": "10", "Nope": 1}));
    }
}
