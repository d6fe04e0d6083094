//! Headers come back from their records.

use flow::encode;
use records::{ledger_header, ledger_json, ledger_record};
use schemas::LedgerRecords;
use serde_json::Value;

use crate::recorded::{CHAINS, RecordedLedger, chain_ledgers, fixture_ledgers, ledger};
use crate::wire::Wire;

fn assert_comes_back(wire: &Wire, recorded: &RecordedLedger) {
    let ledger = ledger(&recorded.v2_binary);
    let bytes = ledger.header.to_bytes();
    let record = ledger_record(&ledger_header(&ledger, &bytes)).unwrap();
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
    for recorded in CHAINS.into_iter().flat_map(chain_ledgers) {
        assert_comes_back(&wire, &recorded);
        count += 1;
    }
    println!("{count} recorded headers came back");
    assert_eq!(count, 24 + 349 + 6);
}
