//! Headers come back from their records.

use flow::encode;
use records::{ledger_json, ledger_record};
use schemas::{LedgerHeader, LedgerRecords};
use serde_json::Value;
use xrpl_codec::Ledger;

use crate::recorded::{CHAINS, RecordedLedger, chain_ledgers, fixture_ledgers, ledger};
use crate::wire::Wire;

fn header<'h>(ledger: &Ledger, bytes: &'h [u8]) -> LedgerHeader<'h> {
    LedgerHeader {
        ledger_index: ledger.header.index,
        ledger_hash: ledger.hash.0,
        header: bytes,
        parent_hash: ledger.header.parent_hash.0,
        transaction_hash: ledger.header.transaction_hash.0,
        account_hash: ledger.header.account_hash.0,
        total_coins: ledger.header.total_coins,
        parent_close_time: ledger.header.parent_close_time,
        close_time: ledger.header.close_time,
        close_time_resolution: ledger.header.close_time_resolution,
        close_flags: ledger.header.close_flags,
        transaction_count: u32::try_from(ledger.transactions.len()).unwrap(),
    }
}

fn assert_comes_back(wire: &Wire, recorded: &RecordedLedger) {
    let ledger = ledger(&recorded.v2_binary);
    let bytes = ledger.header.to_bytes();
    let record = ledger_record(&header(&ledger, &bytes)).unwrap();
    let message = encode::<LedgerRecords>(&record).unwrap();
    let read = wire.decoder.decode::<LedgerRecords>(&message).unwrap();
    assert_eq!(read, record);
    let mut server = recorded.v1.clone();
    server.as_object_mut().unwrap().remove("status");
    server["ledger"].as_object_mut().unwrap().remove("transactions");
    assert_eq!(Value::Object(ledger_json(&read).unwrap()), server, "{}", recorded.name);
}

#[test]
fn every_recorded_header_comes_back_from_its_record() {
    let wire = Wire::new();
    fixture_ledgers().iter().for_each(|recorded| assert_comes_back(&wire, recorded));
    let mut count = 0;
    for recorded in CHAINS.into_iter().flat_map(|chain| chain_ledgers(chain)) {
        assert_comes_back(&wire, &recorded);
        count += 1;
    }
    println!("{count} recorded headers came back");
    assert_eq!(count, 24 + 349 + 6);
}
