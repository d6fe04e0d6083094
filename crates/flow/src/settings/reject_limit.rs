//! The limit of rejects: `--rejects-max`.

use std::fmt;
use std::str::FromStr;

/// The longest window, in inputs.
const WINDOW_INPUTS_MAX: u32 = 1_000_000;

/// How many inputs of a partition may be rejected: a number among consecutive inputs.
///
/// A share of the inputs and not a number in a time, so that it means the same at the tip and in a backfill a thousand times as
/// fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectLimit {
    /// Any number.
    Off,
    /// At most `most` among `of`.
    Among {
        /// How many may be rejected.
        most: u32,
        /// Among how many inputs.
        of: u32,
    },
}

impl Default for RejectLimit {
    fn default() -> Self {
        Self::Among { most: 100, of: 1_000 }
    }
}

impl fmt::Display for RejectLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Among { most, of } => write!(f, "{most}/{of}"),
        }
    }
}

impl FromStr for RejectLimit {
    type Err = InvalidRejectLimit;

    fn from_str(text: &str) -> Result<Self, InvalidRejectLimit> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let (most, of) = text.split_once('/').ok_or(InvalidRejectLimit)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| InvalidRejectLimit);
        let (most, of) = (number(most)?, number(of)?);
        let is_share = most < of && of <= WINDOW_INPUTS_MAX;
        if is_share { Ok(Self::Among { most, of }) } else { Err(InvalidRejectLimit) }
    }
}

/// The text is no share of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected `off`, or a number of rejects among a larger one of inputs, at most {WINDOW_INPUTS_MAX}, as `100/1000`"
)]
pub struct InvalidRejectLimit;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_share_of_inputs_or_off() {
        for text in ["off", "100/1000", "0/1", "999999/1000000"] {
            assert_eq!(text.parse::<RejectLimit>().unwrap().to_string(), text);
        }
        for text in ["", "100", "100/1h", "5/5", "6/5", "-1/5", "1/1000001", "5%"] {
            assert_eq!(text.parse::<RejectLimit>(), Err(InvalidRejectLimit), "{text}");
        }
        assert_eq!(RejectLimit::default().to_string(), "100/1000");
    }
}
