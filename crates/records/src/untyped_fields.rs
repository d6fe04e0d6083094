//! The untyped fields of one record, collected while the record is written.

use std::ops::Range;

use schemas::UntypedField;

use crate::{datum, path};

/// Fields that the table of paths lacks, or whose type it forbids, collected while a record is written.
#[derive(Debug, Clone, Default)]
pub struct UntypedFields {
    /// The path at which the writer is.
    pub(crate) path: String,
    text: String,
    values: Vec<StoredValue>,
    json: Vec<u8>,
}

#[derive(Debug, Clone)]
struct StoredValue {
    path: Range<usize>,
    kind: &'static str,
    json: Range<usize>,
}

/// The value of an untyped field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UntypedValue<'k> {
    /// Its path in the JSON of API version 1, with the indexes of arrays.
    pub path: &'k str,
    /// `amount`, or the JSON type: `string`, `int`, `float`, `bool`, `null`, `object`, `array`.
    pub kind: &'static str,
    /// The value as JSON text.
    pub json: &'k str,
}

impl UntypedFields {
    pub(crate) fn clear(&mut self) {
        self.path.clear();
        self.text.clear();
        self.values.clear();
    }

    /// Whether every value had a typed field.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values; sorted by path once the record is written.
    pub fn values(&self) -> impl Iterator<Item = UntypedValue<'_>> {
        self.values.iter().map(|stored| UntypedValue {
            path: &self.text[stored.path.clone()],
            kind: stored.kind,
            json: &self.text[stored.json.clone()],
        })
    }

    /// Adds the value of a member of the current object. `kind` is `amount`, or the type follows from the JSON.
    pub(crate) fn member(
        &mut self,
        name: &str,
        kind: Option<&'static str>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let end = self.path.len();
        path::push_name(&mut self.path, name);
        self.here(kind, write);
        self.path.truncate(end);
    }

    /// Adds a value at the current path.
    pub(crate) fn here(&mut self, kind: Option<&'static str>, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.text.len();
        self.text.push_str(&self.path);
        let middle = self.text.len();
        self.json.clear();
        write(&mut self.json);
        self.text.push_str(std::str::from_utf8(&self.json).expect("JSON is text"));
        let json = middle..self.text.len();
        let kind = kind.unwrap_or_else(|| json_type(&self.text[json.clone()]));
        self.values.push(StoredValue { path: start..middle, kind, json });
    }

    /// Replaces all by the untyped fields of a record.
    pub(crate) fn set(&mut self, fields: &[UntypedField<'_>]) {
        self.clear();
        for field in fields {
            self.path.push_str(&field.path);
            let kind = (field.kind == "amount").then_some("amount");
            self.here(kind, |json| json.extend_from_slice(field.json.as_bytes()));
            self.path.clear();
        }
    }

    /// Appends the Avro array `untyped`.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>) {
        let text = &self.text;
        self.values.sort_by(|one, other| text[one.path.clone()].cmp(&text[other.path.clone()]));
        let at = datum::reserve(out);
        for value in self.values() {
            for text in [value.path, value.kind, value.json] {
                datum::bytes(text.as_bytes(), out);
            }
        }
        datum::end_array(at, self.values.len(), out);
    }
}

/// The JSON type of a value, from its text.
pub(crate) fn json_type(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'"') => "string",
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b't' | b'f') => "bool",
        Some(b'n') => "null",
        _ if json.contains(['.', 'e', 'E']) => "float",
        _ => "int",
    }
}
