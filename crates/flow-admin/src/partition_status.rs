//! How far a flow has come in a partition of an input, as plain values.

use flow::SequenceId;

/// How far a flow has come in one partition of one of its inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionStatus {
    /// The topic's whole name.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset of the first record that is still there.
    pub begin: i64,
    /// The offset behind the last committed record (the last stable offset).
    pub end: i64,
    /// The offset that the flow goes on from; `None` before its first commit.
    pub committed: Option<i64>,
    /// What the flow has read last, as it said with that offset.
    pub read: Option<SequenceId>,
    /// Offsets between the flow and the end: 0 when no record waits, else the records that wait and the markers of the
    /// transactions that they came in.
    pub behind: u64,
    /// The first record that waits, if one does and says where it stands.
    pub next: Option<SequenceId>,
}

impl PartitionStatus {
    /// Whether the flow has committed every record that the partition holds.
    pub const fn is_drained(&self) -> bool {
        self.behind == 0
    }

    /// The sequence number up to which the flow has committed everything here, when its input is complete up to `input`.
    ///
    /// `input` has to be older than this status: what was there then was there when this was asked.
    pub fn complete_through(&self, input: u64) -> Option<u64> {
        match (self.is_drained(), self.next, self.read) {
            (true, ..) => Some(input),
            (false, Some(next), _) => next.sequence.checked_sub(1).map(|done| done.min(input)),
            (false, None, Some(read)) => read.sequence.checked_sub(1).map(|done| done.min(input)),
            (false, None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(behind: u64, read: Option<u64>, next: Option<u64>) -> PartitionStatus {
        let place = |sequence| SequenceId { sequence, part: 3 };
        PartitionStatus {
            topic: "n.topic".into(),
            partition: 0,
            begin: 0,
            end: 20,
            committed: Some(10),
            read: read.map(place),
            behind,
            next: next.map(place),
        }
    }

    #[test]
    fn a_drained_partition_is_as_complete_as_its_input() {
        assert_eq!(share(0, Some(72), None).complete_through(90), Some(90));
        assert_eq!(share(0, None, None).complete_through(90), Some(90));
    }

    #[test]
    fn a_record_that_waits_belongs_to_a_sequence_number_that_is_not_complete() {
        assert_eq!(share(4, Some(72), Some(80)).complete_through(90), Some(79));
        assert_eq!(share(4, Some(72), Some(100)).complete_through(90), Some(90));
        assert_eq!(share(4, Some(72), None).complete_through(90), Some(71));
        assert_eq!(share(4, None, None).complete_through(90), None);
        assert_eq!(share(4, None, Some(0)).complete_through(90), None);
    }
}
