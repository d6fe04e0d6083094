//! The fields of an object as they stand in the bytes, undecoded.

use crate::{FieldCode, Malformed};

/// Iterates over the fields of one object without decoding them; stops at its end.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    bytes: &'a [u8],
}

/// A field with the bytes of its value: without header, length prefix and end marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawField<'a> {
    /// Type and number.
    pub code: FieldCode,
    /// The value's bytes.
    pub bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Over the fields of an object: a whole blob, or the bytes of an object field.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<RawField<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let _ = self.bytes;
        unimplemented!()
    }
}
