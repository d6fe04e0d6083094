//! A decimal number of 16 digits, the value of an issued amount.

use std::fmt;
use std::str::FromStr;

use crate::text::{write_decimal, write_signed};

/// `mantissa × 10^exponent`, normalised to 16 digits as an issued amount has it; text as rippled writes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// Zero, or 10^15 to 10^16 - 1 without sign.
    pub mantissa: i64,
    /// -96 to 80; 0 where the mantissa is 0.
    pub exponent: i32,
}

/// Why a text is not such a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// It is not digits with an optional sign, fraction and exponent.
    #[error("not a decimal number")]
    Syntax,
    /// It has more digits than are kept.
    #[error("more than 16 significant digits")]
    Precision,
    /// It is too large or too small.
    #[error("exponent is out of range")]
    Range,
}

const MANTISSA_MIN: u64 = 1_000_000_000_000_000;
const MANTISSA_MAX: u64 = 9_999_999_999_999_999;
const EXPONENT_MIN: i32 = -96;
const EXPONENT_MAX: i32 = 80;
/// What is added to the exponent in the binary form.
const EXPONENT_OFFSET: i32 = 97;
const MANTISSA_BITS: u32 = 54;
const NOT_XRP: u64 = 1 << 63;
const POSITIVE: u64 = 1 << 62;
/// The most digits of an exponent in JSON: enough for any that is in range.
const EXPONENT_DIGITS_MAX: usize = 5;

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { mantissa: 0, exponent: 0 };

    /// From the first eight bytes of an issued amount; `None` if a server would refuse them.
    pub(crate) fn from_bits(bits: u64) -> Option<Self> {
        let mantissa = bits & ((1 << MANTISSA_BITS) - 1);
        if mantissa == 0 {
            return (bits == NOT_XRP).then_some(Self::ZERO);
        }
        let exponent = i32::from((bits >> MANTISSA_BITS) as u8) - EXPONENT_OFFSET;
        let in_range = (MANTISSA_MIN..=MANTISSA_MAX).contains(&mantissa)
            && (EXPONENT_MIN..=EXPONENT_MAX).contains(&exponent);
        let mantissa = mantissa.cast_signed();
        in_range.then_some(Self {
            mantissa: if bits & POSITIVE == 0 { -mantissa } else { mantissa },
            exponent,
        })
    }

    /// The first eight bytes of an issued amount.
    pub(crate) fn to_bits(self) -> u64 {
        if self.mantissa == 0 {
            return NOT_XRP;
        }
        let sign = if self.mantissa < 0 { 0 } else { POSITIVE };
        let exponent =
            u64::try_from(self.exponent + EXPONENT_OFFSET).expect("the exponent is in range");
        NOT_XRP | sign | exponent << MANTISSA_BITS | self.mantissa.unsigned_abs()
    }

    /// Appends the text.
    pub fn write(&self, out: &mut Vec<u8>) {
        write_scaled(self.mantissa < 0, self.mantissa.unsigned_abs(), self.exponent, -25..=-5, out);
    }
}

/// Appends `mantissa × 10^exponent`: plain for an exponent of 0 or in `plain`, otherwise with `e`.
pub(crate) fn write_scaled(
    is_negative: bool,
    mantissa: u64,
    exponent: i32,
    plain: std::ops::RangeInclusive<i32>,
    out: &mut Vec<u8>,
) {
    if is_negative {
        out.push(b'-');
    }
    let start = out.len();
    write_decimal(mantissa, out);
    if mantissa == 0 || exponent == 0 {
        return;
    }
    if !plain.contains(&exponent) {
        out.push(b'e');
        write_signed(exponent.into(), out);
        return;
    }
    let fraction = usize::try_from(-exponent).expect("plain exponents are below zero");
    let digits = out.len() - start;
    if digits <= fraction {
        out.splice(start..start, std::iter::repeat_n(b'0', fraction + 1 - digits));
    }
    let point = out.len() - fraction;
    let zeros = out[point..].iter().rev().take_while(|digit| **digit == b'0').count();
    out.truncate(out.len() - zeros);
    if zeros < fraction {
        out.insert(point, b'.');
    }
}

/// Sign, digits without leading and trailing zeros (at most 20, otherwise [`DecimalError::Precision`]), exponent.
pub(crate) fn parse_scaled(text: &str) -> Result<(bool, u64, i32), DecimalError> {
    let (is_negative, rest) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (number, power) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let power_digits = power.strip_prefix(['-', '+']).unwrap_or(power);
    if !is_digits(whole)
        || !is_digits(fraction)
        || !is_digits(power_digits)
        || whole.len() + fraction.len() == 0
    {
        return Err(DecimalError::Syntax);
    }
    if power_digits.is_empty() || power_digits.len() > EXPONENT_DIGITS_MAX {
        return Err(if power_digits.is_empty() {
            DecimalError::Syntax
        } else {
            DecimalError::Range
        });
    }
    let mut exponent: i32 = power.parse().expect("at most five digits with a sign");
    let digits = whole.bytes().chain(fraction.bytes()).skip_while(|digit| *digit == b'0');
    let count = digits.clone().count();
    let zeros =
        whole.bytes().chain(fraction.bytes()).rev().take_while(|digit| *digit == b'0').count();
    let Some(significant) = count.checked_sub(zeros).filter(|count| *count > 0) else {
        return Ok((is_negative, 0, 0));
    };
    exponent += i32::try_from(zeros).map_err(|_| DecimalError::Range)?;
    exponent -= i32::try_from(fraction.len()).map_err(|_| DecimalError::Range)?;
    let mantissa = digits.take(significant).try_fold(0_u64, |mantissa, digit| {
        mantissa.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    });
    Ok((is_negative, mantissa.ok_or(DecimalError::Precision)?, exponent))
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (is_negative, mut mantissa, mut exponent) = parse_scaled(text)?;
        if mantissa == 0 {
            return Ok(Self::ZERO);
        }
        if mantissa > MANTISSA_MAX {
            return Err(DecimalError::Precision);
        }
        while mantissa < MANTISSA_MIN {
            mantissa *= 10;
            exponent -= 1;
        }
        if !(EXPONENT_MIN..=EXPONENT_MAX).contains(&exponent) {
            return Err(DecimalError::Range);
        }
        let mantissa = mantissa.cast_signed();
        Ok(Self { mantissa: if is_negative { -mantissa } else { mantissa }, exponent })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(44);
        self.write(&mut text);
        formatter.pad(str::from_utf8(&text).expect("a number is ASCII"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_back_as_rippled_writes_it() {
        for text in [
            "0",
            "1",
            "-1",
            "0.5",
            "100.25",
            "9999999999999999",
            "1000000000000000e-2",
            "9999999999999999e80",
            "-1000000000000000e-96",
            "0.0000000001",
            "1000000000000000e-39",
            "11111000.00000001",
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn equal_numbers_have_equal_bits() {
        let bits = |text: &str| text.parse::<Decimal>().unwrap().to_bits();
        assert_eq!(bits("1.0"), bits("1"));
        assert_eq!(bits("1e3"), bits("1000.000"));
        assert_eq!(bits("-0"), bits("0"));
        assert_eq!(bits("1"), 0xD483_8D7E_A4C6_8000);
        assert_eq!(Decimal::from_bits(bits("-2.5")).unwrap().to_string(), "-2.5");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let error = |text: &str| text.parse::<Decimal>().unwrap_err();
        assert_eq!(error("1111111111111111.1"), DecimalError::Precision);
        assert_eq!(error(&format!("9999999999999999{}", "0".repeat(81))), DecimalError::Range);
        assert_eq!(error("1e-82"), DecimalError::Range);
        assert_eq!(error("1e99999"), DecimalError::Range);
        for text in ["", "-", ".", "e5", "1e", "1e+", "1.2.3", "0x1", " 1", "1e5e5", "--1"] {
            assert_eq!(error(text), DecimalError::Syntax, "{text}");
        }
    }

    #[test]
    fn bits_that_a_server_refuses_are_none() {
        for bits in [0, NOT_XRP | POSITIVE, NOT_XRP | 1, NOT_XRP | MANTISSA_MIN, u64::MAX] {
            assert_eq!(Decimal::from_bits(bits), None, "{bits:x}");
        }
    }
}
