//! Which ledgers are announced, in which order and how often.

use std::sync::{Arc, Mutex, PoisonError};

use xrpl_codec::Ledger;

use super::{Fault, Faults};

/// How often a repeated announcement comes.
const REPEATS: usize = 4;

/// The announcements of a server.
#[derive(Debug, Default)]
pub(crate) struct Announcing {
    /// A ledger that is announced after the next one.
    held_back: Mutex<Option<Arc<Ledger>>>,
}

impl Announcing {
    /// What is announced now that a ledger is the newest.
    pub(crate) fn of(&self, newest: Arc<Ledger>, faults: &Faults) -> Vec<Arc<Ledger>> {
        let mut held_back = self.held_back.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.happens(Fault::Silence) || faults.happens(Fault::NotSynced) {
            return Vec::new();
        }
        let announced = match held_back.take() {
            Some(earlier) => vec![newest, earlier],
            None if faults.happens(Fault::Disorder) => {
                *held_back = Some(newest);
                return Vec::new();
            }
            None => vec![newest],
        };
        let times = if faults.happens(Fault::Repeats) { REPEATS } else { 1 };
        announced.into_iter().flat_map(|ledger| std::iter::repeat_n(ledger, times)).collect()
    }
}
