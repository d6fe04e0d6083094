//! Currency codes.

use std::fmt;
use std::str::FromStr;

/// The 160-bit code of a currency; text is `XRP`, three characters, or 40 hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(pub [u8; 20]);

/// The text is no currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a currency code")]
pub struct CurrencyError;

/// Where the three characters stand.
const CHARACTERS: std::ops::Range<usize> = 12..15;

impl Currency {
    /// The code of XRP: zero.
    pub const XRP: Self = Self([0; 20]);

    /// The code that rippled uses for "no currency": one, written `1`.
    const NONE: Self = Self([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

    /// Whether this is XRP, which no issued amount may have.
    pub fn is_xrp(&self) -> bool {
        *self == Self::XRP
    }

    /// Appends the text. It has no character that JSON would escape.
    pub fn write_code(&self, out: &mut Vec<u8>) {
        if let Some(characters) = self.characters() {
            out.extend_from_slice(characters);
        } else if self.is_xrp() {
            out.extend_from_slice(b"XRP");
        } else if *self == Self::NONE {
            out.push(b'1');
        } else {
            crate::text::write_hex(&self.0, out);
        }
    }

    /// The three characters, where all else is zero and they are not `XRP` (which would be mistaken for the real one).
    fn characters(&self) -> Option<&[u8]> {
        let characters = &self.0[CHARACTERS];
        let is_plain = self.0[..CHARACTERS.start] == [0; 12] && self.0[CHARACTERS.end..] == [0; 5];
        (is_plain && is_iso(characters)).then_some(characters)
    }
}

/// Whether these are three characters that rippled allows as a code, `XRP` apart.
fn is_iso(characters: &[u8]) -> bool {
    let is_allowed =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"<>(){}[]|?!@#$%^&*".contains(byte);
    characters.len() == CHARACTERS.len()
        && characters.iter().all(is_allowed)
        && characters != b"XRP"
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(40);
        self.write_code(&mut text);
        formatter.pad(str::from_utf8(&text).expect("a currency code is ASCII"))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let mut code = [0; 20];
        match text.len() {
            _ if text == "XRP" => return Ok(Self::XRP),
            _ if text == "1" => return Ok(Self::NONE),
            3 if is_iso(text.as_bytes()) => code[CHARACTERS].copy_from_slice(text.as_bytes()),
            40 => faster_hex::hex_decode(text.as_bytes(), &mut code).map_err(|_| CurrencyError)?,
            _ => return Err(CurrencyError),
        }
        Ok(Self(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back_as_they_were() {
        for text in ["XRP", "USD", "xrp", "a|>", "1", "4954444D53000000000000000000000000000000"] {
            assert_eq!(text.parse::<Currency>().unwrap().to_string(), text);
        }
        assert_eq!("USD".parse::<Currency>().unwrap().0[12..15], *b"USD");
    }

    #[test]
    fn three_characters_that_read_xrp_stay_hex() {
        let hex = "0000000000000000000000005852500000000000";
        let currency: Currency = hex.parse().unwrap();
        assert!(!currency.is_xrp());
        assert_eq!(currency.to_string(), hex);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "US", "USDT", "U\"D", "U D", "0x", "G954444D53000000000000000000000000000000"]
        {
            assert_eq!(text.parse::<Currency>(), Err(CurrencyError), "{text}");
        }
    }
}
