//! Transactions of a type that the definitions lack.

use ekspiper_tests::Kafka;
use fluent::{Receiver, ReceiverSettings};
use xrpl_sim::Fault;

use crate::fault_case::patiently;
use crate::path::Path;
use crate::servers::Servers;

#[test]
fn a_transaction_of_an_unknown_type_goes_all_the_way_and_is_counted() {
    let mut servers = Servers::start(1);
    let mut path = Path::start("with-unknown-type", &servers.urls());
    let settings = ReceiverSettings::default();
    let receiving = Receiver::start("127.0.0.1:0", settings, |_| async { Ok(()) });
    let receiver = Kafka::shared().wait(receiving).unwrap();
    let address = receiver.address().to_string();
    let _transactions = path.start_beside("ledger-transactions", &[]);
    let _headers = path.start_beside("ledger-record", &[]);
    let _records = path.start_beside("transaction-record", &[]);
    let sink = path.start_beside("fluent-sink", &["--fluent-address", &address]);
    path.wait_arrived(8, "before the fault");
    servers.turn_on(&Fault::UnknownType.into(), &[0]);
    patiently("unknown types are in the chain", || servers.applied(Fault::UnknownType, &[0]) > 3);
    servers.turn_off(Fault::UnknownType);
    servers.stop_clock();
    let told = servers.applied(Fault::UnknownType, &[0]);
    let chain = servers.chain();
    path.wait_arrived(chain.len(), "in the end");
    path.assert_holds(&chain);
    let transactions: usize = chain.iter().map(|ledger| ledger.transactions.len()).sum();
    patiently("every transaction has a record", || path.recorded() >= transactions);
    assert_eq!(path.recorded(), transactions);
    let label = r#"record_type="Unknown_60000""#;
    patiently("the sink has sent them", || {
        sink.metric_of("ekspiper_records_by_type_total", &[label]) >= told as f64
    });
    println!(
        "unknown-type: {told} transactions, fluent-sink ekspiper_records_by_type_total{{{label}}} {told}"
    );
}
