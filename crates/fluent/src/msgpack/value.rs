//! A MessagePack value, read in place: containers are opened one level at a time.

use std::fmt;

use rmp::Marker;

use super::{DecodeError, Scanner};

/// Containers are opened down to this depth.
const DEPTH_MAX: u8 = 128;

/// One MessagePack value, borrowed from the bytes that hold it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Nil,
    /// A truth value.
    Bool(bool),
    /// A whole number that is not negative.
    Uint(u64),
    /// A negative whole number.
    Int(i64),
    /// A floating-point number of either width.
    Float(f64),
    /// Text.
    Str(&'a str),
    /// Bytes; also a string that is not UTF-8.
    Bin(&'a [u8]),
    /// A list, not yet read.
    Array(Array<'a>),
    /// A map, not yet read.
    Map(Map<'a>),
    /// A type of an application's own.
    Ext(i8, &'a [u8]),
}

/// A list whose items are read when they are asked for: an iterator over them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Array<'a> {
    items: usize,
    rest: Rest<'a>,
}

/// A map whose members are read when they are asked for: an iterator over them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Map<'a> {
    members: usize,
    rest: Rest<'a>,
}

impl<'a> Value<'a> {
    /// The value that `bytes` consist of.
    pub fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut rest = Rest::new(bytes);
        let value = rest.value()?;
        if rest.bytes.is_empty() {
            return Ok(value);
        }
        Err(DecodeError::Unexpected { expected: "the end", found: "further bytes" })
    }

    /// The value at the start of `bytes`, and what follows it.
    pub(crate) fn read_first(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), DecodeError> {
        let mut rest = Rest::new(bytes);
        Ok((rest.value()?, rest.bytes))
    }

    /// The text of a string, or of bytes that are UTF-8.
    ///
    /// # Errors
    /// When the value is of another type.
    pub fn text(self) -> Result<&'a str, DecodeError> {
        match self {
            Self::Str(text) => Ok(text),
            Self::Bin(bytes) => str::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8),
            other => Err(other.unexpected("string")),
        }
    }

    /// The bytes of either bytes or a string.
    ///
    /// # Errors
    /// When the value is of another type.
    pub fn bytes(self) -> Result<&'a [u8], DecodeError> {
        match self {
            Self::Str(text) => Ok(text.as_bytes()),
            Self::Bin(bytes) => Ok(bytes),
            other => Err(other.unexpected("bytes")),
        }
    }

    /// The error that this value is there in place of `expected`.
    pub fn unexpected(self, expected: &'static str) -> DecodeError {
        DecodeError::Unexpected { expected, found: self.kind() }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Uint(_) | Self::Int(_) => "integer",
            Self::Float(_) => "float",
            Self::Str(_) => "string",
            Self::Bin(_) => "bytes",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Ext(..) => "extension",
        }
    }
}

/// As JSON text; see the implementation of `Serialize`.
impl fmt::Display for Value<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Array<'_> {
    /// How many items are left to read.
    pub fn len(&self) -> usize {
        self.items
    }

    /// Whether no item is left.
    pub fn is_empty(&self) -> bool {
        self.items == 0
    }
}

impl<'a> Array<'a> {
    /// The encoded items that are left.
    pub fn encoded(&self) -> &'a [u8] {
        self.rest.bytes
    }
}

impl<'a> Iterator for Array<'a> {
    type Item = Result<Value<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.items = self.items.checked_sub(1)?;
        Some(self.rest.value().inspect_err(|_| self.items = 0))
    }
}

impl<'a> Map<'a> {
    /// The encoded members that are left.
    pub(crate) fn encoded(&self) -> &'a [u8] {
        self.rest.bytes
    }

    /// How many members are left to read.
    pub fn len(&self) -> usize {
        self.members
    }

    /// Whether no member is left.
    pub fn is_empty(&self) -> bool {
        self.members == 0
    }

    /// The value of the first member of that name.
    pub fn get(self, key: &str) -> Result<Option<Value<'a>>, DecodeError> {
        for member in self {
            let (name, value) = member?;
            if name == Value::Str(key) {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }
}

impl<'a> Iterator for Map<'a> {
    type Item = Result<(Value<'a>, Value<'a>), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.members = self.members.checked_sub(1)?;
        let mut member = || Ok((self.rest.value()?, self.rest.value()?));
        Some(member().inspect_err(|_| self.members = 0))
    }
}

/// Bytes that are left to read, and how deep they may go.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rest<'a> {
    bytes: &'a [u8],
    depth_left: u8,
}

impl<'a> Rest<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, depth_left: DEPTH_MAX }
    }

    fn value(&mut self) -> Result<Value<'a>, DecodeError> {
        let whole = self.bytes;
        let length = Scanner::new(usize::MAX).scan(whole)?.ok_or(DecodeError::Truncated)?;
        let (value, after) = whole.split_at(length);
        self.bytes = after;
        let (marker, rest) = (Marker::from_u8(value[0]), &value[1..]);
        Ok(match marker {
            Marker::Null => Value::Nil,
            Marker::True => Value::Bool(true),
            Marker::False => Value::Bool(false),
            Marker::FixPos(number) => Value::Uint(u64::from(number)),
            Marker::U8 | Marker::U16 | Marker::U32 | Marker::U64 => Value::Uint(big_endian(rest)),
            Marker::FixNeg(number) => Value::Int(i64::from(number)),
            Marker::I8 | Marker::I16 | Marker::I32 | Marker::I64 => signed(rest),
            Marker::F32 => Value::Float(f64::from(f32::from_be_bytes(array(rest)))),
            Marker::F64 => Value::Float(f64::from_be_bytes(array(rest))),
            Marker::FixStr(_) => text(rest),
            Marker::Str8 => text(&rest[1..]),
            Marker::Str16 => text(&rest[2..]),
            Marker::Str32 => text(&rest[4..]),
            Marker::Bin8 => Value::Bin(&rest[1..]),
            Marker::Bin16 => Value::Bin(&rest[2..]),
            Marker::Bin32 => Value::Bin(&rest[4..]),
            Marker::FixArray(items) => self.array(u64::from(items), rest)?,
            Marker::Array16 => self.array(big_endian(&rest[..2]), &rest[2..])?,
            Marker::Array32 => self.array(big_endian(&rest[..4]), &rest[4..])?,
            Marker::FixMap(members) => self.map(u64::from(members), rest)?,
            Marker::Map16 => self.map(big_endian(&rest[..2]), &rest[2..])?,
            Marker::Map32 => self.map(big_endian(&rest[..4]), &rest[4..])?,
            Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16 => extension(rest),
            Marker::Ext8 => extension(&rest[1..]),
            Marker::Ext16 => extension(&rest[2..]),
            Marker::Ext32 => extension(&rest[4..]),
            Marker::Reserved => return Err(DecodeError::Reserved),
        })
    }

    fn array(self, items: u64, content: &'a [u8]) -> Result<Value<'a>, DecodeError> {
        Ok(Value::Array(Array { items: count(items), rest: self.below(content)? }))
    }

    fn map(self, members: u64, content: &'a [u8]) -> Result<Value<'a>, DecodeError> {
        Ok(Value::Map(Map { members: count(members), rest: self.below(content)? }))
    }

    fn below(self, content: &'a [u8]) -> Result<Self, DecodeError> {
        let depth_left =
            self.depth_left.checked_sub(1).ok_or(DecodeError::TooDeep { depth_max: DEPTH_MAX })?;
        Ok(Self { bytes: content, depth_left })
    }
}

fn count(count: u64) -> usize {
    usize::try_from(count).expect("counts have 32 bits")
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

fn signed(bytes: &[u8]) -> Value<'_> {
    let unused_bits = 64 - 8 * bytes.len();
    let number = (big_endian(bytes) << unused_bits).cast_signed() >> unused_bits;
    u64::try_from(number).map_or(Value::Int(number), Value::Uint)
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("the scanner found the whole value")
}

/// Old senders know one type for text and bytes: what is not UTF-8 was meant as bytes.
fn text(bytes: &[u8]) -> Value<'_> {
    str::from_utf8(bytes).map_or(Value::Bin(bytes), Value::Str)
}

fn extension(bytes: &[u8]) -> Value<'_> {
    Value::Ext(bytes[0].cast_signed(), &bytes[1..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_form_of_a_value_is_read() {
        let cases: [(&[u8], Value<'_>); 19] = [
            (&[0xc0], Value::Nil),
            (&[0xc3], Value::Bool(true)),
            (&[0x7f], Value::Uint(127)),
            (&[0xcc, 0xff], Value::Uint(255)),
            (&[0xcd, 1, 0], Value::Uint(256)),
            (&[0xce, 1, 0, 0, 0], Value::Uint(1 << 24)),
            (&[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Value::Uint(u64::MAX)),
            (&[0xff], Value::Int(-1)),
            (&[0xd0, 0x80], Value::Int(-128)),
            (&[0xd0, 0x7f], Value::Uint(127)),
            (&[0xd1, 0xff, 0x00], Value::Int(-256)),
            (&[0xd2, 0x80, 0, 0, 0], Value::Int(-(1 << 31))),
            (&[0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], Value::Int(i64::MIN)),
            (&[0xca, 0x3f, 0, 0, 0], Value::Float(0.5)),
            (&[0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0], Value::Float(0.5)),
            (&[0xda, 0, 1, b'a'], Value::Str("a")),
            (&[0xc6, 0, 0, 0, 1, b'a'], Value::Bin(b"a")),
            (&[0xd4, 0xff, 7], Value::Ext(-1, &[7])),
            (&[0xc7, 2, 5, 8, 9], Value::Ext(5, &[8, 9])),
        ];
        for (bytes, value) in cases {
            assert_eq!(Value::read(bytes), Ok(value), "{bytes:x?}");
        }
    }

    #[test]
    fn a_string_that_is_not_utf_8_is_read_as_bytes() {
        assert_eq!(Value::read(&[0xa2, 0xff, 0xfe]), Ok(Value::Bin(&[0xff, 0xfe])));
    }

    #[test]
    fn a_value_is_all_of_its_bytes() {
        assert_eq!(Value::read(&[]), Err(DecodeError::Truncated));
        assert_eq!(Value::read(&[0x92, 0x01]), Err(DecodeError::Truncated));
        let further = DecodeError::Unexpected { expected: "the end", found: "further bytes" };
        assert_eq!(Value::read(&[0x01, 0x02]), Err(further));
    }

    #[test]
    fn nesting_beyond_the_limit_is_an_error_and_not_a_full_stack() {
        let deep = |levels: usize| [&vec![0x91; levels][..], &[0xc0]].concat();
        let json = |bytes: &[u8]| serde_json::to_string(&Value::read(bytes).unwrap());
        json(&deep(128)).unwrap();
        let error = json(&deep(100_000)).unwrap_err();
        assert!(error.to_string().contains("nested deeper than 128 levels"), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = Value::read(&bytes) {
                let _ = serde_json::to_string(&value).is_ok();
            }
        }
    }
}
