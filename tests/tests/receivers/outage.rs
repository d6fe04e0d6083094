//! A receiver that is slow or down for long: the lag grows, memory does not, and no record is lost.

use std::time::{Duration, Instant};

use ekspiper_tests::{FlowProcess, eventually};
use fluent::ReceiverSettings;
use tokio::runtime::Runtime;

use crate::WAIT_S_MAX;
use crate::commits::committed;
use crate::deliveries::{Deliveries, ReceiverMode, free_address};
use crate::feed::Feed;

/// Says for how many seconds the receiver is not itself, where it is not the usual time.
const OUTAGE_S: &str = "EKSPIPER_OUTAGE_S";
const USUAL_OUTAGE_S: u64 = 30;
/// 60,300 records, and a quarter of a gigabyte as events: while nobody takes them, nearly all have to stay in Kafka.
const LEDGERS: u32 = 300;
const TRANSACTIONS: u32 = 200;
const BYTES: usize = 4_000;
/// Less than what is sent.
const RESIDENT_BYTES_MAX: u64 = 192 << 20;

#[test]
fn outage_of_the_receiver_costs_lag_and_neither_memory_nor_a_record() {
    let outage_s = std::env::var_os(OUTAGE_S)
        .map_or(USUAL_OUTAGE_S, |text| text.to_str().unwrap().parse().unwrap());
    let runtime = Runtime::new().unwrap();
    let (deliveries, address) = (Deliveries::new(), free_address());
    let mut receiver = Some(deliveries.receiver_at(&runtime, address, ReceiverSettings::default()));
    let mut feed = Feed::new("outage", TRANSACTIONS, BYTES);
    let address_text = address.to_string();
    let arguments = ["--fluent-address", &*address_text, "--fluent-ack-timeout-s", "5"];
    let sink = FlowProcess::start(&feed.lane, "fluent-sink", &arguments);
    feed.ledgers(4);
    deliveries.wait_whole(feed.events());
    eventually(WAIT_S_MAX, "all is committed", || {
        let (committed, records) = committed(&feed.lane);
        (committed == records).then_some(())
    });
    let (before, at_start) = (committed(&feed.lane).0, sink.resident_bytes());

    let begun = Instant::now();
    let mut lag_max = 0;
    let thirds = [1, 2, 3].map(|third| Duration::from_secs(outage_s) * third / 3);
    deliveries.set(ReceiverMode::Hangs);
    go_on(&mut feed, &mut lag_max, begun, thirds[0], outage_s);
    // The handlers hang, and the port is to be free.
    drop(receiver.take());
    go_on(&mut feed, &mut lag_max, begun, thirds[1], outage_s);
    assert_eq!(committed(&feed.lane).0, before, "nothing is committed that nobody acknowledged");
    deliveries.set(ReceiverMode::Slow(Duration::from_millis(300)));
    receiver = Some(deliveries.receiver_at(&runtime, address, ReceiverSettings::default()));
    go_on(&mut feed, &mut lag_max, begun, thirds[2], outage_s);

    deliveries.set(ReceiverMode::Takes);
    let healed = Instant::now();
    deliveries.wait_whole(feed.events());
    eventually(WAIT_S_MAX, "all is committed", || {
        let (committed, records) = committed(&feed.lane);
        (committed == records).then_some(())
    });
    println!(
        "outage {outage_s} s: {} events expected and delivered, {} repeated, lag {} records at the most, caught up in {:.1?}; \
         resident {} MB at the start, {} MB at the most, {} MB at the end",
        feed.events(),
        deliveries.taken().repeated,
        lag_max,
        healed.elapsed(),
        at_start >> 20,
        sink.peak_bytes() >> 20,
        sink.resident_bytes() >> 20,
    );
    assert!(lag_max > i64::from(LEDGERS * TRANSACTIONS / 2), "{lag_max}");
    assert!(sink.peak_bytes() < RESIDENT_BYTES_MAX, "{} bytes", sink.peak_bytes());
    drop(receiver);
}

/// Ledgers come in at their pace, until so much time has passed.
fn go_on(feed: &mut Feed, lag_max: &mut i64, begun: Instant, until: Duration, outage_s: u64) {
    let due = |passed: Duration| f64::from(LEDGERS) * passed.as_secs_f64() / outage_s as f64;
    let is_behind = |feed: &Feed, passed| feed.written() < due(passed);
    let mut look = |feed: &Feed| {
        let (committed, records) = committed(&feed.lane);
        *lag_max = (*lag_max).max(records - committed);
    };
    while begun.elapsed() < until || is_behind(feed, until) {
        if is_behind(feed, begun.elapsed().min(until)) {
            feed.ledgers(1);
        } else {
            look(feed);
            std::thread::sleep(Duration::from_millis(200));
        }
    }
    look(feed);
}
