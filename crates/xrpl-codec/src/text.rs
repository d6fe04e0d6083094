//! Numbers and bytes as text, appended to a buffer.

/// Appends upper-case hex.
#[inline]
pub(crate) fn write_hex(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + 2 * bytes.len(), 0);
    faster_hex::hex_encode_upper(bytes, &mut out[start..])
        .expect("the buffer holds two digits a byte");
}

/// Appends a number in decimal.
#[inline]
pub(crate) fn write_decimal(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// Appends a number in decimal, with a minus sign if it is negative.
#[inline]
pub(crate) fn write_signed(number: i64, out: &mut Vec<u8>) {
    if number < 0 {
        out.push(b'-');
    }
    write_decimal(number.unsigned_abs(), out);
}

/// Appends a number in lower-case hex without leading zeros, as a server writes a 64-bit number.
#[inline]
pub(crate) fn write_short_hex(number: u64, out: &mut Vec<u8>) {
    let digits = (u64::BITS - number.leading_zeros()).div_ceil(4).max(1);
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(number >> (4 * digit) & 0xF) as usize]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_read_as_the_standard_library_writes_them() {
        for number in [0, 1, 9, 10, 255, 256, 4_294_967_295, u64::MAX / 10, u64::MAX] {
            assert_eq!(text(|out| write_decimal(number, out)), number.to_string());
            assert_eq!(text(|out| write_short_hex(number, out)), format!("{number:x}"));
        }
        for number in [i64::MIN, -1, 0, i64::MAX] {
            assert_eq!(text(|out| write_signed(number, out)), number.to_string());
        }
        assert_eq!(text(|out| write_hex(&[0x0A, 0xFF], out)), "0AFF");
    }
}
