//! A receiver that misbehaves in every way, one after the other.

use ekspiper_tests::{FlowProcess, eventually};
use fluent::ReceiverSettings;
use tokio::runtime::Runtime;

use crate::WAIT_S_MAX;
use crate::commits::committed;
use crate::deliveries::Deliveries;
use crate::faulty_receiver::FaultyReceiver;
use crate::feed::Feed;

/// A few megabytes of records pass in little chunks: much more than this would be a leak.
const RESIDENT_BYTES_MAX: u64 = 256 << 20;

#[test]
fn all_arrives_once_and_in_order_whatever_the_receiver_does() {
    let runtime = Runtime::new().unwrap();
    let deliveries = Deliveries::new();
    let real = deliveries.receiver(&runtime, ReceiverSettings::default());
    let faulty = FaultyReceiver::start(&runtime, real.address());
    let mut feed = Feed::new("misbehaviour", 30, 1_500);
    let address = faulty.address.to_string();
    let sink = FlowProcess::start(
        &feed.lane,
        "fluent-sink",
        &["--fluent-address", &address, "--fluent-ack-timeout-s", "2"],
    );
    let applied = eventually(WAIT_S_MAX, "the receiver has misbehaved in every way", || {
        feed.ledgers(4);
        deliveries.wait_whole(feed.events());
        faulty.applied(3)
    });
    println!("{applied:?}");
    eventually(WAIT_S_MAX, "all is committed", || {
        let (committed, records) = committed(&feed.lane);
        (committed == records).then_some(())
    });
    assert!(deliveries.taken().repeated > 0, "chunks that were taken without an answer came again");
    assert!(sink.peak_bytes() < RESIDENT_BYTES_MAX, "{} bytes", sink.peak_bytes());
    for reason in ["closed", "ack_timeout", "wrong_ack", "unasked", "acknowledged"] {
        let outcome = format!("outcome=\"{reason}\"");
        eventually(WAIT_S_MAX, &format!("{reason} is counted"), || {
            (sink.metric_of("ekspiper_receiver_chunks_total", &[&outcome]) > 0.0).then_some(())
        });
    }
}
