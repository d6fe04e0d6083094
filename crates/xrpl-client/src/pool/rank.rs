//! How a server stands towards a question.

use super::health::Standing;
use super::holdings::Holding;

/// How a server stands towards a question; lower is asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) standing: Standing,
    /// It can't be asked for so long that another is asked rather.
    pub(super) waits_long: bool,
    /// Whether it has the ledger.
    pub(super) holding: Holding,
}

impl Rank {
    /// How willingly the server is asked.
    pub(super) fn standing(self) -> Standing {
        self.standing
    }

    /// Whether the server is worth asking beside another one that is slow, or again after it failed.
    pub(super) fn is_good(self) -> bool {
        self.standing == Standing::Up && !self.waits_long && self.holding != Holding::Lacks
    }
}
