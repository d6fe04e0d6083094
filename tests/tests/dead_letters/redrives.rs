//! Re-driving rejected inputs into their flow.

use ekspiper_tests::{Arrivals, Lane, Writer};
use flow::{Decoder, RecordOrder};
use schemas::LedgerHeaders;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::dlq_lane::{DlqLane, ENTRIES, contents, entry};

#[test]
fn what_was_mended_goes_through_once_and_what_was_not_is_a_second_attempt() {
    let dlq = DlqLane::new("redriven", true);
    let (mended, receiving) = (dlq.mended(), Runtime::new().unwrap());
    let arrivals = Arrivals::start(&receiving, 2);

    // The rehearsal says it all and changes nothing.
    let before = contents(dlq.kafka, "redriven");
    let rehearsed = dlq.told(&["redrive", "--dry-run"]);
    let lane = format!(
        "redrive-ledger-record-{}-{}",
        mended[0].min(dlq.undecodable()),
        mended[mended.len() - 1]
    );
    let inputs = mended.len() + 2;
    assert!(rehearsed.contains(&format!("{inputs} inputs go in redriven.{lane}")), "{rehearsed}");
    assert!(rehearsed.contains("was too large to be kept whole: `ekspiper replay`"), "{rehearsed}");
    assert!(rehearsed.contains("nothing was changed"), "{rehearsed}");
    assert!(contents(dlq.kafka, "redriven") == before, "nothing was changed");

    let args = ["--fluent-address", &arrivals.address(), "--why", "mended in 0.2.0"];
    let told = dlq.redriven(&args);
    let through = mended.len();
    assert!(
        told.contains(&format!("ledger-record: {through} went through, 2 were rejected again")),
        "{told}"
    );
    assert_eq!(dlq.held(&lane), dlq.typed(&mended));
    assert_eq!(arrivals.distinct(), through, "the sink ran too");
    assert_driven_as_they_were(&dlq, &lane, inputs);

    // What is settled is not listed, and stays.
    let open = dlq.listed(&[]);
    assert_eq!(open.len(), 1, "what was cut is open: {open:?}");
    assert_eq!((&open[0]["cut"], dlq.counted("live")), (&Value::Bool(true), 1));
    let all = dlq.listed(&["--all", "--cause", "not-typed-yet"]);
    assert_eq!(all.len(), through);
    for entry in &all {
        let settled = &entry["settled"];
        let of = |key: &str| settled[key].as_str().unwrap().to_owned();
        assert_eq!(
            (of("lane"), of("by"), of("why")),
            (lane.clone(), "ann".into(), "mended in 0.2.0".into())
        );
    }

    // Given again, the command doubles nothing.
    let lane_before = (dlq.held(&lane), dlq.records(&lane, "ledger-headers"));
    let again = dlq.redriven(&["--lane", &lane]);
    assert!(again.contains(&format!("{through} went through, 2 were rejected again")), "{again}");
    assert!((dlq.held(&lane), dlq.records(&lane, "ledger-headers")) == lane_before);

    // A second attempt is driven a third time, out of the lane, and then dropped.
    let second = dlq.listed(&["--lane", &lane]);
    assert!(second.len() == 2 && second.iter().all(|it| it["attempt"] == 2), "{second:?}");
    dlq.redriven(&["--from-lane", &lane, "--lane", "third"]);
    let third = dlq.listed(&["--lane", "third"]);
    assert!(third.len() == 2 && third.iter().all(|it| it["attempt"] == 3), "{third:?}");
    assert!(dlq.refused(&["drop", "--lane", "third", "--why", "rubbish"]).contains("say which"));
    assert!(dlq.refused(&["drop", "--lane", "third", "--cause", "undecodable"]).contains("--why"));
    let dropped =
        dlq.told(&["drop", "--lane", "third", "--cause", "undecodable", "--why", "rubbish"]);
    assert!(dropped.contains("undecodable  1"), "{dropped}");
    assert_eq!(dlq.listed(&["--lane", "third"]).len(), 1);
    assert!(dlq.told(&["list", "--lane", "third", "--all"]).contains("dropped by ann at "));
    let nothing = dlq.refused(&["redrive", "--from-lane", "third", "--cause", "undecodable"]);
    assert!(nothing.contains("no such open dead letters"), "{nothing}");
}

/// The lane's input holds what the letters held: bytes, keys, headers, in order.
fn assert_driven_as_they_were(dlq: &DlqLane, lane: &str, count: usize) {
    let decoder = Decoder::new(&schemas::all());
    let entries = dlq.records("live", ENTRIES);
    let entries: Vec<_> = entries.iter().filter_map(|it| entry(it, &decoder)).collect();
    let driven = dlq.records(lane, "ledger-headers");
    assert_eq!(driven.len(), count);
    for record in &driven {
        let entry = entries.iter().find(|it| it.key == record.key && it.payload == record.value);
        let entry = entry.expect("it is the input of a letter, key and bytes");
        let stays = |key: &str| !["previous", "attempt"].contains(&key);
        let was = entry.headers.iter().filter(|it| stays(it.key)).map(|it| (it.key, it.value));
        let is = record.headers.iter().filter(|(key, _)| stays(key));
        assert!(was.eq(is.map(|(key, value)| (key.as_str(), value.as_slice()))), "{record:?}");
        assert_eq!(record.header("attempt"), Some("2"));
    }
    for partition in 0..2 {
        let placed =
            driven.iter().filter(|it| it.partition == partition && it.header("position").is_some());
        let mut before: Option<String> = None;
        for record in placed {
            assert_eq!(record.header("previous"), before.as_deref());
            before = Some(record.position().rsplit_once('/').unwrap().0.to_owned());
        }
    }
}

#[test]
fn a_lane_is_filled_once_and_only_if_it_is_empty() {
    let dlq = DlqLane::new("occupied", false);
    let busy = Lane::make_whole(dlq.kafka, "occupied", "busy", 2);
    let mut writer = Writer::new(dlq.kafka, &busy);
    writer.bytes::<LedgerHeaders>(RecordOrder::whole(1), b"key", b"of someone else");
    writer.flush();
    let live = dlq.refused(&["redrive", "--lane", "live"]);
    assert!(live.contains("choose another name"), "{live}");
    let sink = dlq.refused(&["redrive", "--flow", "fluent-sink"]);
    assert!(sink.contains("no such open dead letters"), "{sink}");
    let other = dlq.refused(&["redrive", "--lane", "busy"]);
    assert!(other.contains("occupied.busy.ledger-headers holds other records"), "{other}");
    assert_eq!(dlq.listed(&[]).len(), dlq.mended().len() + 2, "all are open");
    let mended = dlq.mended();
    let ids = dlq.ids(&mended[..3]);
    dlq.redriven(&[&ids[0], "--lane", "again"]);
    let more = dlq.redriven(&[&ids[1], &ids[2], "--lane", "again"]);
    assert!(more.contains("2 more open letters are meant: a lane is filled once"), "{more}");
    assert_eq!(dlq.held("again"), dlq.typed(&mended[..1]));
    let other = dlq.refused(&["redrive", "--from-lane", "again", "--lane", "more"]);
    assert!(other.contains("no such open dead letters"), "{other}");
}
