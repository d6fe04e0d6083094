//! The records of the table of paths with the field codes of the binary form.

use std::sync::OnceLock;

use schemas::{Shape, Slot, transaction_shape};
use xrpl_codec::{Definitions, FieldCode};

/// A record of the table; fields ascend by code.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) fields: Vec<LayoutField>,
}

/// A field, with the record that it is or that its elements are.
#[derive(Debug)]
pub(crate) struct LayoutField {
    pub(crate) code: FieldCode,
    pub(crate) slot: &'static Slot,
    pub(crate) inner: Option<Layout>,
}

/// The code of fields that the binary form lacks; they stand behind all others.
const NOT_IN_BINARY: FieldCode = FieldCode::new(i16::MAX, 0);

/// The layout of a transaction with its metadata.
pub(crate) fn transaction() -> &'static Layout {
    static LAYOUT: OnceLock<Layout> = OnceLock::new();
    LAYOUT.get_or_init(|| Layout::new(transaction_shape()))
}

impl Layout {
    fn new(shape: &'static Shape) -> Self {
        let fields: Vec<LayoutField> = shape.slots.iter().map(LayoutField::new).collect();
        debug_assert!(fields.is_sorted_by_key(|field| field.code), "{} is in order", shape.name);
        Self { fields }
    }

    /// The field with this name, and its layout.
    pub(crate) fn inner(&self, name: &str) -> &Self {
        let field = self.fields.iter().find(|field| field.slot.name == name);
        field.and_then(|field| field.inner.as_ref()).expect("the table has it")
    }
}

impl LayoutField {
    fn new(slot: &'static Slot) -> Self {
        let field = Definitions::builtin().field_named(slot.name);
        let code = field.filter(|field| field.is_serialized).map_or(NOT_IN_BINARY, |it| it.code);
        Self { code, slot, inner: slot.shape.as_ref().map(Layout::new) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_in_order(layout: &Layout) {
        assert!(layout.fields.is_sorted_by_key(|field| field.code));
        layout.fields.iter().filter_map(|field| field.inner.as_ref()).for_each(assert_in_order);
    }

    #[test]
    fn fields_are_in_the_order_of_the_binary_form() {
        assert_in_order(transaction());
    }
}
