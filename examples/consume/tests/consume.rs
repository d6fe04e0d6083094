//! The consumers read what a flow has written.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

use std::process::Command;

use ekspiper_tests::{Chain, FlowProcess, Kafka, Lane, Reader, Writer, eventually};
use flow::Topic as _;
use schemas::{LedgerHeaders, Ledgers};
use xrpl_sim::Recording;

/// Standard output of a command that succeeds.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A Python with the packages of `consume.py`, if there is one.
fn python() -> Option<&'static str> {
    let imports = ["-c", "import confluent_kafka, fastavro"];
    let has = |python: &&str| {
        Command::new(python).args(imports).output().is_ok_and(|it| it.status.success())
    };
    [concat!(env!("CARGO_MANIFEST_DIR"), "/../../.cache/python/bin/python"), "python3"]
        .into_iter()
        .find(has)
}

#[test]
fn consumers_print_the_headers_that_a_flow_has_written() {
    let kafka = Kafka::shared();
    let chain = Chain::of(Recording::Small.archive().unwrap().ledgers);
    let lane = Lane::make_whole(kafka, "consumed", "live", 2);
    let mut writer = Writer::new(kafka, &lane);
    chain.ledgers().for_each(|ledger| writer.record::<Ledgers>(&ledger));
    writer.flush();
    let flow = FlowProcess::ready(&lane, "ledger-transactions", &[]);
    let (reader, topic) = (Reader::committed(kafka), lane.topic(&LedgerHeaders::SPEC));
    let count = chain.ledgers.len();
    eventually(60, "all headers are there", || (reader.all(&topic).len() == count).then_some(()));
    drop(flow);
    let arguments = [kafka.servers(), topic, count.to_string()];
    let printed = output(Command::new(env!("CARGO_BIN_EXE_consume")).args(&arguments));
    assert_eq!(printed.lines().count(), count);
    for ledger in &chain.ledgers {
        let index = format!("\"ledger_index\":{},", ledger.ledger.header.index);
        assert!(printed.contains(&index), "{index} {printed}");
    }
    let Some(python) = python() else {
        return println!("skipped: consume.py (confluent-kafka and fastavro are not installed)");
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/consume.py");
    let printed = output(Command::new(python).arg(script).args(&arguments));
    assert_eq!(printed.lines().count(), count);
    assert!(printed.contains("\"ledger_index\": 25,"), "{printed}");
}
