//! Hex digits in a reply, decoded where they stand.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// Bytes that travel as hex digits of either case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hex(pub(super) Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(HexVisitor)
    }
}

struct HexVisitor;

impl Visitor<'_> for HexVisitor {
    type Value = Hex;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("pairs of hex digits")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Hex, E> {
        let mut bytes = vec![0; text.len() / 2];
        faster_hex::hex_decode(text.as_bytes(), &mut bytes)
            .map_err(|_| E::custom("not pairs of hex digits"))?;
        Ok(Hex(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Vec<u8>> {
        serde_json::from_str::<Hex>(json).ok().map(|hex| hex.0)
    }

    #[test]
    fn either_case_and_escapes_are_read() {
        assert_eq!(read("\"00ffAB\""), Some(vec![0, 255, 0xAB]));
        assert_eq!(read("\"\\u0031a\""), Some(vec![0x1A]));
        assert_eq!(read("\"\""), Some(vec![]));
    }

    #[test]
    fn what_is_no_hex_is_refused() {
        for json in ["\"0\"", "\"0g\"", "\"é\"", "7", "null", "\" 00\""] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
