//! The reader of JSON text behind [`transcode`](super::transcode): `serde_json`'s parser, writing where it reads.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::container::{Container, Kind};
use super::{TranscodeError, put};

/// Appends the value that `json` holds. After an error, what was written so far is left.
pub(super) fn value(json: &str, out: &mut Vec<u8>) -> Result<(), TranscodeError> {
    parse(json, out, |deserializer, writer| writer.deserialize(deserializer))
}

/// Appends the members of the object that `json` holds, without a header, and counts them. After an error, what was
/// written so far is left.
pub(super) fn members(json: &str, out: &mut Vec<u8>) -> Result<u32, TranscodeError> {
    parse(json, out, |deserializer, writer| deserializer.deserialize_map(Members(writer)))
}

/// What the visitors share.
struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// A float was met that may have been a whole number beyond 64 bits.
    wide: bool,
}

fn parse<T>(
    json: &str,
    out: &mut Vec<u8>,
    read: impl FnOnce(
        &mut serde_json::Deserializer<serde_json::de::StrRead<'_>>,
        &mut Writer<'_>,
    ) -> serde_json::Result<T>,
) -> Result<T, TranscodeError> {
    if u32::try_from(json.len()).is_err() {
        return Err(TranscodeError::TooLarge { bytes: json.len() });
    }
    let mut writer = Writer { out, wide: false };
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = read(&mut deserializer, &mut writer).map_err(TranscodeError::Json)?;
    deserializer.end().map_err(TranscodeError::Json)?;
    match writer.wide.then(|| wide_integer(json)).flatten() {
        Some(number) => Err(TranscodeError::WideInteger(number.to_owned())),
        None => Ok(value),
    }
}

impl<'de> DeserializeSeed<'de> for &mut Writer<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Writer<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a json value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        put::nil(self.out);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        put::bool(self.out, value);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        put::uint(self.out, value);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        put::int(self.out, value);
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
        self.wide |= value.abs() >= TWO_TO_63;
        put::float(self.out, value);
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        put::str(self.out, value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let array = Container::open(self.out, Kind::Array);
        let mut count = 0;
        while items.next_element_seed(&mut *self)?.is_some() {
            count += 1;
        }
        array.close(self.out, count);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        let map = Container::open(self.out, Kind::Map);
        let count = Members(&mut *self).visit_map(members)?;
        map.close(self.out, count);
        Ok(())
    }
}

/// Writes the members of an object without a header, and counts them.
struct Members<'a, 'b>(&'a mut Writer<'b>);

impl<'de> Visitor<'de> for Members<'_, '_> {
    type Value = u32;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a json object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<u32, A::Error> {
        let mut count = 0;
        while members.next_key_seed(&mut *self.0)?.is_some() {
            members.next_value_seed(&mut *self.0)?;
            count += 1;
        }
        Ok(count)
    }
}

/// The first whole number of a valid JSON text that neither `u64` nor `i64` holds.
fn wide_integer(json: &str) -> Option<&str> {
    let bytes = json.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string_end(bytes, at),
            b'-' | b'0'..=b'9' => {
                let start = at;
                while at < bytes.len()
                    && matches!(bytes[at], b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')
                {
                    at += 1;
                }
                let number = &json[start..at];
                let whole = !number.contains(['.', 'e', 'E']);
                if whole && number.parse::<u64>().is_err() && number.parse::<i64>().is_err() {
                    return Some(number);
                }
            }
            _ => at += 1,
        }
    }
    None
}

/// The position after the closing quote of the string that opens at `at`.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}
