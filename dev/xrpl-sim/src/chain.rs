//! The chain of ledgers of the server, and its state.

use std::ops::RangeInclusive;
use std::sync::Arc;

use xrpl_codec::{Hash256, Ledger, LedgerHeader};

use crate::recorded_state::RecordedState;
use crate::view::View;

/// A chain of closed, validated ledgers without gap. All hashes are true.
pub(crate) trait Chain: Send + Sync {
    /// The first and the newest available ledger. The newest one advances by [`Chain::close`].
    fn range(&self) -> RangeInclusive<u32>;

    /// The ledger at this index, if it is available.
    fn ledger(&self, index: u32) -> Option<Arc<Ledger>>;

    /// The header of the ledger at this index, if it is available.
    fn header(&self, index: u32) -> Option<LedgerHeader>;

    /// The index of the ledger with this hash, if it is available.
    fn index_of(&self, hash: Hash256) -> Option<u32>;

    /// The hash of a ledger up to the newest, also of one before the first available one.
    fn hash_of(&self, index: u32) -> Option<Hash256>;

    /// Closes the next ledger; `None` at the end of the chain.
    ///
    /// # Errors
    /// When the tip can't be written to disk.
    fn close(&self) -> std::io::Result<Option<Arc<Ledger>>>;

    /// All ledger entries at this ledger, where they were recorded.
    fn state(&self, index: u32) -> Option<RecordedState<'_>>;

    /// Offers, accounts, trust lines and fees at an available ledger.
    fn view(&self, index: u32) -> View<'_>;

    /// The reply to `server_definitions`, as JSON text.
    fn definitions(&self) -> &str;
}
