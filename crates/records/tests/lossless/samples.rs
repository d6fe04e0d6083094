//! JSON made out of the table of paths.

use schemas::{Form, Shape, Slot};
use serde_json::{Map, Value, json};

/// An object with a value at each path of a shape.
pub(crate) fn full(shape: &Shape) -> Map<String, Value> {
    shape.slots.iter().map(|slot| (slot.name.to_owned(), value(slot))).collect()
}

fn value(slot: &Slot) -> Value {
    let inner = || Value::Object(full(slot.shape.as_ref().unwrap()));
    match slot.form {
        Form::Text => format!("text of {}", slot.path).into(),
        Form::Address => "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B".into(),
        Form::Hash(bytes) => "0A".repeat(bytes).into(),
        Form::Blob => "C0FFEE".into(),
        Form::Long => slot.path.len().into(),
        Form::Digits => "99999999999999990".into(),
        Form::Time => 848_700_060.into(),
        Form::Bool => true.into(),
        Form::Amount if slot.allows("object") => {
            json!({"currency": "USD", "issuer": "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B", "value": "1.5"})
        }
        Form::Amount => "12".into(),
        Form::Object => inner(),
        Form::Array | Form::Steps => json!([inner()]),
        Form::Hashes => json!(["0B".repeat(32), "0C".repeat(32)]),
        Form::Paths => {
            let steps = &slot.shape.as_ref().unwrap().slots[0];
            json!([value(steps), value(steps)])
        }
    }
}
