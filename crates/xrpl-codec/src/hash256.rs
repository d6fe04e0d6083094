//! A 256-bit hash: the name of a ledger, a transaction or a ledger entry.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A 256-bit hash; text is 64 upper-case hex digits, either case is read.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash256(pub [u8; 32]);

/// The text is not the hex of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not {digits} hex digits")]
pub struct HashError {
    /// The number of hex digits that it should have.
    pub digits: usize,
}

impl Hash256 {
    /// Thirty-two zero bytes: the root of an empty tree.
    pub const ZERO: Self = Self([0; 32]);

    /// The bytes, most significant first.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a hash from exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 64];
        let text = faster_hex::hex_encode_upper(&self.0, &mut text)
            .expect("the buffer holds two digits a byte");
        formatter.pad(text)
    }
}

impl fmt::Debug for Hash256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Hash256 {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let mut hash = [0; 32];
        if text.len() != 2 * hash.len() {
            return Err(HashError { digits: 2 * hash.len() });
        }
        faster_hex::hex_decode(text.as_bytes(), &mut hash)
            .map_err(|_| HashError { digits: 2 * hash.len() })?;
        Ok(Self(hash))
    }
}

impl Serialize for Hash256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_upper_case_and_either_case_is_read() {
        let text = "B4979A36CDC7F3D3D5C31A4EAE2AC7D7209DDA877588B9AFC66799692AB0D66B";
        assert_eq!(text.parse::<Hash256>().unwrap().to_string(), text);
        assert_eq!(text.to_lowercase().parse::<Hash256>().unwrap().to_string(), text);
    }

    #[test]
    fn text_of_another_length_or_alphabet_is_refused() {
        for text in ["B4".to_owned(), "G".repeat(64), "é".repeat(32)] {
            assert_eq!(text.parse::<Hash256>(), Err(HashError { digits: 64 }));
        }
    }

    #[test]
    fn json_is_the_text_of_the_hash() {
        let json = format!("\"{}\"", Hash256([0xAB; 32]));
        assert_eq!(serde_json::to_string(&Hash256([0xAB; 32])).unwrap(), json);
        assert_eq!(serde_json::from_str::<Hash256>(&json).unwrap(), Hash256([0xAB; 32]));
    }
}
