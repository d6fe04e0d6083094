//! Bounded flows, and lanes that are filled as a whole, are Jobs.

use serde_json::{Value, json};

use crate::chart::{manifests, refusal};
use crate::manifests::{text, value};

/// Each way to give a flow its last ledger.
const BOUNDED: [&str; 6] = [
    "until: 90001000",
    "args: [--until=90001000]",
    "args: [--until, 90001000]",
    "env: {UNTIL: 90001000}",
    "secretEnv: {UNTIL: {name: range, key: last}}",
    "extraEnv: [{name: UNTIL, value: 90001000}]",
];

#[test]
fn flow_with_a_last_ledger_is_a_job_and_all_others_are_deployments() {
    for bound in BOUNDED {
        let values = format!("{{lane: old, flows: {{ledger-source: {{{bound}}}}}}}");
        let Some(manifests) = manifests("old", &values) else { return };
        let (jobs, deployments) = (manifests.pods("Job"), manifests.pods("Deployment"));
        assert_eq!(jobs.keys().collect::<Vec<_>>(), ["ledger-source", "topics"], "{bound}");
        assert!(!deployments.contains_key("ledger-source"), "{bound}");
        assert!(deployments.contains_key("ledger-details"), "{bound}");
        assert_eq!(jobs["ledger-source"]["restartPolicy"], "Never", "{bound}");
    }
}

#[test]
fn range_of_a_job_is_given_in_decimals() {
    let values = "{lane: old, flows: {ledger-source: {start: 90000000, until: 90001000}}}";
    let Some(manifests) = manifests("old", values) else { return };
    let pod = manifests.pods("Job")["ledger-source"];
    assert_eq!(value(pod, "START"), Some("90000000"));
    assert_eq!(value(pod, "UNTIL"), Some("90001000"));
}

/// If one of several pods fails after another has succeeded, its partitions are not done: it has to be replaced.
#[test]
fn each_replica_of_a_job_has_to_succeed() {
    let values = "flows: {transaction-record: {fromLane: live, until: 9, replicas: 3}}";
    let Some(manifests) = manifests("old", values) else { return };
    let spec = &manifests.of_kind("Job")["transaction-record"]["spec"];
    assert_eq!((&spec["parallelism"], &spec["completions"]), (&json!(3), &json!(3)));
    assert!(spec.get("replicas").is_none());
}

#[test]
fn job_of_no_replicas_waits() {
    let values = "flows: {ledger-record: {until: 9, replicas: 0}}";
    let Some(manifests) = manifests("old", values) else { return };
    let spec = &manifests.of_kind("Job")["ledger-record"]["spec"];
    assert_eq!((&spec["suspend"], &spec["completions"]), (&json!(true), &json!(1)));
}

#[test]
fn evicted_pods_are_no_failures_and_refused_settings_fail_at_once() {
    let values = "{jobs: {backoffLimit: 7}, flows: {ledger-record: {until: 9}}}";
    let Some(manifests) = manifests("old", values) else { return };
    let spec = &manifests.of_kind("Job")["ledger-record"]["spec"];
    assert_eq!(spec["backoffLimit"], 7);
    let rules = spec["podFailurePolicy"]["rules"].as_array().unwrap();
    assert_eq!(rules[0]["action"], "Ignore");
    assert_eq!(rules[0]["onPodConditions"][0]["type"], "DisruptionTarget");
    assert_eq!(rules[1]["action"], "FailJob");
    // clap exits with 2.
    assert_eq!(rules[1]["onExitCodes"]["values"], json!([2]));
    let container = &spec["template"]["spec"]["containers"][0]["name"];
    assert_eq!(rules[1]["onExitCodes"]["containerName"], *container);
}

#[test]
fn changed_job_has_another_name_and_an_unchanged_one_the_same() {
    let name = |values: &str| -> Option<String> {
        let manifests = manifests("old", values)?;
        Some(text(&manifests.of_kind("Job")["ledger-record"]["metadata"]["name"]).to_owned())
    };
    let first = "{flows: {ledger-record: {until: 9}}}";
    let Some(before) = name(first) else { return };
    assert_eq!(name(first).unwrap(), before);
    for other in ["{until: 10}", "{until: 9, replicas: 2}", "{until: 9, env: {RUST_LOG: debug}}"] {
        let after = name(&format!("{{flows: {{ledger-record: {other}}}}}")).unwrap();
        assert_ne!(after, before, "a Job's template can't be changed: {other}");
    }
}

/// Kubernetes can't tell how many of a Job's pods have to be there, so it would never let one of them go.
#[test]
fn job_has_no_disruption_budget() {
    let values = "{podDisruptionBudget: true, flows: {ledger-record: {until: 9}}}";
    let Some(manifests) = manifests("old", values) else { return };
    let budgets = manifests.of_kind("PodDisruptionBudget");
    assert!(!budgets.contains_key("ledger-record") && budgets.contains_key("ledger-details"));
}

fn command(pod: &Value) -> Vec<&str> {
    pod["containers"][0]["command"].as_array().unwrap().iter().map(text).collect()
}

#[test]
fn lane_is_backfilled_by_one_job() {
    let values = "
        lane: old
        fill: {command: backfill, range: 90000000-90001000, args: [--xrpl-requests-per-s=5]}
        topics: {partitions: 4}
        podDisruptionBudget: true";
    let Some(manifests) = manifests("old", values) else { return };
    let jobs = manifests.pods("Job");
    assert_eq!(jobs.keys().collect::<Vec<_>>(), ["backfill"], "no flows, no other Job");
    assert!(manifests.pods("Deployment").is_empty());
    assert!(manifests.of_kind("PodDisruptionBudget").is_empty());
    let pod = jobs["backfill"];
    assert_eq!(command(pod), ["ekspiper", "backfill", "90000000-90001000", "--partitions=4"]);
    assert_eq!(pod["containers"][0]["args"], json!(["--xrpl-requests-per-s=5"]));
    assert_eq!(value(pod, "LANE"), Some("old"));
    assert_eq!(value(pod, "FLUENT_ADDRESS"), Some("fluentd:24224"));
}

#[test]
fn flow_is_replayed_by_one_job() {
    let values = "
        lane: again
        fill: {command: replay, flow: transaction-record, range: 5-9}
        flows: {fluent-sink: {enabled: false}}";
    let Some(manifests) = manifests("again", values) else { return };
    let jobs = manifests.pods("Job");
    assert_eq!(command(jobs["replay"]), ["ekspiper", "replay", "transaction-record", "5-9"]);
    assert_eq!(value(jobs["replay"], "FLUENT_ADDRESS"), None);
    assert!(!jobs.contains_key("topics"), "the command takes the live lane's partitions");
}

#[test]
fn fill_that_can_not_be_is_refused() {
    for (values, named) in [
        ("{fill: {command: backfill, range: 5-9}}", "lane: "),
        ("{lane: old, fill: {command: backfill}}", "fill.range: "),
        ("{lane: old, fill: {command: backfill, range: 5}}", "/fill/range"),
        ("{lane: old, fill: {command: import, range: 5-9}}", "/fill/command"),
        ("{lane: old, fill: {command: replay, range: 5-9}}", "fill.flow: "),
        ("{lane: old, fill: {command: backfill, range: 5-9, flow: ledger-record}}", "fill.flow: "),
    ] {
        let Some(said) = refusal(values) else { return };
        assert!(said.contains(named), "{values}: {said}");
    }
}
