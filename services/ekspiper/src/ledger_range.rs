//! A range of ledgers, as an operator writes it: `70000000-70010000`.

use std::fmt;
use std::str::FromStr;

/// Ledgers from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LedgerRange {
    /// The index of the first.
    pub(crate) first: u32,
    /// The index of the last.
    pub(crate) last: u32,
}

impl LedgerRange {
    /// How many ledgers they are.
    pub(crate) fn count(self) -> u64 {
        u64::from(self.last - self.first) + 1
    }
}

impl fmt::Display for LedgerRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl FromStr for LedgerRange {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Self, BadRange> {
        let (first, last) = text.split_once('-').ok_or(BadRange::Form)?;
        let index = |text: &str| match text.parse::<u32>() {
            Ok(index) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(index),
            _ => Err(BadRange::Form),
        };
        let (first, last) = (index(first)?, index(last)?);
        match (first, last) {
            (0, _) => Err(BadRange::Zero),
            _ if last < first => Err(BadRange::Reversed { first, last }),
            _ => Ok(Self { first, last }),
        }
    }
}

/// Why a text is not a range of ledgers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadRange {
    /// It is not two numbers.
    #[error("expected two ledger indexes as `<from>-<to>`, such as `70000000-70010000`")]
    Form,
    /// Ledger 0.
    #[error("the first ledger of every chain is 1")]
    Zero,
    /// The last is before the first.
    #[error("it ends before it begins: did you mean `{last}-{first}`?")]
    Reversed {
        /// The given first.
        first: u32,
        /// The given last.
        last: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_belong_to_a_range() {
        let range: LedgerRange = "70000000-70010000".parse().unwrap();
        assert_eq!(range, LedgerRange { first: 70_000_000, last: 70_010_000 });
        assert_eq!(range.count(), 10_001);
        assert_eq!(range.to_string(), "70000000-70010000");
        assert_eq!("7-7".parse::<LedgerRange>().unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["", "-", "7", "7-", "-7", "a-b", "1-2-3", "+1-2", "1 - 2", "1-4294967296"] {
            assert_eq!(text.parse::<LedgerRange>(), Err(BadRange::Form), "{text}");
        }
        assert_eq!("0-3".parse::<LedgerRange>(), Err(BadRange::Zero));
    }

    #[test]
    fn a_reversed_range_is_shown_the_right_way_round() {
        let error = "9-3".parse::<LedgerRange>().unwrap_err();
        assert_eq!(error.to_string(), "it ends before it begins: did you mean `3-9`?");
    }
}
