//! Offers, accounts, trust lines and fees at every ledger of a chain, followed through metadata.

use std::collections::{BTreeMap, HashMap};

use xrpl_codec::{
    Action, AffectedNode, AffectedNodes, Book, Hash256, Ledger, LedgerTransaction, Malformed,
};

use crate::entry::{
    ADDITIONAL_BOOKS, BOOK_DIRECTORY, BOOK_NODE, DOMAIN_ID, Entry, EntryType, TAKER_GETS,
    TAKER_PAYS, Thread,
};

/// Every version of every entry of the types in [`EntryType`].
#[derive(Debug, Default)]
pub(crate) struct History {
    /// By key: the ledger at whose end the version stood, in order; `None` is gone.
    versions: HashMap<Hash256, Vec<(u32, Option<Entry>)>>,
    /// Every offer there ever was, by its place; a hybrid one has one in each of its books.
    offers: HashMap<Book, BTreeMap<Place, Hash256>>,
    /// Offers seen so far.
    born: u64,
}

/// The place of an offer in its book: by quality, then by page, then by age, as rippled's directories keep them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The directory, whose last eight bytes are the quality.
    pub(crate) directory: Hash256,
    /// The page of the directory.
    page: u64,
    /// Number among all offers, by creation.
    born: u64,
}

impl History {
    /// Begins with a whole state; entries of other types are left out.
    pub(crate) fn begin<'a>(
        ledger_index: u32,
        state: impl IntoIterator<Item = (Hash256, &'a [u8])>,
    ) -> Result<Self, Malformed> {
        let mut history = Self::default();
        for (key, data) in state {
            // Every entry begins with its type: field 0x11 and two bytes.
            let kind = data
                .get(1..3)
                .and_then(|code| EntryType::from_code(u16::from_be_bytes([code[0], code[1]])));
            if let Some(kind) = kind {
                history.set(kind, key, ledger_index, Some(Entry::parse(data)?));
            }
        }
        Ok(history)
    }

    /// Applies the metadata of the next ledger. `below` answers for entries that are not here.
    pub(crate) fn apply(
        &mut self,
        ledger: &Ledger,
        below: impl Fn(Hash256) -> Option<Entry>,
    ) -> Result<(), Malformed> {
        for transaction in &ledger.transactions {
            self.apply_transaction(ledger.header.index, transaction, &below)?;
        }
        Ok(())
    }

    fn apply_transaction(
        &mut self,
        ledger_index: u32,
        transaction: &LedgerTransaction,
        below: &impl Fn(Hash256) -> Option<Entry>,
    ) -> Result<(), Malformed> {
        let thread = Thread { transaction: transaction.hash, ledger_index };
        for node in AffectedNodes::new(&transaction.meta_blob) {
            let node = node?;
            let Some(kind) = EntryType::from_code(node.entry_type) else { continue };
            let entry = match node.action {
                Action::Created => Some(Entry::created(kind, &node, thread)?),
                Action::Deleted => None,
                Action::Modified => Some(self.modified(kind, &node, thread, below)?),
            };
            self.set(kind, node.index, ledger_index, entry);
        }
        Ok(())
    }

    fn modified(
        &self,
        kind: EntryType,
        node: &AffectedNode<'_>,
        thread: Thread,
        below: &impl Fn(Hash256) -> Option<Entry>,
    ) -> Result<Entry, Malformed> {
        let newest = self.versions.get(&node.index).and_then(|versions| versions.last());
        match newest {
            Some((_, Some(entry))) => entry.modified(node, thread),
            _ => match below(node.index) {
                Some(entry) => entry.modified(node, thread),
                // Metadata without what was before: its own fields are all there is to know.
                None => Entry::created(
                    kind,
                    &AffectedNode { new_fields: node.final_fields, ..*node },
                    thread,
                ),
            },
        }
    }

    fn set(&mut self, kind: EntryType, key: Hash256, ledger_index: u32, entry: Option<Entry>) {
        let versions = self.versions.entry(key).or_default();
        if versions.is_empty() && kind == EntryType::Offer {
            for (book, directory, page) in entry.iter().flat_map(places_of) {
                let place = Place { directory, page, born: self.born };
                self.offers.entry(book).or_default().insert(place, key);
            }
            self.born += 1;
        }
        match versions.last_mut() {
            Some((last, version)) if *last == ledger_index => *version = entry,
            _ => versions.push((ledger_index, entry)),
        }
    }

    /// What stood under a key at the end of a ledger; the outer `None` is for a key that was not touched until then.
    pub(crate) fn entry(&self, key: Hash256, at: u32) -> Option<Option<&Entry>> {
        let versions = self.versions.get(&key)?;
        let newer = versions.partition_point(|(ledger_index, _)| *ledger_index <= at);
        versions[..newer].last().map(|(_, entry)| entry.as_ref())
    }

    /// The offers that ever were in a book, in its order.
    pub(crate) fn offers(&self, book: Book) -> impl Iterator<Item = (Place, Hash256)> {
        self.offers.get(&book).into_iter().flatten().map(|(place, key)| (*place, *key))
    }

    /// Keys of all entries that were ever there.
    #[cfg(test)]
    pub(crate) fn keys(&self) -> impl Iterator<Item = Hash256> {
        self.versions.keys().copied()
    }
}

/// The places of an offer: in its book, and for a hybrid one in the open book too.
fn places_of(offer: &Entry) -> impl Iterator<Item = (Book, Hash256, u64)> {
    let assets = offer.amount(TAKER_GETS).zip(offer.amount(TAKER_PAYS));
    let place = |at: &Entry, domain| {
        let (gets, pays) = assets?;
        let book = Book { gets: gets.asset(), pays: pays.asset(), domain };
        Some((book, at.hash(BOOK_DIRECTORY)?, at.number64(BOOK_NODE).unwrap_or_default()))
    };
    let own = place(offer, offer.hash(DOMAIN_ID));
    let open = offer.elements(ADDITIONAL_BOOKS).into_iter().filter_map(|at| place(&at, None));
    own.into_iter().chain(open.collect::<Vec<_>>())
}
