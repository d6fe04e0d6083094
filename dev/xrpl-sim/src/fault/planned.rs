//! A fault and when it is on.

use std::fmt;
use std::num::ParseIntError;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use super::{Fault, UnknownFault};

/// When a fault is on: while all that is given here holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// While the newest ledger is one of these.
    pub ledgers: Option<RangeInclusive<u32>>,
    /// While the server has run for so long, in whole seconds.
    pub seconds: Option<RangeInclusive<u32>>,
}

/// A fault and when it is on, written `name[@from-to][@from-tos]`: ledgers, and seconds since the start; an end may be
/// left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// What goes wrong.
    pub fault: Fault,
    /// When it does.
    pub when: When,
}

/// Why a text plans no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlannedError {
    /// The name before the first `@` is none.
    #[error(transparent)]
    Fault(#[from] UnknownFault),
    /// What follows an `@` is no range.
    #[error("`{0}` is no range: write `100-120`, `100-` or `100` for ledgers, `5s-9s` for seconds")]
    Range(String),
}

impl When {
    /// Whether it is now: at this newest ledger, so long after the start.
    pub(super) fn is_now(&self, newest: u32, since_start: Duration) -> bool {
        let second = u32::try_from(since_start.as_secs()).unwrap_or(u32::MAX);
        self.ledgers.as_ref().is_none_or(|ledgers| ledgers.contains(&newest))
            && self.seconds.as_ref().is_none_or(|seconds| seconds.contains(&second))
    }
}

impl From<Fault> for Planned {
    /// The fault for all times.
    fn from(fault: Fault) -> Self {
        Self { fault, when: When::default() }
    }
}

impl FromStr for Planned {
    type Err = PlannedError;

    fn from_str(text: &str) -> Result<Self, PlannedError> {
        let mut parts = text.split('@');
        let fault = parts.next().unwrap_or_default().parse()?;
        let mut when = When::default();
        for part in parts {
            let wrong = || PlannedError::Range(part.to_owned());
            let is_time = part.contains('s');
            let numbers = part.replace('s', "");
            let slot = if is_time { &mut when.seconds } else { &mut when.ledgers };
            let range = range(&numbers).map_err(|_| wrong())?;
            if range.is_empty() || slot.replace(range).is_some() {
                return Err(wrong());
            }
        }
        Ok(Self { fault, when })
    }
}

fn range(text: &str) -> Result<RangeInclusive<u32>, ParseIntError> {
    Ok(match text.split_once('-') {
        None => text.parse()?..=text.parse()?,
        Some((from, "")) => from.parse()?..=u32::MAX,
        Some((from, to)) => from.parse()?..=to.parse()?,
    })
}

impl fmt::Display for Planned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.fault)?;
        let ranges = [(&self.when.ledgers, ""), (&self.when.seconds, "s")];
        for (range, unit) in ranges {
            if let Some(range) = range {
                write!(formatter, "@{}{unit}-{}{unit}", range.start(), range.end())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(text: &str) -> Result<Planned, PlannedError> {
        text.parse()
    }

    #[test]
    fn ranges_are_of_ledgers_or_seconds_and_may_be_open() {
        let cases = [
            ("silence", None, None),
            ("silence@7", Some(7..=7), None),
            ("silence@7-9", Some(7..=9), None),
            ("silence@7-", Some(7..=u32::MAX), None),
            ("silence@5s-9s", None, Some(5..=9)),
            ("silence@7-9@5s-", Some(7..=9), Some(5..=u32::MAX)),
        ];
        for (text, ledgers, seconds) in cases {
            let expected = Planned { fault: Fault::Silence, when: When { ledgers, seconds } };
            assert_eq!(planned(text), Ok(expected.clone()));
            assert_eq!(planned(&expected.to_string()), Ok(expected));
        }
    }

    #[test]
    fn what_is_no_plan_is_told() {
        for text in ["silence@", "silence@9-7", "silence@a-b", "silence@1-2@3-4", "silence@-3"] {
            assert!(matches!(planned(text), Err(PlannedError::Range(_))), "{text}");
        }
        assert!(matches!(planned("noise@1-2"), Err(PlannedError::Fault(_))));
    }

    #[test]
    fn all_that_is_given_has_to_hold() {
        let when = planned("silence@7-9@5s-6s").unwrap().when;
        let at = |newest, s| when.is_now(newest, Duration::from_secs(s));
        assert_eq!(
            [at(7, 5), at(6, 5), at(7, 4), at(9, 6), at(9, 7)],
            [true, false, false, true, false]
        );
    }
}
