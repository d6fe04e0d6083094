//! The flow's function by itself, and the flow as a process on a real broker.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

use ekspiper_tests::{Chain, FlowProcess, Kafka, Lane, Reader, Writer, eventually};
use fee_burns::{FeeBurns, burn};
use flow::{DEAD_LETTERS, Decoder, SCHEMAS, Topic as _, TopicSchema};
use schemas::Transactions;
use xrpl_sim::Recording;

/// The recorded chain of 24 ledgers.
fn chain() -> Chain {
    Chain::of(Recording::Small.archive().unwrap().ledgers)
}

#[test]
fn fees_of_a_ledger_are_what_its_total_of_coins_lost() {
    let chain = chain();
    for pair in chain.ledgers.windows(2) {
        let [parent, ledger] = [&pair[0].ledger, &pair[1].ledger];
        let of_ledger = chain.transactions().filter(|it| it.ledger_index == ledger.header.index);
        let burned: u64 = of_ledger.map(|transaction| burn(&transaction).unwrap().drops).sum();
        assert_eq!(parent.header.total_coins - burned, ledger.header.total_coins);
    }
}

#[test]
fn transaction_that_can_not_be_decoded_is_rejected() {
    let chain = chain();
    let mut transaction = chain.transactions().next().unwrap();
    transaction.tx_blob = &transaction.tx_blob[..10];
    assert!(burn(&transaction).is_err());
}

#[test]
fn every_transaction_has_its_burn_in_the_topic_once_and_in_order() {
    let (kafka, chain) = (Kafka::shared(), chain());
    let specs = [Transactions::SPEC, FeeBurns::SPEC, DEAD_LETTERS, SCHEMAS];
    let lane = Lane::make_of(kafka, "burns", "live", 2, &specs);
    let mut writer = Writer::new(kafka, &lane);
    chain.transactions().for_each(|transaction| writer.record::<Transactions>(&transaction));
    writer.flush();
    let flow = FlowProcess::ready(&lane, "fee-burns", &[]);
    let (reader, topic) = (Reader::committed(kafka), lane.topic(&FeeBurns::SPEC));
    let count = chain.transactions().count();
    let records = eventually(60, "all burns are there", || {
        Some(reader.all(&topic)).filter(|records| records.len() >= count)
    });
    let decoder = Decoder::new(&[TopicSchema::of::<FeeBurns>()]);
    let found: Vec<_> =
        records.iter().map(|it| decoder.decode::<FeeBurns>(&it.value).unwrap()).collect();
    let mut expected: Vec<_> = chain.transactions().map(|it| burn(&it).unwrap()).collect();
    // Partition by partition: a ledger lies in partition index mod P.
    expected.sort_by_key(|burn| burn.ledger_index % 2);
    assert_eq!(found, expected);
    drop(flow);
}

#[test]
fn code_that_the_document_shows_is_in_the_example() {
    let read = |path| std::fs::read_to_string(path).unwrap();
    let document = read("../../docs/adding-a-flow.md");
    let sources = [read("src/lib.rs"), read("src/main.rs")].concat();
    let shown = document.split("```rust\n").skip(1).flat_map(|rest| {
        let block = rest.split("```").next().unwrap();
        block.lines().filter(|line| !line.trim_start().starts_with("//") && !line.is_empty())
    });
    let missing: Vec<_> = shown.filter(|line| !sources.lines().any(|it| it == *line)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
