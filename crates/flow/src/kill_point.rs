//! Kill points: named places where a process aborts, so that a test can kill it between any two steps.
//!
//! For tests only. Nothing but the environment variable [`DIE_AT`] arms one: no flag, no setting, no line of a chart. It is
//! read when a process starts, which says so loudly; without it a place costs one look at a word that never changes.

use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// `<name>` or `<name>:<n>`: die when the place is reached for the first or the *n*th time. For tests only.
pub const DIE_AT: &str = "EKSPIPER_TESTS_DIE_AT";

/// A place around a step of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KillPoint {
    /// The transactional id has not been opened: the producer before is not fenced.
    BeforeFence,
    /// The id is open; the committed offset has not been read.
    AfterFence,
    /// The start offset is known; nothing has been read from there.
    BeforeReading,
    /// A chunk is about to be written to the outside.
    BeforeWrite,
    /// The outside has acknowledged a chunk, and nothing of that is committed in Kafka.
    AfterAcknowledgement,
    /// A batch is complete, and no transaction is open.
    BeforeTransaction,
    /// A transaction is open, and nothing has been written.
    AfterBegin,
    /// A record of a batch has been handed over, others perhaps not.
    AfterRecord,
    /// All records have been handed over, none of them surely delivered.
    AfterProduce,
    /// All records are delivered; the offsets are not in the transaction.
    AfterDelivery,
    /// The offsets are in the transaction, which is not committed.
    AfterOffsets,
    /// All is committed, and nobody here knows it.
    AfterCommit,
}

struct Armed {
    point: KillPoint,
    left: AtomicU32,
}

static ARMED: OnceLock<Armed> = OnceLock::new();

impl KillPoint {
    /// All of them, in the order in which a worker reaches them.
    pub const ALL: [Self; 12] = [
        Self::BeforeFence,
        Self::AfterFence,
        Self::BeforeReading,
        Self::BeforeWrite,
        Self::AfterAcknowledgement,
        Self::BeforeTransaction,
        Self::AfterBegin,
        Self::AfterRecord,
        Self::AfterProduce,
        Self::AfterDelivery,
        Self::AfterOffsets,
        Self::AfterCommit,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeforeFence => "before-fence",
            Self::AfterFence => "after-fence",
            Self::BeforeReading => "before-reading",
            Self::BeforeWrite => "before-write",
            Self::AfterAcknowledgement => "after-acknowledgement",
            Self::BeforeTransaction => "before-transaction",
            Self::AfterBegin => "after-begin",
            Self::AfterRecord => "after-record",
            Self::AfterProduce => "after-produce",
            Self::AfterDelivery => "after-delivery",
            Self::AfterOffsets => "after-offsets",
            Self::AfterCommit => "after-commit",
        }
    }

    /// Ends the process here, without unwinding or flushing anything, if it is armed.
    #[inline]
    pub(crate) fn reach(self) {
        if let Some(armed) = ARMED.get()
            && armed.point == self
            && armed.left.fetch_sub(1, Ordering::Relaxed) == 1
        {
            eprintln!("{DIE_AT}: died at {}", self.name());
            std::process::abort();
        }
    }
}

/// Arms the kill point that the environment names. For tests only.
///
/// # Errors
/// When it names no kill point.
pub fn arm() -> anyhow::Result<()> {
    let Some(text) = std::env::var_os(DIE_AT) else { return Ok(()) };
    let text = text.to_string_lossy();
    let (point, left) = parse(&text)?;
    tracing::warn!(point = point.name(), left, "{DIE_AT} is set: this process will kill itself");
    ARMED.get_or_init(|| Armed { point, left: AtomicU32::new(left) });
    Ok(())
}

fn parse(text: &str) -> anyhow::Result<(KillPoint, u32)> {
    let (name, left) = text.split_once(':').unwrap_or((text, "1"));
    let point = KillPoint::ALL.into_iter().find(|point| point.name() == name);
    match (point, u32::from_str(left)) {
        (Some(point), Ok(left)) if left > 0 => Ok((point, left)),
        _ => anyhow::bail!("`{text}` in {DIE_AT}, which is for tests only, is no kill point"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_named_with_or_without_a_number() {
        assert_eq!(parse("after-commit").unwrap(), (KillPoint::AfterCommit, 1));
        assert_eq!(parse("before-write:7").unwrap(), (KillPoint::BeforeWrite, 7));
        for text in ["", "after", "after-commit:0", "after-commit:", "after-commit:x"] {
            parse(text).unwrap_err();
        }
    }
}
