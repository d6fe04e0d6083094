//! How far an ingestor has come, and which step may follow.

use std::fmt;
use std::str::FromStr;

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

/// As an operator writes it: `<sequence number>:<hash in hexadecimal>`.
impl FromStr for Pointer {
    type Err = InvalidPointer;

    fn from_str(text: &str) -> Result<Self, InvalidPointer> {
        let (sequence, hash) = text.split_once(':').ok_or(InvalidPointer)?;
        let sequence = sequence.parse().map_err(|_| InvalidPointer)?;
        Ok(Self { sequence, hash: hash_of(hash).ok_or(InvalidPointer)?.to_vec() })
    }
}

/// The text is not a pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected `<sequence number>:<hash>`, the hash as 64 hexadecimal digits")]
pub struct InvalidPointer;

/// A hash of 32 bytes from its 64 hexadecimal digits.
pub(crate) fn hash_of(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// Checks that `block` may be committed after `latest`: its parent is the latest, none where there is none, and it lies after
/// it. Nothing is taken on trust, the first commit included.
///
/// # Errors
/// [`InvalidCommit`] otherwise.
pub fn check_commit(
    latest: Option<&Pointer>,
    parent: Option<&Pointer>,
    block: &Pointer,
) -> Result<(), InvalidCommit> {
    if parent == latest && latest.is_none_or(|latest| block.sequence > latest.sequence) {
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
        assert!(!check(None, Some(12), 13), "a first commit has no parent to follow");
    }

    #[test]
    fn text_and_pointer_are_one() {
        let hash = "00FF".repeat(16);
        let pointer: Pointer = format!("90000001:{hash}").parse().unwrap();
        assert_eq!(pointer.to_string(), format!("90000001 {hash}"));
        for text in ["", "7", ":", &format!("7:{}", "0".repeat(63)), &format!("x:{hash}")] {
            assert_eq!(text.parse::<Pointer>(), Err(InvalidPointer), "{text}");
        }
        assert!(hash_of(&"+f".repeat(32)).is_none());
    }

    #[test]
    fn the_same_number_with_another_hash_is_no_parent() {
        let other = Pointer { sequence: 9, hash: vec![0; 32] };
        assert!(check_commit(Some(&pointer(9)), Some(&other), &pointer(10)).is_err());
    }
}
