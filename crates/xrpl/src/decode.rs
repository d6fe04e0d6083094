//! Decoding straight from bytes, by a visitor.

use crate::{Definitions, Field, Malformed, Value};

/// Is told what stands in the bytes, in their order.
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

/// Reads an object (a transaction, its metadata, a ledger entry) and tells the visitor.
pub fn decode(
    definitions: &Definitions,
    bytes: &[u8],
    visitor: &mut impl Visitor,
) -> Result<(), Malformed> {
    let _ = (definitions, bytes, visitor);
    unimplemented!()
}
