//! Objects of the ledger as JSON.

use super::value::{write_key, write_quoted_hex, write_value};
use super::{UNDECODED, Unknown};
use crate::derived::{MPT_ISSUANCE, PAYMENT, mpt_id};
use crate::{Definitions, Field, FieldCode, Fields, Hash256, Malformed, Value, Visitor, decode};

use super::ApiVersion;

/// Writes the fields of any object (metadata, a ledger entry, the bytes of an object field) without anything derived.
pub fn write_object_json(
    definitions: &Definitions,
    bytes: &[u8],
    out: &mut Vec<u8>,
) -> Result<Unknown, Malformed> {
    out.push(b'{');
    let unknown = write_members(definitions, bytes, None, out)?;
    end(b'}', out);
    Ok(unknown)
}

/// Writes a ledger entry as `ledger_data` and `ledger_entry` do, with its `index`.
pub fn write_entry_json(
    definitions: &Definitions,
    index: Hash256,
    data: &[u8],
    out: &mut Vec<u8>,
) -> Result<Unknown, Malformed> {
    out.push(b'{');
    let unknown = write_members(definitions, data, None, out)?;
    write_key("index", out);
    write_quoted_hex(&index.0, out);
    let entry_type = Fields::new(data).find_field(FieldCode::LEDGER_ENTRY_TYPE)?;
    if entry_type.and_then(|field| field.u16()) == Some(MPT_ISSUANCE)
        && let Some(id) = mpt_id(data)?
    {
        out.push(b',');
        write_key("mpt_issuance_id", out);
        write_quoted_hex(&id.0, out);
    }
    out.push(b'}');
    Ok(unknown)
}

/// Writes the members of an object, each with a comma after it. With `payments` a Payment's `Amount` is written as this
/// version of the API does.
pub(super) fn write_members(
    definitions: &Definitions,
    bytes: &[u8],
    payments: Option<ApiVersion>,
    out: &mut Vec<u8>,
) -> Result<Unknown, Malformed> {
    let mut writer =
        ObjectWriter { definitions, out, unknown: Unknown::default(), depth: 0, payments };
    decode(definitions, bytes, &mut writer)?;
    Ok(writer.unknown)
}

/// Ends an object or array whose last member has a comma after it.
#[inline]
pub(super) fn end(bracket: u8, out: &mut Vec<u8>) {
    match out.last_mut() {
        Some(comma @ b',') => *comma = bracket,
        _ => out.push(bracket),
    }
}

struct ObjectWriter<'d, 'o> {
    definitions: &'d Definitions,
    out: &'o mut Vec<u8>,
    unknown: Unknown,
    depth: usize,
    payments: Option<ApiVersion>,
}

impl ObjectWriter<'_, '_> {
    #[inline]
    fn key(&mut self, field: &Field) {
        self.unknown.fields += u32::from(!field.is_known);
        write_key(&field.name, self.out);
    }

    fn begin(&mut self, field: &Field, bracket: u8) {
        self.key(field);
        self.out.push(bracket);
        self.depth += 1;
    }

    fn end(&mut self, bracket: u8) {
        end(bracket, self.out);
        self.out.push(b',');
        self.depth -= 1;
    }
}

impl Visitor for ObjectWriter<'_, '_> {
    #[inline]
    fn value(&mut self, field: &Field, value: Value<'_>) {
        if self.depth == 0
            && let Some(api) = self.payments
        {
            match (field.code, value) {
                (FieldCode::TRANSACTION_TYPE, Value::UInt16(code)) if code != PAYMENT => {
                    self.payments = None;
                }
                (FieldCode::AMOUNT, _) => {
                    write_key("DeliverMax", self.out);
                    write_value(self.definitions, field, value, self.out);
                    self.out.push(b',');
                    if api == ApiVersion::V2 {
                        return;
                    }
                }
                _ => {}
            }
        }
        self.key(field);
        self.unknown.codes += u32::from(write_value(self.definitions, field, value, self.out));
        self.out.push(b',');
    }

    fn begin_object(&mut self, field: &Field) {
        self.begin(field, b'{');
    }

    fn end_object(&mut self, _field: &Field) {
        self.end(b'}');
    }

    fn begin_array(&mut self, field: &Field) {
        self.begin(field, b'[');
    }

    fn end_array(&mut self, _field: &Field) {
        self.end(b']');
    }

    fn begin_element(&mut self, field: &Field) {
        self.out.push(b'{');
        self.begin(field, b'{');
    }

    fn end_element(&mut self, _field: &Field) {
        end(b'}', self.out);
        self.end(b'}');
    }

    fn undecoded(&mut self, tail: &[u8]) {
        self.unknown.tails += 1;
        write_key(UNDECODED, self.out);
        write_quoted_hex(tail, self.out);
        self.out.push(b',');
    }
}
