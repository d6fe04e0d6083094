//! Lanes are filled by the same flows, go on after a kill, and leave the live lane alone.

use ekspiper_tests::{Process, Reader, Record, eventually};
use serde_json::Value;

use crate::ekspiper::{ekspiper, refusal};
use crate::live::{Live, TRANSACTIONS};

/// What the partitions of a lane's topics hold, and what has been committed about them.
fn partitions(status: &Value) -> Vec<Value> {
    let flows = status["flows"].as_array().unwrap();
    flows.iter().map(|flow| flow["partitions"].clone()).collect()
}

/// The flows of a lane that read topics, but for the sink.
const READERS: [&str; 6] = [
    "ledger-details",
    "ledger-transactions",
    "book-offers-fetch",
    "book-offers-record",
    "transaction-record",
    "ledger-record",
];

fn complete_through(status: &Value, flow: &str) -> Option<u64> {
    let flows = status["flows"].as_array()?;
    flows.iter().find(|it| it["flow"] == flow)?["complete_through"].as_u64()
}

fn refused(live: &Live, command: &[&str]) -> String {
    let args = live.args(command);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    refusal(&ekspiper(&args).output().unwrap())
}

fn start(live: &Live, command: &[&str]) -> Process {
    let args = live.args(command);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    Process::start("ekspiper", ekspiper(&args))
}

#[test]
fn a_backfill_goes_on_after_a_kill_and_leaves_the_live_lane_alone() {
    let live = Live::new("filled", 3_200);
    let mut up = live.up();
    up.line(60, "flows started");
    let newest = live.simulator.advance(3).unwrap();
    let before = live.until_complete(newest);

    let beyond = refused(&live, &["backfill", &format!("100-{}", newest + 1)]);
    assert!(beyond.contains(&format!("is beyond ledger {newest}")), "{beyond}");

    let (first, last) = (101, 3_100);
    let range = format!("{first}-{last}");
    let lane = format!("backfill-{range}");
    let mut backfill = start(&live, &["backfill", &range]);
    let (reader, ledgers) = (Reader::committed(live.kafka), format!("filled.{lane}.ledgers"));
    eventually(120, "some of the lane is filled", || {
        (reader.partitions(&ledgers) > 0 && reader.ends(&ledgers, 0).1 > 0).then_some(())
    });
    backfill.kill();
    // Open transactions of the killed process are aborted by the broker after a while.
    let status = eventually(90, "how the lane stands", || live.status(&lane));
    let slowest = READERS.map(|flow| complete_through(&status, flow)).into_iter().min().flatten();
    assert!(slowest < Some(last), "killed in the middle: {slowest:?} of {range}");

    let mut backfill = start(&live, &["backfill", &range]);
    let status = backfill.ended(240);
    assert!(status.success(), "{}", backfill.said());
    backfill.line(1, &format!("ledgers {range} are complete in every topic of filled.{lane}"));

    let count = |topic: &str| reader.all(&format!("filled.{lane}.{topic}")).len() as u64;
    let ledgers = last - first + 1;
    let sequences = |topic: &str| {
        let records = reader.all(&format!("filled.{lane}.{topic}"));
        let mut sequences: Vec<u64> = records.iter().map(Record::sequence).collect();
        sequences.sort_unstable();
        sequences
    };
    for topic in ["ledger-events", "ledgers", "ledger-headers", "ledger-records"] {
        assert_eq!(sequences(topic), (first..=last).collect::<Vec<u64>>(), "{topic}");
    }
    for topic in ["transactions", "transaction-records"] {
        assert_eq!(count(topic), ledgers * u64::from(TRANSACTIONS), "{topic}");
    }
    assert_eq!(count("book-offers"), count("book-offer-requests"));
    assert_eq!(count("dead-letters"), 0);
    let after = live.until_complete(newest);
    assert_eq!(partitions(&before), partitions(&after), "the live lane is as it was");

    let mut again = start(&live, &["backfill", &range]);
    assert!(again.ended(60).success(), "{}", again.said());
    up.terminate(10);
}

#[test]
fn a_replay_makes_the_same_bytes_and_leaves_the_live_lane_alone() {
    let live = Live::new("replayed", 300);
    let mut up = live.up();
    up.line(60, "flows started");
    // The lane begins with the newest ledger that it meets.
    let begun = live.simulator.advance(1).unwrap();
    live.until_complete(begun);
    let newest = u64::from(live.simulator.advance(40).unwrap());
    let before = live.until_complete(u32::try_from(newest).unwrap());
    let records = live.received("replayed.transactions");
    let reader = Reader::committed(live.kafka);
    let of_live = reader.all("replayed.transaction-records");
    assert!(records >= of_live.len(), "{records} came of {}", of_live.len());

    let (first, last) = (newest - 25, newest - 5);
    let range = format!("{first}-{last}");
    let mut replay = start(&live, &["replay", "transaction-record", &range]);
    assert!(replay.ended(120).success(), "{}", replay.said());
    let lane = format!("replayed.replay-transaction-record-{range}");
    let values = |topic: &str| {
        let mut values: Vec<_> = reader
            .all(topic)
            .into_iter()
            .filter(|record| (first..=last).contains(&record.sequence()))
            .map(|record| (record.position().to_owned(), record.key, record.value))
            .collect();
        values.sort();
        values
    };
    let replayed = values(&format!("{lane}.transaction-records"));
    assert_eq!(replayed, values("replayed.transaction-records"));
    assert_eq!(replayed.len(), reader.all(&format!("{lane}.transaction-records")).len());
    assert_eq!(replayed.len() as u64, (last - first + 1) * u64::from(TRANSACTIONS));
    let after = live.until_complete(u32::try_from(newest).unwrap());
    assert_eq!(partitions(&before), partitions(&after), "the live lane is as it was");

    let beyond = refused(&live, &["replay", "ledger-record", &format!("{first}-{}", newest + 9)]);
    assert!(beyond.contains(&format!("ledger {} is not in it yet", newest + 9)), "{beyond}");
    let early = refused(&live, &["replay", "ledger-record", &format!("1-{last}")]);
    assert!(early.contains("on, not 1: use `ekspiper backfill`"), "{early}");
    let source = refused(&live, &["replay", "ledger-source", &range]);
    assert!(source.contains("use `ekspiper backfill`"), "{source}");
    up.terminate(10);
    assert!(!up.said().contains("simulator stopped"), "there was none: {}", up.said());
}
