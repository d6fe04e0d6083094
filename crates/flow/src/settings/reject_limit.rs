//! How many rejects are too many.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

/// The longest window, in inputs.
const WINDOW_INPUTS_MAX: u32 = 1_000_000;

/// How many inputs of a partition may be rejected: a number among so many that follow one another.
///
/// A share of the inputs and not a number in a time, so that it means the same at the tip and in a backfill a thousand times as
/// fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectLimit {
    /// Any number.
    Off,
    /// At most `most` among `of`.
    Among {
        /// So many may be rejected.
        most: u32,
        /// Among so many inputs.
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

/// As many inputs were rejected as may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{most} of the last {of} inputs were rejected, and more are not allowed (`--rejects-max`)")]
pub(crate) struct TooManyRejects {
    most: u32,
    of: u32,
}

/// The rejects among the last inputs of a partition. Begins anew with the worker's attempt.
#[derive(Debug)]
pub(crate) struct Window {
    max: RejectLimit,
    inputs: u64,
    /// Which inputs were rejected, the last `most` of them.
    rejected: VecDeque<u64>,
}

impl Window {
    pub(crate) const fn new(max: RejectLimit) -> Self {
        Self { max, inputs: 0, rejected: VecDeque::new() }
    }

    /// Whether the next input may be rejected.
    pub(crate) fn check(&self) -> Result<(), TooManyRejects> {
        let RejectLimit::Among { most, of } = self.max else { return Ok(()) };
        let is_full = self.rejected.len() as u64 >= u64::from(most);
        let oldest = self.rejected.front().copied().unwrap_or(self.inputs);
        if is_full && self.inputs - oldest < u64::from(of) {
            return Err(TooManyRejects { most, of });
        }
        Ok(())
    }

    /// The next input is rejected; [`Window::pass`] follows.
    pub(crate) fn reject(&mut self) {
        let RejectLimit::Among { most, .. } = self.max else { return };
        if self.rejected.len() as u64 >= u64::from(most) {
            self.rejected.pop_front();
        }
        self.rejected.push_back(self.inputs);
    }

    /// The next input is done.
    pub(crate) fn pass(&mut self) {
        self.inputs += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds inputs, `x` for one that is to be rejected; tells the first that may not be.
    fn halts_at(max: &str, inputs: impl IntoIterator<Item = char>) -> Option<usize> {
        let mut window = Window::new(max.parse().unwrap());
        inputs.into_iter().position(|input| {
            if input == 'x' {
                if window.check().is_err() {
                    return true;
                }
                window.reject();
            }
            window.pass();
            false
        })
    }

    #[test]
    fn as_many_as_allowed_are_rejected_and_no_more() {
        assert_eq!(halts_at("2/5", "xxx".chars()), Some(2));
        assert_eq!(halts_at("2/5", "xx..x".chars()), Some(4));
        assert_eq!(halts_at("2/5", "x...x.x...x".chars()), None);
        assert_eq!(halts_at("0/1", "....x".chars()), Some(4));
    }

    #[test]
    fn what_lies_behind_the_window_is_forgotten() {
        assert_eq!(halts_at("2/5", "xx...x....xxx".chars()), Some(12));
        assert_eq!(halts_at("2/5", ".x...x...x".repeat(100).chars()), None);
    }

    #[test]
    fn without_a_limit_anything_may_be_rejected() {
        assert_eq!(halts_at("off", "x".repeat(10_000).chars()), None);
    }

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
