//! What `ekspiper dlq list` and `show` print.

use serde_json::{Value, json};

use crate::dlq_lane::{DlqLane, RUBBISH, text};

/// How many letters are listed, and whether all of them are as they should be.
#[track_caller]
fn assert_listed(dlq: &DlqLane, args: &[&str], count: usize, is: impl Fn(&Value) -> bool) {
    let listed = dlq.listed(args);
    assert_eq!(listed.len(), count, "{args:?}: {listed:?}");
    assert!(listed.iter().all(is), "{args:?}: {listed:?}");
}

#[test]
fn dead_letters_are_filtered_by_every_field_and_shown_whole() {
    let dlq = DlqLane::new("listed", true);
    let (mended, undecodable) = (dlq.mended(), dlq.undecodable());
    let all = mended.len() + 3;
    assert_listed(&dlq, &[], all, |it| it["attempt"] == 1 && it["resolution"] == Value::Null);
    assert_eq!(dlq.counted("live"), all as u64);

    // Each filter by itself, and together.
    let reason = |reason: &'static str| move |it: &Value| it["reason"] == reason;
    assert_listed(&dlq, &["--cause", "not-typed-yet"], mended.len(), reason("not-typed-yet"));
    assert_listed(&dlq, &["--cause", "undecodable"], 2, reason("undecodable"));
    assert_listed(&dlq, &["--cause", "no-position"], 1, |it| it["ledger"] == Value::Null);
    assert_listed(&dlq, &["--flow", "ledger-record"], all, |_| true);
    assert_listed(&dlq, &["--flow", "fluent-sink"], 0, |_| true);
    assert_listed(&dlq, &["--since", "2h"], all, |_| true);
    assert_listed(&dlq, &["--until", "2h"], 0, |_| true);
    assert_listed(
        &dlq,
        &["--since", "2020-01-01T00:00:00Z", "--until", "2100-01-01T00:00:00Z"],
        all,
        |_| true,
    );
    let (first, last) = (mended[2], mended[5]);
    let range = format!("{first}-{last}");
    let within = mended.iter().filter(|index| (first..=last).contains(index)).count();
    let lies_within = |it: &Value| (first..=last).contains(&it["ledger"].as_u64().unwrap());
    let both = ["--ledger", &range, "--cause", "not-typed-yet"];
    assert_listed(&dlq, &both, within, lies_within);
    let ids = dlq.ids(&mended[..2]);
    assert_listed(&dlq, &[&ids[0], &ids[1]], 2, |it| {
        ids.contains(&it["id"].as_str().unwrap().to_owned())
    });
    assert!(dlq.refused(&["list", "0/999999"]).contains("no dead letter 0/999999"));

    // For people.
    let told = dlq.told(&["list"]);
    let sums: Vec<Vec<&str>> = told
        .lines()
        .skip_while(|line| !line.starts_with("FLOW"))
        .map(|line| line.split_whitespace().collect())
        .collect();
    let count = mended.len().to_string();
    let wanted = [
        vec!["FLOW", "REASON", "COUNT"],
        vec!["ledger-record", "no-position", "1"],
        vec!["ledger-record", "not-typed-yet", count.as_str()],
        vec!["ledger-record", "undecodable", "2"],
    ];
    assert_eq!(sums, wanted, "{told}");
    assert!(
        dlq.told(&["list", "--until", "2h"]).contains("no matching open dead letters in listed")
    );

    assert_shown_whole(&dlq, &ids[0], mended[0], undecodable);
}

/// One that can be decoded, and one that can't.
fn assert_shown_whole(dlq: &DlqLane, id: &str, mended: u64, undecodable: u64) {
    let shown = dlq.told(&["show", id]);
    let json: Value = serde_json::from_str(&shown[shown.find("\n{").unwrap()..]).unwrap();
    assert_eq!(json["ledger_index"], json!(mended));
    assert_eq!(json["header"].as_str().unwrap().len(), 2 * 118, "bytes in digits");
    for part in [
        format!("ledger {mended}, part 0"),
        format!("ledger {mended} is none of mine"),
        "attempt 1".to_owned(),
        format!("position = {mended}/0/1"),
        "listed.ledger-headers/".to_owned(),
        "resolution:  open".to_owned(),
    ] {
        assert!(shown.contains(&part), "{part} in {shown}");
    }
    let rubbish = &dlq.ids(&[undecodable])[0];
    let shown = dlq.told(&["show", rubbish]);
    assert!(shown.contains("key:         the key of rubbish"), "{shown}");
    assert!(
        shown.contains("not in Avro's single-object encoding") && shown.contains("\n0074686973"),
        "{shown}"
    );
    let raw = dlq.output(&["show", rubbish, "--raw"]);
    assert_eq!((raw.stdout.as_slice(), text(&raw.stderr)), (RUBBISH, String::new()));
    assert!(dlq.refused(&["show", "--raw"]).contains("`--raw` takes one id"));
}
