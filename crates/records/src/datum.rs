//! Avro's binary encoding, appended to a buffer (Avro specification, "Binary Encoding").

/// The branch of a nullable field that is null.
pub(crate) const NULL: u8 = 0;
/// The branch of a nullable field that holds its value.
pub(crate) const SOME: u8 = 2;
/// Lengths and counts below this take one byte.
const ONE_BYTE: usize = 64;

/// Appends a long.
#[inline]
pub(crate) fn long(number: i64, out: &mut Vec<u8>) {
    let mut rest = (number << 1 ^ number >> 63).cast_unsigned();
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Appends bytes behind their length.
#[inline]
pub(crate) fn bytes(bytes: &[u8], out: &mut Vec<u8>) {
    long(length(bytes.len()), out);
    out.extend_from_slice(bytes);
}

/// Appends what `write` writes, preceded by its length.
#[inline]
pub(crate) fn written(write: impl FnOnce(&mut Vec<u8>), out: &mut Vec<u8>) {
    let at = reserve(out);
    write(out);
    let length = out.len() - at - 1;
    fill(at, length, out);
}

/// Reserves one byte for a length or count, which most often suffices.
#[inline]
pub(crate) fn reserve(out: &mut Vec<u8>) -> usize {
    out.push(0);
    out.len() - 1
}

/// Writes a length or count into its reserved byte; moves what follows if it needs more.
#[inline]
pub(crate) fn fill(at: usize, count: usize, out: &mut Vec<u8>) {
    if count < ONE_BYTE {
        out[at] = (count << 1) as u8;
        return;
    }
    let mut encoded = Vec::with_capacity(4);
    long(length(count), &mut encoded);
    out.splice(at..=at, encoded);
}

/// Ends an array of `count` items whose count has a reserved byte.
#[inline]
pub(crate) fn end_array(at: usize, count: usize, out: &mut Vec<u8>) {
    if count > 0 {
        fill(at, count, out);
        out.push(0);
    }
}

fn length(length: usize) -> i64 {
    i64::try_from(length).expect("what fits in memory fits")
}
