//! Where a MessagePack value ends, found without reading it and without recursion.

use rmp::Marker;

use super::DecodeError;

/// Finds the end of one value in bytes that arrive bit by bit. Every byte is looked at once, however many calls it takes.
#[derive(Debug)]
pub(crate) struct Scanner {
    bytes_max: usize,
    /// Where the next head is. May lie beyond the bytes that are there.
    position: usize,
    /// Values that still have to begin.
    pending: u64,
}

impl Scanner {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, position: 0, pending: 1 }
    }

    /// The length of the value at the start of `bytes`, or `None` if it goes on beyond them; then it is called again
    /// with the same bytes and more.
    ///
    /// A value that is, or declares to be, longer than the limit is an error as soon as that is known.
    pub(crate) fn scan(&mut self, bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
        while self.pending > 0 {
            let Some(head) = bytes.get(self.position..).and_then(Head::read).transpose()? else {
                return Ok(None);
            };
            self.position = self.position.saturating_add(head.bytes);
            self.pending = self.pending - 1 + head.children;
            // Each pending value has at least one byte.
            let least =
                self.position.saturating_add(usize::try_from(self.pending).unwrap_or(usize::MAX));
            if least > self.bytes_max {
                return Err(DecodeError::TooLarge { bytes_max: self.bytes_max });
            }
        }
        if self.position > bytes.len() {
            return Ok(None);
        }
        let length = self.position;
        *self = Self::new(self.bytes_max);
        Ok(Some(length))
    }
}

/// The marker of a value, its length and, unless it is a container, its content.
struct Head {
    bytes: usize,
    children: u64,
}

impl Head {
    /// `None` if the bytes end within the head.
    fn read(bytes: &[u8]) -> Option<Result<Self, DecodeError>> {
        let (&first, rest) = bytes.split_first()?;
        let scalar = |bytes: usize| Some(Ok(Self { bytes: 1 + bytes, children: 0 }));
        // The width of the length, what the head has beside marker and length, and the children per unit of length.
        let (width, fixed, children) = match Marker::from_u8(first) {
            Marker::Reserved => return Some(Err(DecodeError::Reserved)),
            Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::True | Marker::False => {
                return scalar(0);
            }
            Marker::U8 | Marker::I8 => return scalar(1),
            Marker::U16 | Marker::I16 | Marker::FixExt1 => return scalar(2),
            Marker::FixExt2 => return scalar(3),
            Marker::U32 | Marker::I32 | Marker::F32 => return scalar(4),
            Marker::FixExt4 => return scalar(5),
            Marker::U64 | Marker::I64 | Marker::F64 => return scalar(8),
            Marker::FixExt8 => return scalar(9),
            Marker::FixExt16 => return scalar(17),
            Marker::FixStr(bytes) => return scalar(usize::from(bytes)),
            Marker::FixArray(items) => {
                return Some(Ok(Self { bytes: 1, children: u64::from(items) }));
            }
            Marker::FixMap(members) => {
                return Some(Ok(Self { bytes: 1, children: 2 * u64::from(members) }));
            }
            Marker::Str8 | Marker::Bin8 => (1, 0, 0),
            Marker::Str16 | Marker::Bin16 => (2, 0, 0),
            Marker::Str32 | Marker::Bin32 => (4, 0, 0),
            Marker::Ext8 => (1, 1, 0),
            Marker::Ext16 => (2, 1, 0),
            Marker::Ext32 => (4, 1, 0),
            Marker::Array16 => (2, 0, 1),
            Marker::Array32 => (4, 0, 1),
            Marker::Map16 => (2, 0, 2),
            Marker::Map32 => (4, 0, 2),
        };
        let length =
            rest.get(..width)?.iter().fold(0_u32, |length, &byte| length << 8 | u32::from(byte));
        let content = if children == 0 { length as usize } else { 0 };
        Some(Ok(Self {
            bytes: 1 + width + fixed + content,
            children: children * u64::from(length),
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::msgpack::transcode;

    #[test]
    fn a_value_that_arrives_byte_by_byte_ends_where_it_ends() {
        let mut bytes = Vec::new();
        transcode(r#"{"a": [1, -70000, 0.5, {"b": null}], "c": "0123456789012345678901234567890123456789"}"#, &mut bytes).unwrap();
        let length = bytes.len();
        bytes.extend([0xc0, 0xc0]);
        let mut scanner = Scanner::new(1000);
        for end in 0..length {
            assert_eq!(scanner.scan(&bytes[..end]), Ok(None), "{end}");
        }
        assert_eq!(scanner.scan(&bytes), Ok(Some(length)));
        assert_eq!(scanner.scan(&bytes[length..]), Ok(Some(1)));
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_it_arrives() {
        let too_large = Err(DecodeError::TooLarge { bytes_max: 100 });
        for head in
            [[0xc6, 0, 0, 0, 96], [0xdb, 0, 0, 1, 0], [0xdd, 0, 0, 0, 96], [0xdf, 0, 0, 0, 48]]
        {
            assert_eq!(Scanner::new(100).scan(&head), too_large, "{head:x?}");
        }
        for head in [[0xc6, 0, 0, 0, 95], [0xdd, 0, 0, 0, 95], [0xdf, 0, 0, 0, 47]] {
            assert_eq!(Scanner::new(100).scan(&head), Ok(None), "{head:x?}");
        }
    }

    #[test]
    fn nesting_costs_no_stack() {
        let bytes = vec![0x91; 1 << 20];
        assert_eq!(Scanner::new(usize::MAX).scan(&bytes), Ok(None));
    }

    proptest! {
        #[test]
        fn the_end_does_not_depend_on_how_the_bytes_are_cut(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = Scanner::new(150).scan(&bytes);
            let mut scanner = Scanner::new(150);
            let in_parts = match scanner.scan(&bytes[..cut.index(bytes.len() + 1)]) {
                Ok(None) => scanner.scan(&bytes),
                ended => ended,
            };
            prop_assert_eq!(in_parts, whole);
        }
    }
}
