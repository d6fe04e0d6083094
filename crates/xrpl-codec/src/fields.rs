//! The fields of an object as they stand in the bytes, undecoded.

use crate::serial_reader::SerialReader;
use crate::{FieldCode, Malformed, SerializedType, Value};

/// Iterates over the fields of one object without decoding them; stops at its end, or after the first error.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    reader: Option<SerialReader<'a>>,
}

/// A field with the bytes of its value: without header, length prefix and end marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawField<'a> {
    /// Type and number.
    pub code: FieldCode,
    /// How the value is written.
    pub kind: SerializedType,
    /// The value's bytes.
    pub bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Over the fields of an object: a whole blob, or the bytes of an object field.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Some(SerialReader::new(bytes)) }
    }

    /// The next field with this code; those before it are passed over.
    pub fn find_field(&mut self, code: FieldCode) -> Result<Option<RawField<'a>>, Malformed> {
        self.find(|field| field.is_err() || field.is_ok_and(|field| field.code == code)).transpose()
    }
}

impl<'a> RawField<'a> {
    /// Decodes the value.
    pub fn value(&self) -> Result<Value<'a>, Malformed> {
        Value::parse(self.kind, self.bytes)
    }

    /// The value as a 16-bit number; `None` of another kind.
    pub(crate) fn u16(&self) -> Option<u16> {
        self.bytes.try_into().ok().map(u16::from_be_bytes)
    }

    /// The value as a 32-bit number; `None` of another kind.
    pub(crate) fn u32(&self) -> Option<u32> {
        self.bytes.try_into().ok().map(u32::from_be_bytes)
    }
}

/// Reads a field's value, objects and arrays as a whole.
#[inline]
pub(crate) fn read_raw<'a>(reader: &mut SerialReader<'a>) -> Result<RawField<'a>, Malformed> {
    let at = reader.at();
    let code = reader.header()?;
    let kind = SerializedType::of(code.type_code).ok_or(Malformed::UnknownType { at })?;
    let bytes = match code {
        FieldCode::OBJECT_END | FieldCode::ARRAY_END => return Err(Malformed::Misplaced { at }),
        _ => match kind {
            SerializedType::Object => reader.skip_object()?,
            SerializedType::Array => reader.skip_array()?,
            kind => reader.raw_value(kind)?,
        },
    };
    Ok(RawField { code, kind, bytes })
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<RawField<'a>, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let reader = self.reader.as_mut().filter(|reader| !reader.is_at_end())?;
        let field = read_raw(reader);
        if field.is_err() {
            self.reader = None;
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_without_header_prefix_and_end_marker() {
        let bytes =
            [0x12, 0, 7, 0x7D, 2, 0xAB, 0xCD, 0xEA, 0x7D, 1, 0xEF, 0xE1, 0xF9, 0xEA, 0xE1, 0xF1];
        let fields: Result<Vec<RawField<'_>>, Malformed> = Fields::new(&bytes).collect();
        let fields: Vec<_> =
            fields.unwrap().iter().map(|field| (field.code, field.bytes)).collect();
        let expected: [(FieldCode, &[u8]); 4] = [
            (FieldCode::TRANSACTION_TYPE, &[0, 7]),
            (FieldCode::new(7, 13), &[0xAB, 0xCD]),
            (FieldCode::new(14, 10), &[0x7D, 1, 0xEF]),
            (FieldCode::new(15, 9), &[0xEA, 0xE1]),
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn iteration_ends_after_an_error() {
        let mut fields = Fields::new(&[0x24, 0, 0]);
        assert_eq!(fields.next(), Some(Err(Malformed::UnexpectedEnd { at: 3 })));
        assert_eq!(fields.next(), None);
        let mut unknown = Fields::new(&[0xC1, 0]);
        assert_eq!(unknown.next(), Some(Err(Malformed::UnknownType { at: 0 })));
    }
}
