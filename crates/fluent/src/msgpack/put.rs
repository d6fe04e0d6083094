//! Single MessagePack values, appended to a buffer.

use std::fmt::Debug;

use rmp::encode;

pub(crate) fn nil(out: &mut Vec<u8>) {
    written(encode::write_nil(out));
}

pub(crate) fn bool(out: &mut Vec<u8>, value: bool) {
    written(encode::write_bool(out, value));
}

pub(crate) fn uint(out: &mut Vec<u8>, value: u64) {
    written(encode::write_uint(out, value));
}

pub(crate) fn int(out: &mut Vec<u8>, value: i64) {
    written(encode::write_sint(out, value));
}

pub(crate) fn float(out: &mut Vec<u8>, value: f64) {
    written(encode::write_f64(out, value));
}

pub(crate) fn str(out: &mut Vec<u8>, value: &str) {
    str_bytes(out, value.as_bytes());
}

/// Text that the other end gave as bytes.
pub(crate) fn str_bytes(out: &mut Vec<u8>, value: &[u8]) {
    str_header(out, length(value.len()));
    out.extend_from_slice(value);
}

pub(crate) fn bin(out: &mut Vec<u8>, value: &[u8]) {
    bin_header(out, length(value.len()));
    out.extend_from_slice(value);
}

pub(crate) fn bin_header(out: &mut Vec<u8>, bytes: u32) {
    written(encode::write_bin_len(out, bytes));
}

pub(crate) fn array_header(out: &mut Vec<u8>, items: u32) {
    written(encode::write_array_len(out, items));
}

pub(crate) fn map_header(out: &mut Vec<u8>, members: u32) {
    written(encode::write_map_len(out, members));
}

/// The header and the eight bytes of an extension of fixed size.
pub(crate) fn ext8(out: &mut Vec<u8>, kind: i8, value: [u8; 8]) {
    written(encode::write_ext_meta(out, 8, kind));
    out.extend_from_slice(&value);
}

fn str_header(out: &mut Vec<u8>, bytes: u32) {
    written(encode::write_str_len(out, bytes));
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("one value stays below 4 GiB")
}

fn written<T, E: Debug>(result: Result<T, E>) {
    result.expect("a vector takes every write");
}
