//! What is kept beside the typed fields of one record.

use std::ops::Range;

use crate::{datum, path};

/// Values that the table of paths lacks or forbids, gathered while a record is written.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Where the writer stands.
    pub(crate) path: String,
    text: String,
    values: Vec<Entry>,
    json: Vec<u8>,
}

#[derive(Debug, Clone)]
struct Entry {
    path: Range<usize>,
    kind: &'static str,
    json: Range<usize>,
}

/// A value that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptValue<'k> {
    /// Its path, with indexes.
    pub path: &'k str,
    /// `amount`, or the type of the JSON.
    pub kind: &'static str,
    /// The value.
    pub json: &'k str,
}

impl Kept {
    pub(crate) fn clear(&mut self) {
        self.path.clear();
        self.text.clear();
        self.values.clear();
    }

    /// Whether everything had a field.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values, in the order of their paths once the record is written.
    pub fn values(&self) -> impl Iterator<Item = KeptValue<'_>> {
        self.values.iter().map(|entry| KeptValue {
            path: &self.text[entry.path.clone()],
            kind: entry.kind,
            json: &self.text[entry.json.clone()],
        })
    }

    /// Keeps the value of a member of the object at hand. `kind` is `amount`, or the type follows from the JSON.
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

    /// Keeps a value where the writer stands.
    pub(crate) fn here(&mut self, kind: Option<&'static str>, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.text.len();
        self.text.push_str(&self.path);
        let middle = self.text.len();
        self.json.clear();
        write(&mut self.json);
        self.text.push_str(std::str::from_utf8(&self.json).expect("JSON is text"));
        let json = middle..self.text.len();
        let kind = kind.unwrap_or_else(|| json_type(&self.text[json.clone()]));
        self.values.push(Entry { path: start..middle, kind, json });
    }

    /// Appends the array of what was kept.
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

/// The type of a value by its text in JSON.
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
