//! Ledgers far larger than a broker's message.

use std::collections::BTreeMap;

use ekspiper_tests::{Record, eventually};

use crate::network::{Made, Network, WAIT_S_MAX};

/// What a broker takes in one message unless told otherwise.
const MESSAGE_BYTES_MAX: usize = 1_048_588;
const LEDGER_BYTES: usize = 12_000_000;
/// So many recorded transactions make up a ledger of that size.
const TRANSACTIONS: u32 = 16_500;
/// Memory for one ledger is less than so many times its size.
const TIMES_MAX: f64 = 6.0;

#[test]
fn a_ledger_of_twelve_megabytes_goes_through_a_broker_that_takes_one() {
    let network = Network::new("large", 2);
    let made = Made { seed: 5, first_ledger: 1, ledgers: 3, transactions: TRANSACTIONS };
    let server = network.serve(None, made);
    let urls = [server.url()];
    let few = ["--ledger-bytes-max", "10000000"];
    let details = network.start("ledger-details", &urls, &few);
    let transactions = network.start("ledger-transactions", &[], &[]);
    details.wait_ready();
    transactions.wait_ready();
    let idle = [details.peak_bytes(), transactions.peak_bytes()];
    let source = network.start("ledger-source", &urls, &["--start", "3"]);
    let written = network.records("transactions", TRANSACTIONS as usize);
    let ledgers = network.records("ledgers", 1);
    let bytes: usize = ledgers.iter().map(|record| record.value.len()).sum();
    assert!(bytes >= LEDGER_BYTES, "the ledger has only {bytes} bytes");
    let largest = ledgers.iter().map(|record| record.value.len() + record.key.len()).max().unwrap();
    assert!(largest < MESSAGE_BYTES_MAX, "{largest}");
    assert_complete(&ledgers);
    assert_complete(&written);
    // The end of a transaction would have an offset between them.
    let offsets = ledgers.iter().map(|record| record.offset - ledgers[0].offset);
    assert!(
        offsets.eq(0..i64::try_from(ledgers.len()).unwrap()),
        "one transaction holds all chunks"
    );
    assert_eq!(written.len(), TRANSACTIONS as usize);
    for (name, flow, idle) in
        [("ledger-details", &details, idle[0]), ("ledger-transactions", &transactions, idle[1])]
    {
        let grown = flow.peak_bytes().saturating_sub(idle);
        #[expect(clippy::cast_precision_loss, reason = "a few megabytes fit")]
        let times = grown as f64 / bytes as f64;
        println!(
            "{name}: peak {:.0} MB, {:.0} MB above idle, {times:.1} times the ledger of {:.1} MB in {} chunks",
            flow.peak_bytes() as f64 / 1e6,
            grown as f64 / 1e6,
            bytes as f64 / 1e6,
            ledgers.len()
        );
        assert!(times < TIMES_MAX, "{name} took {times:.1} times the ledger's size");
    }
    let alarm = details.line(WAIT_S_MAX, "ledger is larger than expected");
    assert!(alarm.contains("\"bytes_max\":10000000"), "{alarm}");
    eventually(WAIT_S_MAX, "the alarm is counted", || {
        (details.metric("ekspiper_oversized_ledgers_total") > 0.0).then_some(())
    });
    drop(source);
}

/// Each ledger has every position once, in order.
fn assert_complete(records: &[Record]) {
    let mut ledgers: BTreeMap<u64, Vec<&Record>> = BTreeMap::new();
    for record in records {
        ledgers.entry(record.sequence()).or_default().push(record);
    }
    for (index, parts) in ledgers {
        for (part, record) in parts.iter().enumerate() {
            assert_eq!(record.position(), format!("{index}/{part}/{}", parts.len()));
        }
    }
}
