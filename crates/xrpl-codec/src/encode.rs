//! From JSON to the binary form.

mod error;
mod members;
mod paths;
mod value;

use serde_json::{Map, Value as Json};

pub use error::EncodeError;
use members::{Member, members};

use crate::{Definitions, Field, FieldCode, NESTING_MAX, SerializedType};

/// The binary form of a transaction, of metadata or of a ledger entry.
///
/// Reads what rippled writes in API v1 and v2 (`DeliverMax`), both spellings of 64-bit numbers, X-addresses, and what
/// [`crate::json`] writes for unknown fields. Names that a server adds beside the fields are left out: those that the
/// definitions call not serialized and those in lower case (`hash`, `metaData`, `delivered_amount` and so on). Other
/// unknown names are refused. Every value that [`crate::decode()`] reads is written, also one that no server would accept in a new
/// transaction, such as an amount below zero or of more drops than there are: a ledger has one binary form, whichever form it came in.
pub fn encode(definitions: &Definitions, json: &Json) -> Result<Vec<u8>, EncodeError> {
    let object = json.as_object().ok_or_else(|| EncodeError::new("not an object"))?;
    let mut out = Vec::new();
    Encoder { definitions }.object(object, 0, &mut out)?;
    Ok(out)
}

/// Whether anything can follow.
#[derive(PartialEq, Eq)]
enum Flow {
    Open,
    /// Undecoded bytes were written, which hold the rest of all that is open.
    Closed,
}

struct Encoder<'d> {
    definitions: &'d Definitions,
}

impl Encoder<'_> {
    /// The fields of an object, without an end marker.
    fn object(
        &self,
        object: &Map<String, Json>,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<Flow, EncodeError> {
        let (members, undecoded) = members(self.definitions, object)?;
        let mut flow = Flow::Open;
        for Member { field, json } in &members {
            if flow == Flow::Closed {
                return Err(EncodeError::new("is behind undecoded bytes").within(&field.name));
            }
            write_header(field.code, out);
            flow =
                self.member(field, json, depth, out).map_err(|error| error.within(&field.name))?;
        }
        match undecoded {
            Some(_) if flow == Flow::Closed => {
                Err(EncodeError::new("undecoded bytes are there twice"))
            }
            Some(tail) => {
                out.extend_from_slice(&tail);
                Ok(Flow::Closed)
            }
            None => Ok(flow),
        }
    }

    fn member(
        &self,
        field: &Field,
        json: &Json,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<Flow, EncodeError> {
        let serialized_type = field
            .serialized_type
            .ok_or_else(|| EncodeError::new("is of a type that cannot be written"))?;
        match serialized_type {
            SerializedType::Object | SerializedType::Array if depth == NESTING_MAX => {
                Err(EncodeError::new("is nested too deeply"))
            }
            SerializedType::Object => {
                let object = json.as_object().ok_or_else(|| EncodeError::new("not an object"))?;
                let flow = self.object(object, depth + 1, out)?;
                end(flow, FieldCode::OBJECT_END, out)
            }
            SerializedType::Array => {
                let flow = self.elements(json, depth + 1, out)?;
                end(flow, FieldCode::ARRAY_END, out)
            }
            serialized_type => {
                self.value(field, serialized_type, json, out)?;
                Ok(Flow::Open)
            }
        }
    }

    /// The elements of an array, each an object with one member that is an object.
    fn elements(&self, json: &Json, depth: usize, out: &mut Vec<u8>) -> Result<Flow, EncodeError> {
        let elements = json.as_array().ok_or_else(|| EncodeError::new("not an array"))?;
        let mut flow = Flow::Open;
        for (at, element) in elements.iter().enumerate() {
            if flow == Flow::Closed {
                return Err(EncodeError::new("is behind undecoded bytes").at(at));
            }
            flow = self.element(element, depth, out).map_err(|error| error.at(at))?;
        }
        Ok(flow)
    }

    fn element(
        &self,
        element: &Json,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<Flow, EncodeError> {
        let object = element.as_object().filter(|object| object.len() == 1);
        let (members, undecoded) = members(
            self.definitions,
            object.ok_or_else(|| EncodeError::new("not an object with one member"))?,
        )?;
        match (members.as_slice(), undecoded) {
            ([Member { field, json }], None)
                if field.serialized_type == Some(SerializedType::Object) =>
            {
                write_header(field.code, out);
                self.member(field, json, depth, out).map_err(|error| error.within(&field.name))
            }
            _ => Err(EncodeError::new("not an object with one member that is an object")),
        }
    }
}

fn end(flow: Flow, marker: FieldCode, out: &mut Vec<u8>) -> Result<Flow, EncodeError> {
    if flow == Flow::Open {
        write_header(marker, out);
    }
    Ok(flow)
}

fn write_header(code: FieldCode, out: &mut Vec<u8>) {
    let byte = |number: i16| u8::try_from(number).expect("numbers of serialized fields fit a byte");
    match (byte(code.type_code), byte(code.nth)) {
        (type_code @ 0..16, nth @ 0..16) => out.push(type_code << 4 | nth),
        (type_code @ 0..16, nth) => out.extend([type_code << 4, nth]),
        (type_code, nth @ 0..16) => out.extend([nth, type_code]),
        (type_code, nth) => out.extend([0, type_code, nth]),
    }
}
