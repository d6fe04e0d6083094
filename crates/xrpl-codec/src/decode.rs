//! Decoding straight from bytes, by a visitor.

use std::borrow::Cow;

use crate::serial_reader::SerialReader;
use crate::{Definitions, Field, FieldCode, Malformed, SerializedType, Value};

/// Receives the contents of a blob in their order.
pub trait Visitor {
    /// A field of the object at hand. `field` of a number that the definitions lack is named `Field_<type>_<n>`.
    fn value(&mut self, field: &Field, value: Value<'_>);

    /// A field that is an object begins.
    fn begin_object(&mut self, field: &Field);

    /// It ends.
    fn end_object(&mut self, field: &Field);

    /// A field that is an array begins; its elements are objects, each under a name of its own.
    fn begin_array(&mut self, field: &Field);

    /// It ends.
    fn end_array(&mut self, field: &Field);

    /// An element of the array at hand begins.
    fn begin_element(&mut self, field: &Field) {
        self.begin_object(field);
    }

    /// It ends.
    fn end_element(&mut self, field: &Field) {
        self.end_object(field);
    }

    /// From a field of an unknown type on nothing can be parsed: all bytes that are left, its header first. Whatever
    /// is open is ended after this.
    fn undecoded(&mut self, tail: &[u8]);
}

/// How deep objects and arrays stand inside each other at most, as in rippled.
pub const NESTING_MAX: usize = 10;

/// Reads an object (a transaction, its metadata, a ledger entry, or the bytes of an object field) and tells the
/// visitor. What the visitor received before an error is kept.
pub fn decode(
    definitions: &Definitions,
    bytes: &[u8],
    visitor: &mut impl Visitor,
) -> Result<(), Malformed> {
    let mut decoder = Decoder { definitions, reader: SerialReader::new(bytes), visitor };
    decoder.fields(0).map(drop)
}

/// Whether reading can go on.
#[derive(PartialEq, Eq)]
enum Flow {
    /// The object or array ended.
    Ended,
    /// What was left could not be decoded.
    Undecoded,
}

struct Decoder<'d, 'a, 'v, V> {
    definitions: &'d Definitions,
    reader: SerialReader<'a>,
    visitor: &'v mut V,
}

impl<'d, V: Visitor> Decoder<'d, '_, '_, V> {
    /// Reads fields up to the end marker of the object; the outermost one ends with the bytes.
    fn fields(&mut self, depth: usize) -> Result<Flow, Malformed> {
        let mut last = FieldCode::OBJECT_END;
        while depth > 0 || !self.reader.is_at_end() {
            let start = self.reader;
            let at = start.at();
            let code = self.reader.header()?;
            let Some(serialized_type) = SerializedType::of(code.type_code) else {
                self.visitor.undecoded(start.rest());
                return Ok(Flow::Undecoded);
            };
            match code {
                FieldCode::OBJECT_END if depth > 0 => return Ok(Flow::Ended),
                FieldCode::OBJECT_END | FieldCode::ARRAY_END => {
                    return Err(Malformed::Misplaced { at });
                }
                code if code == last => return Err(Malformed::Repeated { at }),
                code => last = code,
            }
            let field = self.field(code);
            let flow = match serialized_type {
                SerializedType::Object => {
                    self.visitor.begin_object(&field);
                    let flow = self.nested(at, depth, Self::fields)?;
                    self.visitor.end_object(&field);
                    flow
                }
                SerializedType::Array => {
                    self.visitor.begin_array(&field);
                    let flow = self.nested(at, depth, Self::elements)?;
                    self.visitor.end_array(&field);
                    flow
                }
                serialized_type => {
                    let value = Value::read(&mut self.reader, serialized_type)?;
                    self.visitor.value(&field, value);
                    Flow::Ended
                }
            };
            if flow == Flow::Undecoded {
                return Ok(flow);
            }
        }
        Ok(Flow::Ended)
    }

    /// Reads elements up to the end marker of the array.
    fn elements(&mut self, depth: usize) -> Result<Flow, Malformed> {
        loop {
            let at = self.reader.at();
            let code = self.reader.header()?;
            match (code, SerializedType::of(code.type_code)) {
                (FieldCode::ARRAY_END, _) => return Ok(Flow::Ended),
                (FieldCode::OBJECT_END, _) => return Err(Malformed::Misplaced { at }),
                (_, Some(SerializedType::Object)) => {}
                _ => return Err(Malformed::Misplaced { at }),
            }
            let field = self.field(code);
            self.visitor.begin_element(&field);
            let flow = self.nested(at, depth, Self::fields)?;
            self.visitor.end_element(&field);
            if flow == Flow::Undecoded {
                return Ok(flow);
            }
        }
    }

    fn nested(
        &mut self,
        at: usize,
        depth: usize,
        read: impl FnOnce(&mut Self, usize) -> Result<Flow, Malformed>,
    ) -> Result<Flow, Malformed> {
        if depth == NESTING_MAX {
            return Err(Malformed::TooDeep { at });
        }
        read(self, depth + 1)
    }

    #[inline]
    fn field(&self, code: FieldCode) -> Cow<'d, Field> {
        self.definitions.field(code).map_or_else(|| Cow::Owned(Field::unknown(code)), Cow::Borrowed)
    }
}
