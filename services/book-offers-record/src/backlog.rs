//! The requests that were read and are not answered yet, in all partitions of this process.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use xrpl_codec::Book;

/// What is in sight: how far the flow is behind its input, and which books are asked for again later.
///
/// Both follow from the input alone, not from a clock or from the servers: a ledger of long ago is not behind where nothing newer
/// waits.
#[derive(Debug, Default)]
pub(crate) struct Backlog(Mutex<InSight>);

#[derive(Debug, Default)]
struct InSight {
    /// The requests that wait: book and ledger.
    waiting: BTreeSet<(Book, u32)>,
    /// The newest ledger of any request so far.
    newest: u32,
}

/// A request that waits until this is dropped.
#[derive(Debug)]
pub(crate) struct Waiting<'b> {
    backlog: &'b Backlog,
    book: Book,
    ledger_index: u32,
}

impl Backlog {
    /// Enters a request.
    pub(crate) fn enter(&self, book: Book, ledger_index: u32) -> Waiting<'_> {
        let mut in_sight = self.lock();
        in_sight.newest = in_sight.newest.max(ledger_index);
        in_sight.waiting.insert((book, ledger_index));
        Waiting { backlog: self, book, ledger_index }
    }

    fn lock(&self) -> MutexGuard<'_, InSight> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting<'_> {
    /// By how many ledgers the request is older than the newest one that was read.
    pub(crate) fn behind(&self) -> u32 {
        self.backlog.lock().newest - self.ledger_index
    }

    /// The newest ledger with a request for the same book that waits as well, if that is newer.
    pub(crate) fn newer(&self) -> Option<u32> {
        let in_sight = self.backlog.lock();
        let of_book = (self.book, self.ledger_index + 1)..=(self.book, u32::MAX);
        in_sight.waiting.range(of_book).next_back().map(|(_, ledger_index)| *ledger_index)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.backlog.lock().waiting.remove(&(self.book, self.ledger_index));
    }
}

#[cfg(test)]
mod tests {
    use xrpl_codec::{Asset, Hash256};

    use super::*;

    const OPEN: Book = Book { gets: Asset::Xrp, pays: Asset::Xrp, domain: None };
    const OTHER: Book = Book { domain: Some(Hash256::ZERO), ..OPEN };

    #[test]
    fn the_newest_request_for_the_same_book_is_seen_while_it_waits() {
        let backlog = Backlog::default();
        let first = backlog.enter(OPEN, 10);
        assert_eq!((first.behind(), first.newer()), (0, None));
        let (second, third) = (backlog.enter(OPEN, 12), backlog.enter(OPEN, 15));
        assert_eq!((first.behind(), first.newer(), third.newer()), (5, Some(15), None));
        drop(third);
        assert_eq!((first.newer(), second.newer()), (Some(12), None));
        drop(second);
        assert_eq!((first.behind(), first.newer()), (5, None));
    }

    #[test]
    fn another_book_is_no_newer_one_although_it_shows_how_far_the_flow_is_behind() {
        let backlog = Backlog::default();
        let (open, _other) = (backlog.enter(OPEN, 10), backlog.enter(OTHER, 30));
        assert_eq!((open.behind(), open.newer()), (20, None));
    }
}
