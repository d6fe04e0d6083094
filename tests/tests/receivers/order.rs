//! Several receivers in order of preference.

use ekspiper_tests::{FlowProcess, eventually, get};
use fluent::{Mode, Receiver, ReceiverSettings};
use tokio::runtime::Runtime;

use crate::WAIT_S_MAX;
use crate::deliveries::{Deliveries, free_address};
use crate::feed::Feed;

/// What `/readyz` says about the receiver.
fn writes_to(sink: &FlowProcess) -> Option<String> {
    let (_, readiness) = get(sink.admin(), "/readyz")?;
    readiness.lines().find_map(|it| it.strip_prefix("fluent-sink writes to: ")).map(str::to_owned)
}

#[track_caller]
fn wait_writes_to(sink: &FlowProcess, beginning: &str, passed_over: f64) -> String {
    let text = eventually(WAIT_S_MAX, &format!("the sink writes to {beginning}"), || {
        writes_to(sink).filter(|text| text.starts_with(beginning))
    });
    assert_eq!(sink.metric("ekspiper_receivers_passed_over"), passed_over);
    let used = format!("endpoint=\"{}\"", beginning.split(',').next().unwrap());
    assert_eq!(sink.metric_of("ekspiper_receiver_used", &[&used]), 1.0);
    assert_eq!(sink.metric("ekspiper_receiver_used"), 1.0);
    text
}

#[test]
fn next_receiver_is_written_to_until_a_preferred_one_is_back() {
    let runtime = Runtime::new().unwrap();
    let (deliveries, settings) = (Deliveries::new(), ReceiverSettings::default());
    let second = deliveries.receiver(&runtime, settings.clone());
    let (first_address, second_address) = (free_address(), second.address());
    let addresses = format!("{first_address},{second_address}");
    let mut feed = Feed::new("order", 20, 500);
    let variables = [("FLUENT_ADDRESS", &*addresses)];
    let sink = FlowProcess::start_with(&feed.lane, "fluent-sink", &[], &variables);
    feed.ledgers(8);
    deliveries.wait_whole(feed.events());
    let why =
        format!("{second_address}, in place of {first_address}: can't connect to the receiver");
    let why = wait_writes_to(&sink, &why, 1.0);
    assert!(why.contains("refused"), "{why}");
    assert_eq!(deliveries.taken().chunks.len(), 1, "the first was never there");

    let first = deliveries.receiver_at(&runtime, first_address, settings.clone());
    wait_writes_to(&sink, &first_address.to_string(), 0.0);
    feed.ledgers(8);
    deliveries.wait_whole(feed.events());
    let chunks = |receiver: &Receiver| deliveries.taken().chunks[&receiver.address()];
    assert_eq!((chunks(&first), chunks(&second)), (16, 16));

    runtime.block_on(first.stop());
    let sent = feed.events();
    feed.ledgers(8);
    deliveries.wait_whole(feed.events());
    wait_writes_to(&sink, &second_address.to_string(), 1.0);
    assert!(chunks(&second) > 16, "{sent} events before");

    // Now the second goes as well, and the first is back.
    let first = deliveries.receiver_at(&runtime, first_address, settings);
    runtime.block_on(second.stop());
    feed.ledgers(8);
    deliveries.wait_whole(feed.events());
    wait_writes_to(&sink, &first_address.to_string(), 0.0);
    assert!(first.counts().batches > 0);
}

#[test]
fn every_mode_and_a_tag_of_ones_own_reach_a_receiver() {
    let runtime = Runtime::new().unwrap();
    let deliveries = Deliveries::new();
    let receiver = deliveries.receiver(&runtime, ReceiverSettings::default());
    let address = receiver.address().to_string();
    let mut feed = Feed::new("modes", 10, 100);
    for (word, mode) in [
        ("message", Mode::Message),
        ("forward", Mode::Forward),
        ("packed-forward", Mode::PackedForward),
        ("compressed-packed-forward", Mode::CompressedPackedForward),
    ] {
        let tag = format!("xrpl[.{{lane}}].{word}.{{kind}}");
        let arguments =
            ["--fluent-address", &*address, "--fluent-mode", word, "--fluent-tag", &*tag];
        let mut sink = FlowProcess::start(&feed.lane, "fluent-sink", &arguments);
        feed.ledgers(4);
        deliveries.wait_whole(feed.events());
        assert!(sink.terminate(WAIT_S_MAX).1.success());
        let mut taken = deliveries.taken();
        assert_eq!(std::mem::take(&mut taken.modes), [mode].into());
        let tags = ["transactions", "ledgers"].map(|kind| format!("xrpl.{word}.{kind}"));
        assert_eq!(std::mem::take(&mut taken.tags), tags.into());
    }
}
