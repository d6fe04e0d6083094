//! How far an ingestor has come, and which step may follow.

use std::fmt;

/// A block of the chain: its sequence number and its hash.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pointer {
    /// The sequence number.
    pub sequence: u64,
    /// The hash.
    pub hash: Vec<u8>,
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.sequence)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pointer({self})")
    }
}

/// Checks that `block` may be committed after `latest`: its parent is the latest, and it lies after it. Without a latest
/// pointer any block may be the first, and then it names no parent or one that lies before it.
///
/// # Errors
/// [`InvalidCommit`] otherwise.
pub fn check_commit(
    latest: Option<&Pointer>,
    parent: Option<&Pointer>,
    block: &Pointer,
) -> Result<(), InvalidCommit> {
    let follows = match latest {
        Some(latest) => parent == Some(latest) && block.sequence > latest.sequence,
        None => parent.is_none_or(|parent| block.sequence > parent.sequence),
    };
    if follows {
        return Ok(());
    }
    Err(InvalidCommit { latest: latest.cloned(), parent: parent.cloned(), block: block.clone() })
}

/// A commit that does not follow the latest one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid commit: {block:?} with the parent {parent:?} does not follow {latest:?}")]
pub struct InvalidCommit {
    /// The committed pointer.
    pub latest: Option<Pointer>,
    /// What the block names as its parent.
    pub parent: Option<Pointer>,
    /// The block.
    pub block: Pointer,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(sequence: u64) -> Pointer {
        Pointer { sequence, hash: vec![u8::try_from(sequence).unwrap(); 32] }
    }

    fn check(latest: Option<u64>, parent: Option<u64>, block: u64) -> bool {
        check_commit(latest.map(pointer).as_ref(), parent.map(pointer).as_ref(), &pointer(block))
            .is_ok()
    }

    #[test]
    fn a_commit_follows_the_latest() {
        assert!(check(None, None, 0));
        for block in 1..10 {
            assert!(check(Some(block - 1), Some(block - 1), block));
        }
        assert!(
            check(Some(9), Some(9), 15),
            "numbers may be left out where the chain leaves them out"
        );
    }

    #[test]
    fn a_gap_a_step_back_and_a_repeat_are_invalid() {
        assert!(!check(Some(9), Some(12), 13));
        assert!(!check(Some(9), Some(9), 8));
        assert!(!check(Some(9), Some(9), 9));
        assert!(!check(Some(9), None, 10));
        assert!(!check(None, Some(12), 12), "a first commit is checked too");
    }

    #[test]
    fn the_same_number_with_another_hash_is_no_parent() {
        let other = Pointer { sequence: 9, hash: vec![0; 32] };
        assert!(check_commit(Some(&pointer(9)), Some(&other), &pointer(10)).is_err());
    }
}
