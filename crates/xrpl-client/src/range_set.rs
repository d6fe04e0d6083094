//! The ledgers that a server says it has.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// More ranges than any real history is broken into; beyond this the text is refused.
const RANGES_MAX: usize = 4096;

/// A set of ledger indexes as `complete_ledgers` and `validated_ledgers` write it: `2-25`, `7`, `2-5,9-12` or `empty`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RangeSet {
    /// Ascending, disjoint and not adjacent.
    ranges: Vec<(u32, u32)>,
}

/// Why a text is no set of ledger indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeSetError {
    /// A part is neither a number nor two of them in order.
    #[error("not ranges of ledger indexes such as 2-5,9-12")]
    Malformed,
    /// More parts than any real history has.
    #[error("more than {RANGES_MAX} ranges of ledger indexes")]
    TooMany,
}

impl RangeSet {
    /// Whether the set holds no ledger.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether the set holds this ledger.
    pub fn contains(&self, index: u32) -> bool {
        self.around(index).is_some()
    }

    /// Whether the set holds every ledger of `range`; true for an empty range.
    pub fn contains_all(&self, range: RangeInclusive<u32>) -> bool {
        range.is_empty()
            || self.around(*range.start()).is_some_and(|(_, last)| *range.end() <= last)
    }

    /// The number of ledgers in the set.
    pub fn count(&self) -> u64 {
        self.ranges.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// The lowest ledger in the set.
    pub fn first(&self) -> Option<u32> {
        self.ranges.first().map(|range| range.0)
    }

    /// The highest ledger in the set.
    pub fn last(&self) -> Option<u32> {
        self.ranges.last().map(|range| range.1)
    }

    /// The ranges, ascending and disjoint.
    pub fn ranges(&self) -> impl Iterator<Item = RangeInclusive<u32>> + '_ {
        self.ranges.iter().map(|&(first, last)| first..=last)
    }

    /// The range that holds `index`.
    fn around(&self, index: u32) -> Option<(u32, u32)> {
        let after = self.ranges.partition_point(|range| range.0 <= index);
        let range = *self.ranges.get(after.checked_sub(1)?)?;
        (index <= range.1).then_some(range)
    }

    /// Sorts and joins ranges that overlap or touch.
    fn from_ranges(mut ranges: Vec<(u32, u32)>) -> Self {
        ranges.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::new();
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(previous) if first <= previous.1.saturating_add(1) => {
                    previous.1 = previous.1.max(last);
                }
                _ => joined.push((first, last)),
            }
        }
        Self { ranges: joined }
    }
}

impl FromStr for RangeSet {
    type Err = RangeSetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || text == "empty" {
            return Ok(Self::default());
        }
        let mut ranges = Vec::new();
        for part in text.split(',') {
            if ranges.len() == RANGES_MAX {
                return Err(RangeSetError::TooMany);
            }
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (index(first)?, index(last)?);
            if first > last {
                return Err(RangeSetError::Malformed);
            }
            ranges.push((first, last));
        }
        Ok(Self::from_ranges(ranges))
    }
}

fn index(text: &str) -> Result<u32, RangeSetError> {
    let text = text.trim();
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(RangeSetError::Malformed);
    }
    text.parse().map_err(|_| RangeSetError::Malformed)
}

impl fmt::Display for RangeSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return formatter.write_str("empty");
        }
        for (position, &(first, last)) in self.ranges.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            match first == last {
                true => write!(formatter, "{comma}{first}")?,
                false => write!(formatter, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> RangeSet {
        text.parse().unwrap()
    }

    #[test]
    fn disjoint_single_and_empty_are_read() {
        let set = parse("102-110,7,32570-40000");
        assert_eq!(set.to_string(), "7,102-110,32570-40000");
        assert_eq!((set.first(), set.last()), (Some(7), Some(40_000)));
        assert!(set.contains(7) && set.contains(102) && set.contains(110));
        assert!(
            !set.contains(6) && !set.contains(8) && !set.contains(111) && !set.contains(u32::MAX)
        );
        assert!(parse("empty").is_empty() && parse("").is_empty());
        assert_eq!(parse("2"), parse("2-2"));
    }

    #[test]
    fn ranges_that_touch_or_overlap_are_one() {
        assert_eq!(parse("5-9,2-4,8-12").to_string(), "2-12");
        assert_eq!(parse("0-4294967295,4294967295").to_string(), "0-4294967295");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["2-", "-2", "a-b", "5-2", "1,,2", "1-2-3", "4294967296", "+1", "none", "1 2"] {
            assert_eq!(text.parse::<RangeSet>(), Err(RangeSetError::Malformed), "{text}");
        }
        let endless = "1,".repeat(RANGES_MAX + 1);
        assert_eq!(endless.parse::<RangeSet>(), Err(RangeSetError::TooMany));
    }

    fn few_ranges() -> impl Strategy<Value = Vec<(u32, u32)>> {
        prop::collection::vec(
            (0..60_u32, 0..6_u32).prop_map(|(first, length)| (first, first + length)),
            0..12,
        )
    }

    proptest! {
        #[test]
        fn holds_what_was_written_and_nothing_else(ranges in few_ranges()) {
            let text: Vec<String> = ranges.iter().map(|(first, last)| format!("{first}-{last}")).collect();
            let set = parse(&text.join(","));
            let naive: BTreeSet<u32> = ranges.iter().flat_map(|&(first, last)| first..=last).collect();
            for index in 0..70 {
                prop_assert_eq!(set.contains(index), naive.contains(&index));
            }
            prop_assert_eq!(set.ranges().map(Iterator::count).sum::<usize>(), naive.len());
            prop_assert_eq!(set.first(), naive.first().copied());
            prop_assert_eq!(set.last(), naive.last().copied());
            prop_assert_eq!(&parse(&set.to_string()), &set);
        }

        #[test]
        fn holds_a_range_if_it_holds_each_of_it(ranges in few_ranges(), first in 0..70_u32, length in 0..10_u32) {
            let text: Vec<String> = ranges.iter().map(|(first, last)| format!("{first}-{last}")).collect();
            let set = parse(&text.join(","));
            let range = first..=first + length;
            prop_assert_eq!(set.contains_all(range.clone()), range.clone().all(|index| set.contains(index)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = text.parse::<RangeSet>();
        }
    }
}
