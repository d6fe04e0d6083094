//! The protocol's `Number`: up to 19 digits and a wide exponent.

use std::fmt;
use std::str::FromStr;

use crate::DecimalError;
use crate::decimal::{parse_scaled, write_scaled};

/// `mantissa × 10^exponent` as in the binary form; text as rippled writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number {
    /// The digits with sign.
    pub mantissa: i64,
    /// The power of ten; `i32::MIN` where the mantissa is 0.
    pub exponent: i32,
}

const MANTISSA_MIN: u64 = 1_000_000_000_000_000_000;
const EXPONENT_MIN: i32 = -32_768;
const EXPONENT_MAX: i32 = 32_768;

impl Number {
    /// Zero, as servers write it.
    pub const ZERO: Self = Self { mantissa: 0, exponent: i32::MIN };

    /// Appends the text.
    pub fn write(&self, out: &mut Vec<u8>) {
        let (mut mantissa, mut exponent) = (self.mantissa.unsigned_abs(), self.exponent);
        if mantissa == 0 {
            out.push(b'0');
            return;
        }
        while mantissa < MANTISSA_MIN && exponent > EXPONENT_MIN {
            mantissa *= 10;
            exponent -= 1;
        }
        let plain = -28..=-8;
        if exponent != 0 && !plain.contains(&exponent) {
            while mantissa.is_multiple_of(10) && exponent < EXPONENT_MAX {
                mantissa /= 10;
                exponent += 1;
            }
            // The shortened digits keep their exponent, even if it is now one of the plain ones.
            write_scaled(self.mantissa < 0, mantissa, 0, 0..=0, out);
            out.push(b'e');
            crate::text::write_signed(exponent.into(), out);
            return;
        }
        write_scaled(self.mantissa < 0, mantissa, exponent, plain, out);
    }
}

impl FromStr for Number {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (is_negative, mut mantissa, mut exponent) = parse_scaled(text)?;
        if mantissa == 0 {
            return Ok(Self::ZERO);
        }
        while mantissa < MANTISSA_MIN {
            mantissa *= 10;
            exponent -= 1;
        }
        if mantissa > i64::MAX.unsigned_abs() {
            if !mantissa.is_multiple_of(10) {
                return Err(DecimalError::Precision);
            }
            mantissa /= 10;
            exponent += 1;
        }
        if !(EXPONENT_MIN..=EXPONENT_MAX).contains(&exponent) {
            return Err(DecimalError::Range);
        }
        let mantissa = mantissa.cast_signed();
        Ok(Self { mantissa: if is_negative { -mantissa } else { mantissa }, exponent })
    }
}

impl fmt::Display for Number {
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
    fn text_comes_back() {
        let texts =
            ["0", "1", "-1000", "0.5", "1e-40", "123e50", "9223372036854775807", "-9.5", "1e32768"];
        for text in texts {
            assert_eq!(text.parse::<Number>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn sixteen_digits_read_like_nineteen() {
        let short = Number { mantissa: 1_500_000_000_000_000, exponent: -15 };
        assert_eq!(short.to_string(), "1.5");
        assert_eq!(
            "1.5".parse(),
            Ok(Number { mantissa: 1_500_000_000_000_000_000, exponent: -18 })
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!("9223372036854775809".parse::<Number>(), Err(DecimalError::Precision));
        assert_eq!("1e9999999".parse::<Number>(), Err(DecimalError::Range));
        assert_eq!("one".parse::<Number>(), Err(DecimalError::Syntax));
    }
}
