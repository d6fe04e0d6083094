//! The share of one process in the requests that a server grants to an address.

use std::fmt;
use std::str::FromStr;

/// Requests a second that servers grant, divided by a number of processes: `200/8`.
///
/// Servers count by address, so that everything behind one address shares what they grant: flows, replicas and lanes. Each
/// process is configured with the same total and the same number of parts, and no process has to know of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestShare {
    granted_per_s: f64,
    parts: u32,
}

/// The text is not a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not requests a second, such as 20, or a part of them, such as 200/8")]
pub struct InvalidRequestShare;

impl RequestShare {
    /// The smallest part, in requests a second. With less a flow could never keep up.
    const PER_S_MIN: f64 = 0.01;

    /// The part of this process, in requests a second.
    pub fn per_s(self) -> f64 {
        self.granted_per_s / f64::from(self.parts)
    }
}

impl FromStr for RequestShare {
    type Err = InvalidRequestShare;

    fn from_str(text: &str) -> Result<Self, InvalidRequestShare> {
        let (granted, parts) = text.split_once('/').unwrap_or((text, "1"));
        let granted_per_s: f64 = granted.trim().parse().map_err(|_| InvalidRequestShare)?;
        let parts: u32 = parts.trim().parse().map_err(|_| InvalidRequestShare)?;
        let share = Self { granted_per_s, parts };
        let is_sound = parts > 0 && granted_per_s.is_finite() && share.per_s() >= Self::PER_S_MIN;
        is_sound.then_some(share).ok_or(InvalidRequestShare)
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
    fn a_share_that_could_never_work_is_refused() {
        for text in ["", "0", "-1", "NaN", "inf", "20/0", "20/x", "1/2/3", "1/1000", "fast"] {
            assert_eq!(text.parse::<RequestShare>(), Err(InvalidRequestShare), "{text}");
        }
    }
}
