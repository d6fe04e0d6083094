//! A chain of ledgers that the server holds, and what it knows of their state.

use std::ops::RangeInclusive;
use std::sync::Arc;

use xrpl_codec::{Hash256, Ledger, LedgerHeader};

use crate::recorded_state::RecordedState;
use crate::view::View;

/// A chain of closed, validated ledgers without gap. All hashes are true.
pub(crate) trait Chain: Send + Sync {
    /// The first and the newest ledger that are held. The newest grows by [`Chain::close`].
    fn range(&self) -> RangeInclusive<u32>;

    /// The ledger at this index, if it is held.
    fn ledger(&self, index: u32) -> Option<Arc<Ledger>>;

    /// The header of the ledger at this index, if it is held.
    fn header(&self, index: u32) -> Option<LedgerHeader>;

    /// The index of the ledger with this hash, if it is held.
    fn index_of(&self, hash: Hash256) -> Option<u32>;

    /// The hash of a ledger up to the newest, also of one from before the first that is held.
    fn hash_of(&self, index: u32) -> Option<Hash256>;

    /// Closes the next ledger; `None` when there is none to come.
    ///
    /// # Errors
    /// If the tip cannot be kept on disk.
    fn close(&self) -> std::io::Result<Option<Arc<Ledger>>>;

    /// All ledger entries at this ledger, where they were recorded.
    fn state(&self, index: u32) -> Option<RecordedState<'_>>;

    /// Offers, accounts, trust lines and fees at a ledger that is held.
    fn view(&self, index: u32) -> View<'_>;

    /// What `server_definitions` answers, as JSON text.
    fn definitions(&self) -> &str;
}
