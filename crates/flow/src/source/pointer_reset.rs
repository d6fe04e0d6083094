//! The reset of a pointer by an operator, and what it does to the output.

use std::ops::RangeInclusive;

use crate::record::pointer::Pointer;
use crate::source::ingestor::IngestorState;

/// The reset of an ingestor's pointer.
///
/// What was written stays, and no sequence number is written twice: after the reset the ingestor writes what comes after both
/// the new pointer and the newest sequence number that the output holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointerReset {
    /// The pointer as it is; `None` where it was lost.
    pub from: Option<Pointer>,
    /// The new pointer.
    pub to: Pointer,
    /// The newest sequence number in the output; `None` where it is empty.
    pub newest: Option<u64>,
}

/// Why the pointer is not reset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReset {
    /// It is there already.
    #[error("the pointer is at {0} already")]
    NoOp(Pointer),
    /// Nothing was ever committed or written.
    #[error("nothing was committed yet: start with `--start` and a trusted hash")]
    NothingCommitted,
    /// The output would have a gap.
    #[error(
        "{} to {} would be skipped, a gap that nothing fills later: give the source a server that has them, or start \
         again in another lane",
        .0.start(), .0.end()
    )]
    WouldSkip(RangeInclusive<u64>),
}

impl PointerReset {
    pub(crate) fn new(standing: &IngestorState, to: &Pointer) -> Self {
        Self { from: standing.pointer(), to: to.clone(), newest: standing.newest() }
    }

    /// The first sequence number that is written after the reset.
    pub fn next(&self) -> u64 {
        self.newest.unwrap_or(0).max(self.to.sequence).saturating_add(1)
    }

    /// What comes after the new pointer and is not written a second time: the output keeps what it has of it.
    pub fn kept(&self) -> Option<RangeInclusive<u64>> {
        let newest = self.newest.filter(|newest| *newest > self.to.sequence)?;
        Some(self.to.sequence + 1..=newest)
    }

    /// Checks that the pointer may be reset.
    ///
    /// # Errors
    /// [`InvalidReset`] says why not.
    pub fn check(&self) -> Result<(), InvalidReset> {
        if self.from.as_ref() == Some(&self.to) {
            return Err(InvalidReset::NoOp(self.to.clone()));
        }
        match self.newest {
            None => Err(InvalidReset::NothingCommitted),
            Some(newest) if newest < self.to.sequence => {
                Err(InvalidReset::WouldSkip(newest + 1..=self.to.sequence))
            }
            Some(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(sequence: u64, hash: u8) -> Pointer {
        Pointer { sequence, hash: vec![hash; 32] }
    }

    fn reset(from: Option<u64>, to: Pointer, newest: Option<u64>) -> PointerReset {
        PointerReset { from: from.map(|sequence| pointer(sequence, 0)), to, newest }
    }

    #[test]
    fn another_hash_at_the_same_number_repeats_and_skips_nothing() {
        let reset = reset(Some(9), pointer(9, 1), Some(9));
        reset.check().unwrap();
        assert_eq!((reset.next(), reset.kept()), (10, None));
    }

    #[test]
    fn a_reset_backwards_writes_nothing_twice() {
        let back = reset(Some(9), pointer(5, 1), Some(9));
        back.check().unwrap();
        assert_eq!((back.next(), back.kept()), (10, Some(6..=9)));
        reset(Some(5), pointer(9, 0), Some(9)).check().unwrap();
    }

    #[test]
    fn a_reset_beyond_the_output_is_refused() {
        let refused = reset(Some(9), pointer(12, 1), Some(9)).check();
        assert_eq!(refused, Err(InvalidReset::WouldSkip(10..=12)));
        assert_eq!(reset(None, pointer(12, 1), None).check(), Err(InvalidReset::NothingCommitted));
    }

    #[test]
    fn a_lost_pointer_is_set_where_the_output_ends() {
        let lost = reset(None, pointer(9, 1), Some(9));
        lost.check().unwrap();
        assert_eq!(lost.next(), 10);
        let nowhere = reset(Some(9), pointer(9, 0), Some(9)).check();
        assert_eq!(nowhere, Err(InvalidReset::NoOp(pointer(9, 0))));
    }
}
