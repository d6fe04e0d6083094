//! A field's header, length prefix and value in the binary form.

use xrpl_codec::FieldCode;

/// The types whose values carry their length: blobs, accounts and lists of hashes.
const PREFIXED_TYPES: [i16; 3] = [7, 8, 19];

/// What ends an object and an array.
const OBJECT_END: u8 = 0xE1;
const ARRAY_END: u8 = 0xF1;

/// Appends one field; the value of an object or an array is what precedes its end marker.
pub(crate) fn push_field(bytes: &mut Vec<u8>, code: FieldCode, value: &[u8]) {
    let type_code = u8::try_from(code.type_code).expect("types that are written fit a byte");
    let nth = u8::try_from(code.nth).expect("numbers of fields that are written fit a byte");
    match (type_code < 16, nth < 16) {
        (true, true) => bytes.push(type_code << 4 | nth),
        (true, false) => bytes.extend_from_slice(&[type_code << 4, nth]),
        (false, true) => bytes.extend_from_slice(&[nth, type_code]),
        (false, false) => bytes.extend_from_slice(&[0, type_code, nth]),
    }
    if PREFIXED_TYPES.contains(&code.type_code) {
        push_length(bytes, value.len());
    }
    bytes.extend_from_slice(value);
    match code.type_code {
        14 => bytes.push(OBJECT_END),
        15 => bytes.push(ARRAY_END),
        _ => {}
    }
}

/// The length prefix of a value of up to 12,480 bytes.
fn push_length(bytes: &mut Vec<u8>, length: usize) {
    let low = |number: usize| u8::try_from(number & 0xFF).expect("eight bits fit a byte");
    match length {
        0..193 => bytes.push(low(length)),
        193..12_481 => {
            bytes.extend_from_slice(&[low(193 + ((length - 193) >> 8)), low(length - 193)]);
        }
        _ => unreachable!("no field written here is longer than 12,480 bytes"),
    }
}
