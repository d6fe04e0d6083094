//! Avro as JSON: a record of any schema, for people.

use std::fmt;

use flow::{DecodeError, Decoder};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads a record of any schema that `decoder` has met, as JSON; bytes become hexadecimal digits.
///
/// # Errors
/// As of [`Decoder::decode`].
pub fn avro_to_json(decoder: &Decoder, bytes: &[u8]) -> Result<Value, DecodeError> {
    decoder.decode_as::<AvroJson>(bytes).map(|json| json.0)
}

struct AvroJson(Value);

impl<'de> Deserialize<'de> for AvroJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(Self)
    }
}

struct JsonVisitor;

macro_rules! visit {
    ($($visit:ident: $type:ty),*) => {
        $(fn $visit<E>(self, value: $type) -> Result<Value, E> { Ok(value.into()) })*
    };
}

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of an Avro schema")
    }

    visit!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>().into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(AvroJson(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, AvroJson(value))) = fields.next_entry::<String, _>()? {
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use flow::tooling::{DeadLetter, Header};
    use flow::{DeadLetters, TopicSchema, encode};
    use serde_json::json;

    use super::*;
    use crate::{DlqResolutions, Resolution};

    #[test]
    fn every_field_of_a_record_becomes_json() {
        let decoder =
            Decoder::new(&[TopicSchema::of::<DeadLetters>(), TopicSchema::of::<DlqResolutions>()]);
        let letter = DeadLetter {
            flow: "flow",
            version: "1",
            reason: "why",
            causes: vec!["why".into(), "because".into()],
            topic: "net.topic",
            partition: 1,
            offset: 7,
            sequence: -1,
            part: 2,
            key: b"",
            headers: vec![Header { key: "position", value: b"\x01\xFF" }],
            payload: b"ab",
            payload_bytes: 1 << 40,
            attempt: 1,
            cut: false,
        };
        let shown = avro_to_json(&decoder, &encode::<DeadLetters>(&letter).unwrap()).unwrap();
        assert_eq!(shown["causes"], json!(["why", "because"]));
        assert_eq!(shown["headers"], json!([{"key": "position", "value": "01FF"}]));
        assert_eq!((&shown["sequence"], &shown["cut"]), (&json!(-1), &json!(false)));
        assert_eq!(
            (&shown["payload"], &shown["payload_bytes"]),
            (&json!("6162"), &json!(1_i64 << 40))
        );

        let settlement =
            Resolution { offset: 3, lane: None, by: "ann".into(), why: String::new(), at_ms: 5 };
        let shown =
            avro_to_json(&decoder, &encode::<DlqResolutions>(&settlement).unwrap()).unwrap();
        assert_eq!(shown, json!({"offset": 3, "lane": null, "by": "ann", "why": "", "at_ms": 5}));
        avro_to_json(&decoder, b"rubbish").unwrap_err();
    }
}
