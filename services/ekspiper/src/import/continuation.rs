//! Whether ledgers follow one another, and continue a lane.

use anyhow::ensure;
use flow::Pointer;
use xrpl_codec::Hash256;

use super::ledger_index::{IndexedLedger, LedgerIndex};

/// Checks that each ledger is the parent of the next one.
///
/// # Errors
/// When one is there twice, one is missing, or two are of different chains; with the files.
pub(super) fn check_chain(index: &LedgerIndex) -> anyhow::Result<()> {
    for pair in index.ledgers().windows(2) {
        let [one, other] = pair else { continue };
        let (at, next) = (one.event.ledger_index, other.event.ledger_index);
        let files = || (index.file_of(one), index.file_of(other));
        ensure!(at != next, "ledger {at} is there twice: in {} and in {}", files().0, files().1);
        ensure!(
            next == at + 1,
            "{} missing between ledger {at} of {} and ledger {next} of {}: import each side into a lane of its own, or give the \
             files between them",
            ledgers_are(at + 1, next - 1),
            files().0,
            files().1
        );
        ensure!(
            other.event.parent_hash == one.event.ledger_hash,
            "fork: ledger {next} of {} follows ledger {at} with hash {}, but {} holds ledger {at} with hash {}",
            files().1,
            Hash256(other.event.parent_hash),
            files().0,
            Hash256(one.event.ledger_hash)
        );
    }
    Ok(())
}

/// The number of ledgers that a lane at `pointer` is past already; checks that the others continue it.
///
/// # Errors
/// When a ledger is missing between the pointer and the first of them, or they are of another chain than the lane.
pub(super) fn check_pointer(
    index: &LedgerIndex,
    pointer: Option<&Pointer>,
) -> anyhow::Result<usize> {
    let Some(pointer) = pointer else { return Ok(0) };
    let is_past =
        |ledger: &&IndexedLedger| u64::from(ledger.event.ledger_index) <= pointer.sequence;
    let past = index.ledgers().iter().take_while(is_past).count();
    let at = past.checked_sub(1).and_then(|last| index.ledgers().get(last));
    if let Some(ledger) = at.filter(|it| u64::from(it.event.ledger_index) == pointer.sequence) {
        ensure!(
            ledger.event.ledger_hash[..] == pointer.hash[..],
            "fork: ledger {} of {} has hash {}, and the lane holds it as {pointer}",
            ledger.event.ledger_index,
            index.file_of(ledger),
            Hash256(ledger.event.ledger_hash)
        );
    }
    let Some(next) = index.ledgers().get(past) else { return Ok(past) };
    let (first, file) = (next.event.ledger_index, index.file_of(next));
    let expected = pointer.sequence + 1;
    ensure!(
        u64::from(first) == expected,
        "{} missing between the lane's pointer, ledger {}, and ledger {first} of {file}: give their files too, or choose another \
         `--lane`",
        ledgers_are(u32::try_from(expected)?, first - 1),
        pointer.sequence
    );
    ensure!(
        next.event.parent_hash[..] == pointer.hash[..],
        "fork: ledger {first} of {file} follows a ledger with hash {}, and the lane's pointer is {pointer}",
        Hash256(next.event.parent_hash)
    );
    Ok(past)
}

/// A range as the subject of a sentence.
fn ledgers_are(first: u32, last: u32) -> String {
    if first == last {
        format!("ledger {first} is")
    } else {
        format!("ledgers {first} to {last} are")
    }
}
