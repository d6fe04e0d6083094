//! Every recorded transaction, rendered both ways.

use std::collections::{BTreeMap, BTreeSet};

use flow::Topic as _;
use records::TransactionWriter;
use schemas::{LedgerPosition, Transaction, TransactionRecords, transaction_paths};
use serde_json::{Map, Value};
use xrpl_codec::{Hash256, Ledger};

use super::{PLACE, compatible, lossless, paths, rendered};
use crate::Rendering;
use crate::compatible::Compatible;

#[expect(dead_code, reason = "not all of it is needed here")]
#[path = "../../../../crates/xrpl-codec/tests/ledger_data/recorded.rs"]
mod recorded;

/// What names the schema before each datum.
const PREFIX_BYTES: usize = 10;

fn prefix() -> Vec<u8> {
    let nothing = Map::new();
    let empty = records::import::transaction_record(&nothing, PLACE);
    flow::encode::<TransactionRecords>(&empty).unwrap()[..PREFIX_BYTES].to_vec()
}

/// The events of a ledger's transactions, by hash.
fn events(rendering: &Rendering, ledger: &Ledger) -> BTreeMap<String, Map<String, Value>> {
    let (mut writer, prefix) = (TransactionWriter::default(), prefix());
    let count = u32::try_from(ledger.transactions.len()).unwrap();
    let numbered = (0..).zip(&ledger.transactions);
    let events = numbered.map(|(position, it)| {
        let transaction = Transaction::of(
            LedgerPosition {
                ledger_index: ledger.header.index,
                ledger_hash: ledger.hash.0,
                close_time: ledger.header.close_time,
                position,
                count,
            },
            it.hash.0,
            &it.tx_blob,
            &it.meta_blob,
        );
        let message = [&prefix, writer.write(&transaction).unwrap().datum].concat();
        let position = schemas::Transactions::order(&transaction);
        let event = rendered::<TransactionRecords>(rendering, position, &message).unwrap();
        let Value::Object(event) = event else { panic!("an event is an object") };
        (Hash256(transaction.hash).to_string(), event)
    });
    events.collect()
}

/// The former output follows from the server's reply alone.
#[test]
fn compatible_events_are_what_the_former_pipeline_made_of_the_servers_reply() {
    let former = Compatible::new();
    let (mut compared, mut seen) = (0, BTreeSet::new());
    for chain in recorded::CHAINS {
        for recorded in recorded::chain_ledgers(chain) {
            let ledger = recorded::ledger(&recorded.v2_binary);
            let events = events(&compatible(), &ledger);
            for json in recorded.v1["ledger"]["transactions"].as_array().unwrap() {
                let mut json = json.as_object().unwrap().clone();
                json.insert("_LedgerIndex".to_owned(), ledger.header.index.into());
                let hash = json["hash"].as_str().unwrap().to_owned();
                assert_eq!(events[&hash], former.transaction_json(json).unwrap(), "{hash}");
                paths("", &events[&hash], &mut seen);
                compared += 1;
            }
        }
    }
    print_seen("compatible", compared, &seen);
    assert_eq!(compared, 129 + 2_856 + 1);
}

/// Counts the events of ledgers and the paths that they hold.
fn seen_in(ledgers: impl Iterator<Item = Ledger>) -> (usize, BTreeSet<String>) {
    let (mut count, mut seen) = (0, BTreeSet::new());
    for event in ledgers.flat_map(|ledger| events(&lossless(), &ledger).into_values()) {
        paths("", &event, &mut seen);
        count += 1;
    }
    (count, seen)
}

#[test]
fn recorded_ledgers_fill_the_paths_that_the_protocol_has() {
    let recorded = recorded::CHAINS.into_iter().flat_map(recorded::chain_ledgers);
    let (count, seen) = seen_in(recorded.map(|it| recorded::ledger(&it.v2_binary)));
    print_seen("lossless, recorded", count, &seen);
    assert_eq!(count, 129 + 2_856 + 1);
}

#[test]
fn mainnet_ledgers_fill_the_paths_that_the_protocol_has() {
    let Some(data) = recorded::shared_data("mainnet transactions without loss") else { return };
    let files = recorded::files(&data.join("mainnet/ledgers"), "");
    let ledgers = files.iter().filter_map(|path| {
        let reply = recorded::read_json(path);
        records::reply::ledger(&reply).map(|it| it.ledger).ok()
    });
    let (count, seen) = seen_in(ledgers);
    print_seen("lossless, mainnet", count, &seen);
    assert!(count > 300, "{count}");
}

fn print_seen(what: &str, transactions: usize, seen: &BTreeSet<String>) {
    let rows = transaction_paths();
    let known = rows.iter().filter(|row| seen.contains(row.path)).count();
    println!("{what}: {transactions} real transactions hold {known} of {} paths", rows.len());
    let absent: Vec<_> =
        rows.iter().map(|row| row.path).filter(|path| !seen.contains(*path)).collect();
    println!("  in none of them: {absent:?}");
}
