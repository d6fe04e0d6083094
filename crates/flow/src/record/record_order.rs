//! The order of a record within its lane.

use std::fmt;
use std::str::FromStr;

/// The order of a record within its lane: which sequence number it belongs to, and which part of that it is.
///
/// Everything that belongs to sequence number *n* lies in partition *n mod P*, and every partition is in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordOrder {
    /// The sequence number of the whole, ascending without gaps on a complete lane.
    pub sequence: u64,
    /// Which part of the whole this is, from 0.
    pub part: u32,
    /// How many parts the whole has; a rejected part leaves its number empty.
    pub count: u32,
}

impl RecordOrder {
    /// The order of a whole that is one record.
    pub const fn whole(sequence: u64) -> Self {
        Self { sequence, part: 0, count: 1 }
    }

    /// The partition of `partitions` that this belongs to.
    pub fn partition(self, partitions: u32) -> i32 {
        i32::try_from(self.sequence % u64::from(partitions)).expect("a partition number fits")
    }

    /// Whether nothing of the same sequence number comes after this.
    pub const fn is_last(self) -> bool {
        self.part.saturating_add(1) >= self.count
    }

    /// What identifies the record within its partition.
    pub const fn id(self) -> SequenceId {
        SequenceId { sequence: self.sequence, part: self.part }
    }
}

impl fmt::Display for RecordOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.sequence, self.part, self.count)
    }
}

impl FromStr for RecordOrder {
    type Err = InvalidRecordOrder;

    fn from_str(text: &str) -> Result<Self, InvalidRecordOrder> {
        let (place, count) = text.rsplit_once('/').ok_or(InvalidRecordOrder)?;
        let SequenceId { sequence, part } = place.parse()?;
        Ok(Self { sequence, part, count: count.parse().map_err(|_| InvalidRecordOrder)? })
    }
}

/// An order without the count: identifies a record within its partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SequenceId {
    /// The sequence number.
    pub sequence: u64,
    /// The part, from 0.
    pub part: u32,
}

impl fmt::Display for SequenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.sequence, self.part)
    }
}

impl FromStr for SequenceId {
    type Err = InvalidRecordOrder;

    fn from_str(text: &str) -> Result<Self, InvalidRecordOrder> {
        let (sequence, part) = text.split_once('/').ok_or(InvalidRecordOrder)?;
        Ok(Self {
            sequence: sequence.parse().map_err(|_| InvalidRecordOrder)?,
            part: part.parse().map_err(|_| InvalidRecordOrder)?,
        })
    }
}

/// The text is not the order of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the order of a record")]
pub struct InvalidRecordOrder;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_survives_its_text() {
        let order = RecordOrder { sequence: 90_000_001, part: 4, count: 57 };
        assert_eq!(order.to_string(), "90000001/4/57");
        assert_eq!("90000001/4/57".parse(), Ok(order));
        assert_eq!("90000001/4".parse(), Ok(order.id()));
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "/", "1", "1/2", "a/b/c", "1/2/3/4", "-1/0/1", "1/0/4294967296"] {
            assert_eq!(text.parse::<RecordOrder>(), Err(InvalidRecordOrder), "{text}");
        }
    }

    #[test]
    fn a_whole_stays_in_one_partition() {
        let parts = [0, 1, 2].map(|part| RecordOrder { sequence: 13, part, count: 3 }.partition(8));
        assert_eq!(parts, [5, 5, 5]);
    }
}
