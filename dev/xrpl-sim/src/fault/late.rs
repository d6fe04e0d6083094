//! Ledgers that are announced before they can be asked for.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a ledger cannot be asked for.
const LATE: Duration = Duration::from_millis(1_500);

/// The ledgers that closed a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Late(Mutex<VecDeque<(u32, Instant)>>);

impl Late {
    /// A ledger has closed.
    pub(crate) fn closed(&self, index: u32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back((index, Instant::now()));
    }

    /// Whether a ledger cannot be asked for yet.
    pub(crate) fn contains(&self, index: u32) -> bool {
        let mut closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while closed.front().is_some_and(|(_, at)| at.elapsed() >= LATE) {
            closed.pop_front();
        }
        closed.iter().any(|(late, _)| *late == index)
    }
}
