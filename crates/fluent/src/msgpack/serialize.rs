//! A MessagePack value as any serde format, above all as JSON.

use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};

use super::Value;

/// Bytes become a list of numbers, an extension the pair of its type and its bytes, and a key that is no string is an
/// error in JSON. Values that can't be decoded are errors.
impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Nil => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(value),
            Self::Uint(value) => serializer.serialize_u64(value),
            Self::Int(value) => serializer.serialize_i64(value),
            Self::Float(value) => serializer.serialize_f64(value),
            Self::Str(value) => serializer.serialize_str(value),
            Self::Bin(value) => serializer.serialize_bytes(value),
            Self::Array(items) => {
                let mut sequence = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    sequence.serialize_element(&item.map_err(Error::custom)?)?;
                }
                sequence.end()
            }
            Self::Map(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for member in members {
                    let (key, value) = member.map_err(Error::custom)?;
                    map.serialize_entry(&key, &value)?;
                }
                map.end()
            }
            Self::Ext(kind, bytes) => (kind, bytes).serialize(serializer),
        }
    }
}
