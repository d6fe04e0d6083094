//! Numbers and durations formatted for people.

use std::time::Duration;

/// `1,234,567`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `0.4`, `37` or `12,345`: a rate, with one decimal while it is small.
pub(crate) fn rate(per_s: f64) -> String {
    if per_s > 0.0 && per_s < 9.95 {
        return format!("{per_s:.1}");
    }
    // A rate is neither negative nor infinite.
    grouped(per_s.round() as u64)
}

/// `45 s`, `2 min 5 s` or `3 h 7 min`: an uptime.
pub(crate) fn duration(duration: Duration) -> String {
    let s = duration.as_secs();
    match s {
        0..60 => format!("{s} s"),
        60..3_600 => format!("{} min {} s", s / 60, s % 60),
        _ => format!("{} h {} min", s / 3_600, s / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_three() {
        let numbers = [0, 12, 999, 1_000, 12_345, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "12", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn a_small_rate_keeps_a_digit() {
        assert_eq!([0.0, 0.25, 9.94, 9.96, 1_234.4].map(rate), ["0", "0.2", "9.9", "10", "1,234"]);
    }

    #[test]
    fn durations_have_suitable_units() {
        assert_eq!(
            [4, 125, 11_220].map(|s| duration(Duration::from_secs(s))),
            ["4 s", "2 min 5 s", "3 h 7 min"]
        );
    }
}
