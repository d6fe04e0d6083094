//! What `verify` refuses: one rule a test, each with a real ledger and one thing wrong.

use xrpl_codec::{
    Expected, Hash256, HeaderError, LedgerHeader, Malformed, Unverified, transaction_tree_root,
    verify,
};

use crate::recorded::{expected, fixture_ledgers, parts};

struct Real {
    header: Vec<u8>,
    transactions: Vec<(Vec<u8>, Vec<u8>)>,
    expected: Expected,
}

/// A recorded ledger of nine transactions.
fn real() -> Real {
    let ledgers = fixture_ledgers();
    let ledger =
        ledgers.iter().find(|recorded| recorded.name == "ledgers-chain-1.jsonl.gz 25").unwrap();
    let (header, transactions) = parts(&ledger.v2_binary);
    Real { header, transactions, expected: expected(&ledger.v2_binary) }
}

impl Real {
    fn refusal(self) -> Unverified {
        verify(&self.header, self.transactions, &self.expected).unwrap_err()
    }

    /// Puts the header over the transactions as they are, so that only rules about their content are left to break.
    fn rehashed(mut self) -> Self {
        let blobs = self
            .transactions
            .iter()
            .map(|(tx_blob, meta_blob)| (tx_blob.as_slice(), meta_blob.as_slice()));
        let mut header = LedgerHeader::parse(&self.header).unwrap();
        header.transaction_hash = transaction_tree_root(blobs);
        self.header = header.to_bytes().to_vec();
        self.expected.hash = header.hash();
        self
    }
}

#[test]
fn a_real_ledger_is_verified_in_execution_order_whatever_order_it_came_in() {
    let mut real = real();
    real.transactions.reverse();
    let ledger = verify(&real.header, real.transactions, &real.expected).unwrap();
    assert_eq!(
        (ledger.hash, ledger.header.index, ledger.transactions.len()),
        (real.expected.hash, 25, 9)
    );
    for (position, transaction) in (0..).zip(&ledger.transactions) {
        assert_eq!(transaction.meta_blob[..6], [0x20, 0x1C, 0, 0, 0, position]);
    }
}

#[test]
fn header_of_another_length_is_refused() {
    let mut real = real();
    real.header.pop();
    assert_eq!(real.refusal(), Unverified::Header(HeaderError(117)));
}

#[test]
fn header_of_another_index_is_refused() {
    let mut real = real();
    real.expected.index = 26;
    assert_eq!(real.refusal(), Unverified::LedgerIndex { expected: 26, found: 25 });
}

#[test]
fn header_that_hashes_to_something_else_is_refused() {
    let mut real = real();
    *real.header.last_mut().unwrap() ^= 1;
    let found = LedgerHeader::parse(&real.header).unwrap().hash();
    let expected = real.expected.hash;
    assert_eq!(real.refusal(), Unverified::LedgerHash { expected, found });
}

#[test]
fn header_of_another_parent_is_refused() {
    let mut real = real();
    let parent = LedgerHeader::parse(&real.header).unwrap().parent_hash;
    real.expected.parent_hash = Some(Hash256::ZERO);
    assert_eq!(real.refusal(), Unverified::ParentHash { expected: Hash256::ZERO, found: parent });
}

#[test]
fn header_of_the_right_parent_is_verified() {
    let mut real = real();
    real.expected.parent_hash = Some(LedgerHeader::parse(&real.header).unwrap().parent_hash);
    assert!(verify(&real.header, real.transactions, &real.expected).is_ok());
}

fn assert_root_refused(real: Real) {
    let header = LedgerHeader::parse(&real.header).unwrap();
    match real.refusal() {
        Unverified::TransactionHash { expected, found } => {
            assert_eq!(expected, header.transaction_hash);
            assert_ne!(found, expected);
        }
        other => panic!("{other}"),
    }
}

#[test]
fn missing_transaction_is_refused() {
    let mut real = real();
    real.transactions.pop();
    assert_root_refused(real);
}

#[test]
fn all_transactions_missing_is_refused() {
    let mut real = real();
    real.transactions.clear();
    assert_root_refused(real);
}

#[test]
fn one_changed_bit_of_a_transaction_is_refused() {
    let mut real = real();
    *real.transactions[3].0.last_mut().unwrap() ^= 1;
    assert_root_refused(real);
}

#[test]
fn one_changed_bit_of_metadata_is_refused() {
    let mut real = real();
    *real.transactions[3].1.last_mut().unwrap() ^= 1;
    assert_root_refused(real);
}

#[test]
fn metadata_of_another_transaction_is_refused() {
    let mut real = real();
    let taken = real.transactions[0].1.clone();
    real.transactions[0].1 = std::mem::replace(&mut real.transactions[1].1, taken);
    assert_root_refused(real);
}

#[test]
fn transaction_from_another_ledger_is_refused() {
    let mut real = real();
    let others = fixture_ledgers();
    let other =
        others.iter().find(|recorded| recorded.name == "ledgers-chain-1.jsonl.gz 24").unwrap();
    real.transactions.extend(parts(&other.v2_binary).1);
    assert_root_refused(real);
}

#[test]
fn the_same_transaction_twice_is_refused() {
    let mut real = real();
    let twice = real.transactions[2].clone();
    let hash = xrpl_codec::transaction_id(&twice.0);
    real.transactions.push(twice);
    assert_eq!(real.refusal(), Unverified::Duplicate { hash });
}

/// Position of the transaction whose metadata has this `TransactionIndex`.
fn at_index(real: &Real, index: u8) -> usize {
    real.transactions.iter().position(|(_, meta_blob)| meta_blob[5] == index).unwrap()
}

#[test]
fn transaction_index_that_is_there_twice_is_refused() {
    let mut real = real();
    let third = at_index(&real, 3);
    real.transactions[third].1[5] = 2;
    assert_eq!(real.rehashed().refusal(), Unverified::TransactionIndex { expected: 3, found: 2 });
}

#[test]
fn gap_between_transaction_indexes_is_refused() {
    let mut real = real();
    let last = at_index(&real, 8);
    real.transactions[last].1[5] = 9;
    assert_eq!(real.rehashed().refusal(), Unverified::TransactionIndex { expected: 8, found: 9 });
}

#[test]
fn metadata_without_transaction_index_is_refused() {
    let mut real = real();
    let hash = xrpl_codec::transaction_id(&real.transactions[4].0);
    real.transactions[4].1.drain(..6);
    let source = Malformed::Missing("TransactionIndex");
    assert_eq!(real.rehashed().refusal(), Unverified::Metadata { hash, source });
}

#[test]
fn metadata_that_ends_early_is_refused() {
    let mut real = real();
    let hash = xrpl_codec::transaction_id(&real.transactions[4].0);
    real.transactions[4].1.truncate(4);
    let source = Malformed::UnexpectedEnd { at: 4 };
    assert_eq!(real.rehashed().refusal(), Unverified::Metadata { hash, source });
}
