//! What one process may ask of what a server grants to all of them.

use std::fmt;
use std::str::FromStr;

/// Requests a second that servers grant, and among how many processes they are divided: `200/8`.
///
/// Servers count by address, so that everything behind one address shares what they grant: flows, replicas and lanes. Each
/// process is told the same total and how many parts it is cut into, and no process has to know of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestShare {
    granted_per_s: f64,
    parts: u32,
}

/// Why a text is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not requests a second, such as 20, or a part of them, such as 200/8")]
pub struct BadRequestShare;

impl RequestShare {
    /// No part is smaller, in requests a second: a flow could never get anywhere.
    const PER_S_MIN: f64 = 0.01;

    /// What this process may ask each server, in requests a second.
    pub fn per_s(self) -> f64 {
        self.granted_per_s / f64::from(self.parts)
    }
}

impl FromStr for RequestShare {
    type Err = BadRequestShare;

    fn from_str(text: &str) -> Result<Self, BadRequestShare> {
        let (granted, parts) = text.split_once('/').unwrap_or((text, "1"));
        let granted_per_s: f64 = granted.trim().parse().map_err(|_| BadRequestShare)?;
        let parts: u32 = parts.trim().parse().map_err(|_| BadRequestShare)?;
        let share = Self { granted_per_s, parts };
        let is_sound = parts > 0 && granted_per_s.is_finite() && share.per_s() >= Self::PER_S_MIN;
        is_sound.then_some(share).ok_or(BadRequestShare)
    }
}

impl fmt::Display for RequestShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.granted_per_s, self.parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_number_or_a_part_of_one() {
        for (text, per_s) in [("20", 20.0), ("200/8", 25.0), ("0.5", 0.5), (" 12.5 / 5 ", 2.5)] {
            let share: RequestShare = text.parse().unwrap();
            assert!((share.per_s() - per_s).abs() < 1e-9, "{text}");
        }
    }

    #[test]
    fn what_could_never_work_is_refused() {
        for text in ["", "0", "-1", "NaN", "inf", "20/0", "20/x", "1/2/3", "1/1000", "fast"] {
            assert_eq!(text.parse::<RequestShare>(), Err(BadRequestShare), "{text}");
        }
    }
}
