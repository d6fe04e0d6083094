//! All paths of the table hold their values.

use std::collections::BTreeSet;

use records::{Amounts, import, ledger_json, record_json};
use schemas::{
    LedgerPosition, LedgerRecords, TransactionRecords, ledger_paths, ledger_shape,
    transaction_paths, transaction_shape,
};

use crate::samples::full;
use crate::wire::{Wire, assert_reads_back};

pub(crate) const AT: LedgerPosition =
    LedgerPosition { ledger_index: 7, ledger_hash: [1; 32], close_time: 8, position: 0, count: 1 };

#[test]
fn all_paths_of_a_transaction_are_typed_and_come_back() {
    let json = full(transaction_shape());
    let record = import::transaction_record(&json, AT);
    assert_eq!(record.untyped, [], "everything has a field");
    assert_reads_back::<TransactionRecords>(&Wire::new(), &record);
    assert_eq!(record_json(&record, Amounts::Server).unwrap(), json);
    let mut seen = BTreeSet::new();
    crate::real::paths(&record.transaction, &mut seen);
    let table: BTreeSet<String> =
        transaction_paths().iter().map(|row| row.path.to_owned()).collect();
    println!("{} of {} paths of a transaction hold a value and come back", seen.len(), table.len());
    assert_eq!(seen, table);
    assert_eq!(seen.len(), 579);
}

#[test]
fn all_paths_of_a_ledger_are_typed_and_come_back() {
    let json = full(ledger_shape());
    let record = import::ledger_record(&json, AT);
    assert_eq!(record.untyped, [], "everything has a field");
    assert_reads_back::<LedgerRecords>(&Wire::new(), &record);
    let mut seen = BTreeSet::new();
    crate::real::paths(&record.result, &mut seen);
    let table: BTreeSet<String> = ledger_paths().iter().map(|row| row.path.to_owned()).collect();
    println!("{} of {} paths of a ledger hold a value and come back", seen.len(), table.len());
    assert_eq!(seen, table);
    assert_eq!(seen.len(), 26);
    let mut expected = json.clone();
    expected.remove("transaction_count");
    let mut rebuilt = ledger_json(&record).unwrap();
    rebuilt["ledger"].as_object_mut().unwrap().remove("close_time_iso");
    assert_eq!(rebuilt, expected);
}
