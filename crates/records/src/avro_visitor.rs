//! A visitor of the binary decoder that writes Avro: typed fields as they are decoded, all others as untyped fields.

use xrpl_codec::json::{UNDECODED, write_value_json};
use xrpl_codec::{Definitions, Field, FieldCode, Value, Visitor};

use crate::datum::{self, NULL, SOME};
use crate::layout::{Layout, LayoutField};
use crate::untyped_fields::UntypedFields;
use crate::{path, scalars};
use schemas::Form;

/// Writes one record of the table of paths as its fields are decoded, and collects the fields that it has no place for.
pub(crate) struct AvroVisitor<'r> {
    definitions: &'r Definitions,
    out: &'r mut Vec<u8>,
    untyped: &'r mut UntypedFields,
    frames: Vec<Frame>,
}

/// An object or array that is being decoded. `path` is the length of the path outside of it.
enum Frame {
    /// A record of the table, whose fields before `next` are written.
    Fields { layout: &'static Layout, next: usize, path: usize },
    /// An array of the table whose elements have this layout; room for the count is at `at`.
    Elements { layout: &'static Layout, at: usize, count: usize, path: usize },
    /// An object or array that the table lacks, with the number of members or elements so far.
    Untyped { is_array: bool, count: usize, path: usize },
}

impl<'r> AvroVisitor<'r> {
    /// A visitor that writes the fields of `layout`, at the path where `untyped` is.
    pub(crate) fn new(
        definitions: &'r Definitions,
        layout: &'static Layout,
        out: &'r mut Vec<u8>,
        untyped: &'r mut UntypedFields,
    ) -> Self {
        let frames = vec![Frame::Fields { layout, next: 0, path: untyped.path.len() }];
        Self { definitions, out, untyped, frames }
    }

    /// Ends the record before the field with this name; the caller writes that field and those after it.
    pub(crate) fn end_before(mut self, name: &str) {
        let Some(Frame::Fields { layout, next, .. }) = self.frames.pop() else {
            unreachable!("what was begun was ended");
        };
        let end = layout.fields.iter().position(|field| field.slot.name == name);
        let end = end.expect("the table has it");
        self.out.resize(self.out.len() + end.saturating_sub(next), NULL);
    }

    /// The field of the current record that has this code, if it is not written yet; fields before it are written as null.
    #[inline]
    fn field(&mut self, code: FieldCode) -> Option<&'static LayoutField> {
        let Some(Frame::Fields { layout, next, .. }) = self.frames.last_mut() else { return None };
        let layout: &'static Layout = layout;
        while let Some(field) = layout.fields.get(*next) {
            if field.code >= code {
                return Some(field).filter(|field| field.code == code);
            }
            self.out.push(NULL);
            *next += 1;
        }
        None
    }

    /// Advances behind the current field.
    #[inline]
    fn advance(&mut self) {
        if let Some(Frame::Fields { next, .. }) = self.frames.last_mut() {
            *next += 1;
        }
    }

    /// Counts a member or element of the current untyped object or array.
    fn count_untyped(&mut self) {
        if let Some(Frame::Untyped { count, .. }) = self.frames.last_mut() {
            *count += 1;
        }
    }

    fn begin(&mut self, field: &Field, form: Form) {
        let path = self.untyped.path.len();
        let laid = self.field(field.code).filter(|laid| laid.slot.form == form);
        path::push_name(&mut self.untyped.path, &field.name);
        let inner = laid.and_then(|laid| laid.inner.as_ref());
        let Some(layout) = inner else {
            self.count_untyped();
            let is_array = form == Form::Array;
            return self.frames.push(Frame::Untyped { is_array, count: 0, path });
        };
        self.advance();
        self.out.push(SOME);
        self.frames.push(if form == Form::Array {
            Frame::Elements { layout, at: datum::reserve(self.out), count: 0, path }
        } else {
            Frame::Fields { layout, next: 0, path }
        });
    }

    fn end(&mut self) {
        let path = match self.frames.pop().expect("what ends was begun") {
            Frame::Fields { layout, next, path } => {
                self.out.resize(self.out.len() + layout.fields.len() - next, NULL);
                path
            }
            Frame::Elements { at, count, path, .. } => {
                datum::end_array(at, count, self.out);
                path
            }
            Frame::Untyped { is_array, count, path } => {
                if count == 0 {
                    let empty: &[u8] = if is_array { b"[]" } else { b"{}" };
                    self.untyped.here(None, |json| json.extend_from_slice(empty));
                }
                path
            }
        };
        self.untyped.path.truncate(path);
    }
}

impl Visitor for AvroVisitor<'_> {
    #[inline]
    fn value(&mut self, field: &Field, value: Value<'_>) {
        let definitions = self.definitions;
        if let Some(laid) = self.field(field.code)
            && scalars::write(definitions, laid.slot, field, value, self.out, self.untyped)
        {
            return self.advance();
        }
        self.count_untyped();
        let kind = matches!(value, Value::Amount(_)).then_some("amount");
        self.untyped.member(&field.name, kind, |json| {
            write_value_json(definitions, field, value, json);
        });
    }

    fn begin_object(&mut self, field: &Field) {
        self.begin(field, Form::Object);
    }

    fn end_object(&mut self, _field: &Field) {
        self.end();
    }

    fn begin_array(&mut self, field: &Field) {
        self.begin(field, Form::Array);
    }

    fn end_array(&mut self, _field: &Field) {
        self.end();
    }

    /// An element is an object with one member, the element's own object.
    fn begin_element(&mut self, field: &Field) {
        let path = self.untyped.path.len();
        let (at, outer) = match self.frames.last_mut() {
            Some(Frame::Elements { layout, count, .. }) => {
                *count += 1;
                (*count - 1, Frame::Fields { layout, next: 0, path })
            }
            Some(Frame::Untyped { count, .. }) => {
                *count += 1;
                (*count - 1, Frame::Untyped { is_array: false, count: 0, path })
            }
            Some(Frame::Fields { .. }) | None => unreachable!("elements lie in arrays"),
        };
        path::push_index(&mut self.untyped.path, at);
        self.frames.push(outer);
        self.begin(field, Form::Object);
    }

    fn end_element(&mut self, _field: &Field) {
        self.end();
        self.end();
    }

    fn undecoded(&mut self, tail: &[u8]) {
        self.count_untyped();
        self.untyped.member(UNDECODED, None, |json| {
            json.push(b'"');
            for byte in tail {
                json.extend_from_slice(format!("{byte:02X}").as_bytes());
            }
            json.push(b'"');
        });
    }
}
