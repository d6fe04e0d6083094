//! One received event: a time and a record.

use crate::EventTime;
use crate::msgpack::{DecodeError, Map, Value};

/// One event, its record not yet read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry<'a> {
    /// The time, from the sender.
    pub time: EventTime,
    /// The record.
    pub record: Map<'a>,
}

impl<'a> Entry<'a> {
    /// Reads a stream of entries, as modes that pack them have it. Ends after the first error.
    pub fn stream(mut bytes: &'a [u8]) -> impl Iterator<Item = Result<Self, DecodeError>> {
        std::iter::from_fn(move || {
            if bytes.is_empty() {
                return None;
            }
            let entry = Value::read_first(bytes).and_then(|(entry, rest)| {
                bytes = rest;
                Self::decode(entry)
            });
            Some(entry.inspect_err(|_| bytes = &[]))
        })
    }

    fn decode(value: Value<'a>) -> Result<Self, DecodeError> {
        let mut items = match value {
            Value::Array(items) if items.len() == 2 => items,
            other => return Err(other.unexpected("entry of two")),
        };
        let mut item = || items.next().expect("an entry has two items");
        let time = EventTime::decode(item()?)?;
        match item()? {
            Value::Map(record) => Ok(Self { time, record }),
            other => Err(other.unexpected("record")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_ends_after_its_first_error() {
        let bytes = [0x92, 0x01, 0x80, 0x92, 0x02, 0x90, 0x92, 0x03, 0x80];
        let entries: Vec<_> = Entry::stream(&bytes).collect();
        let [Ok(first), Err(error)] = entries[..] else { panic!("{entries:?}") };
        assert_eq!(first.time.seconds, 1);
        assert_eq!(error, DecodeError::Unexpected { expected: "record", found: "array" });
    }

    #[test]
    fn an_entry_has_two_items() {
        for bytes in [&[0x91, 0x01][..], &[0x93, 0x01, 0x80, 0x80], &[0x01]] {
            let entries: Vec<_> = Entry::stream(bytes).collect();
            assert!(matches!(entries[..], [Err(DecodeError::Unexpected { .. })]), "{entries:?}");
        }
    }
}
