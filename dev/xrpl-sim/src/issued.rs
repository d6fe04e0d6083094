//! Arithmetic on issued amounts with rippled's rounding: 16 digits, to nearest, ties to even.

use std::cmp::Ordering;

use xrpl_codec::Decimal;

/// No amount.
pub(crate) const ZERO: Decimal = Decimal { mantissa: 0, exponent: 0 };

const MANTISSA_MIN: i128 = 1_000_000_000_000_000;
const MANTISSA_MAX: i128 = 9_999_999_999_999_999;
const EXPONENT_MIN: i32 = -96;
const EXPONENT_MAX: i32 = 80;

/// Exponents further apart than this leave the smaller operand below half of the last digit.
const EXPONENTS_APART_MAX: i32 = 20;

/// `mantissa × 10^exponent`, rounded.
pub(crate) fn rounded(mantissa: i128, exponent: i32) -> Decimal {
    let negative = mantissa < 0;
    let (mut digits, mut exponent) = (mantissa.unsigned_abs(), exponent);
    if digits == 0 {
        return ZERO;
    }
    while digits < MANTISSA_MIN.unsigned_abs() {
        digits *= 10;
        exponent -= 1;
    }
    let mut cut = 0;
    let mut scale = 1_u128;
    while digits / scale > MANTISSA_MAX.unsigned_abs() {
        scale *= 10;
        cut += 1;
    }
    digits = quotient_to_even(digits, scale);
    exponent += cut;
    if digits > MANTISSA_MAX.unsigned_abs() {
        digits /= 10;
        exponent += 1;
    }
    if exponent < EXPONENT_MIN {
        return ZERO;
    }
    assert!(exponent <= EXPONENT_MAX, "recorded amounts do not grow out of range");
    let digits = i64::try_from(digits).expect("16 digits fit");
    Decimal { mantissa: if negative { -digits } else { digits }, exponent }
}

fn quotient_to_even(number: u128, by: u128) -> u128 {
    let (quotient, rest) = (number / by, number % by);
    match (rest * 2).cmp(&by) {
        Ordering::Less => quotient,
        Ordering::Greater => quotient + 1,
        Ordering::Equal => quotient + quotient % 2,
    }
}

/// The same amount on the other side.
pub(crate) fn negated(amount: Decimal) -> Decimal {
    Decimal { mantissa: -amount.mantissa, ..amount }
}

/// Drops as a number of 16 digits.
pub(crate) fn from_drops(drops: i64) -> Decimal {
    rounded(i128::from(drops), 0)
}

/// To whole drops.
pub(crate) fn to_drops(amount: Decimal) -> i64 {
    let magnitude = u128::from(amount.mantissa.unsigned_abs());
    let magnitude = match amount.exponent {
        exponent @ 0.. => magnitude * 10_u128.pow(exponent.unsigned_abs()),
        exponent @ -37..0 => quotient_to_even(magnitude, 10_u128.pow(exponent.unsigned_abs())),
        _ => 0,
    };
    let drops = i64::try_from(magnitude).expect("recorded drops do not grow out of range");
    if amount.mantissa < 0 { -drops } else { drops }
}

/// `a - b`.
pub(crate) fn difference(a: Decimal, b: Decimal) -> Decimal {
    if a == b {
        return ZERO;
    }
    if b.mantissa == 0 {
        return a;
    }
    if a.mantissa == 0 {
        return negated(b);
    }
    match a.exponent - b.exponent {
        apart if apart > EXPONENTS_APART_MAX => a,
        apart if apart < -EXPONENTS_APART_MAX => negated(b),
        apart => {
            let shift = |amount: Decimal, by: i32| {
                i128::from(amount.mantissa) * 10_i128.pow(by.max(0).unsigned_abs())
            };
            rounded(shift(a, apart) - shift(b, -apart), a.exponent.min(b.exponent))
        }
    }
}

/// `a × b`.
pub(crate) fn product(a: Decimal, b: Decimal) -> Decimal {
    rounded(i128::from(a.mantissa) * i128::from(b.mantissa), a.exponent + b.exponent)
}

/// `a ÷ b` for amounts that are not negative: cut to 17 or 18 digits, five added to the last, then rounded, as rippled
/// does it.
pub(crate) fn ratio(a: Decimal, b: Decimal) -> Decimal {
    if a.mantissa == 0 {
        return ZERO;
    }
    let quotient = i128::from(a.mantissa) * 10_i128.pow(17) / i128::from(b.mantissa);
    rounded(quotient + 5, a.exponent - b.exponent - 17)
}

/// Which is more.
pub(crate) fn compare(a: Decimal, b: Decimal) -> Ordering {
    difference(a, b).mantissa.cmp(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_even() {
        let tie = |last: i128| {
            rounded((MANTISSA_MIN + last) * 10 + 5, 0).mantissa - 1_000_000_000_000_000
        };
        assert_eq!([tie(0), tie(1), tie(2), tie(3)], [0, 2, 2, 4]);
        assert_eq!(
            rounded(MANTISSA_MAX * 10 + 9, 0),
            Decimal { mantissa: 1_000_000_000_000_000, exponent: 2 }
        );
    }

    #[test]
    fn drops_survive_the_way_there_and_back() {
        for drops in [0, 1, -7, 89_010_336_946, 9_999_999_999_999_999] {
            assert_eq!(to_drops(from_drops(drops)), drops);
        }
        assert_eq!(to_drops(rounded(25, -1)), 2);
        assert_eq!(to_drops(rounded(35, -1)), 4);
        assert_eq!(to_drops(rounded(1, -60)), 0);
    }

    #[test]
    fn far_apart_operands_leave_the_larger() {
        let (large, small) = (rounded(1, 40), rounded(1, -40));
        assert_eq!(difference(large, small), large);
        assert_eq!(difference(small, large), negated(large));
        assert_eq!(compare(large, small), Ordering::Greater);
        assert_eq!(compare(negated(large), small), Ordering::Less);
        assert_eq!(compare(large, large), Ordering::Equal);
    }

    #[test]
    fn a_transfer_rate_divides_and_multiplies() {
        let rate = rounded(1_002_000_000, -9);
        assert_eq!(ratio(rounded(1_002, 0), rate), rounded(1_000, 0));
        assert_eq!(product(rounded(1_000, 0), rate), rounded(1_002, 0));
    }
}
