//! Flows: one line of values each.

use std::collections::BTreeSet;
use std::fs;

use serde_json::json;

use crate::chart::{manifests, root};
use crate::manifests::{text, value};

/// The flows: all services but the operator's command.
fn services() -> BTreeSet<String> {
    let names = fs::read_dir(root().join("services"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap());
    names.filter(|it| it != "ekspiper").collect()
}

#[test]
fn every_flow_has_one_line_and_every_line_a_flow() {
    let values = fs::read_to_string(root().join("helm/values.yaml")).unwrap();
    let (_, flows) = values.split_once("\nflows:\n").unwrap();
    let lines: Vec<&str> = flows.lines().take_while(|line| line.starts_with("  ")).collect();
    let names: BTreeSet<String> =
        lines.iter().map(|line| line.trim().split_once(':').unwrap().0.to_owned()).collect();
    assert_eq!(names, services());
    assert_eq!(lines.len(), names.len(), "a flow takes more than one line: {lines:?}");
}

#[test]
fn each_flow_runs_its_own_binary_and_stops_in_time() {
    let values = "{shutdownGraceS: 45, flows: {fluent-sink: {env: {REJECTS_MAX: off}}}}";
    let Some(manifests) = manifests("live", &values.replace("off", "'off'")) else { return };
    let pods = manifests.pods("Deployment");
    assert_eq!(pods.keys().cloned().collect::<BTreeSet<_>>(), services());
    for (flow, pod) in pods {
        assert_eq!(pod["containers"][0]["command"], json!([flow]));
        assert_eq!(value(pod, "SHUTDOWN_GRACE_S"), Some("45"));
        let rejects_max = if flow == "fluent-sink" { "off" } else { "100/1000" };
        assert_eq!(value(pod, "REJECTS_MAX"), Some(rejects_max));
        assert!(pod["terminationGracePeriodSeconds"].as_u64().unwrap() > 45);
    }
}

#[test]
fn new_flow_needs_its_name_alone() {
    let Some(manifests) = manifests(
        "live",
        "{podDisruptionBudget: true, flows: {fee-burns: {}, ledger-record: {replicas: null}}}",
    ) else {
        return;
    };
    let deployments = manifests.of_kind("Deployment");
    let (new, known) = (deployments["fee-burns"], deployments["ledger-record"]);
    assert_eq!(new["metadata"]["name"], "live-fee-burns");
    let renamed = known.to_string().replace("ledger-record", "fee-burns");
    assert_eq!(new.to_string(), renamed, "all but the name is as in another flow");
    assert!(manifests.of_kind("PodDisruptionBudget").contains_key("fee-burns"));
}

#[test]
fn lane_is_a_release_that_may_begin_at_another_lane() {
    let values = "
        lane: replay-2019
        flows: {ledger-transactions: {fromLane: live}, fluent-sink: {enabled: false}}";
    let Some(manifests) = manifests("replay", values) else { return };
    let pods = manifests.pods("Deployment");
    assert!(!pods.contains_key("fluent-sink"));
    for (flow, pod) in &pods {
        assert_eq!(value(pod, "LANE"), Some("replay-2019"));
        assert_eq!(value(pod, "NETWORK"), Some("mainnet"));
        let from = (flow == "ledger-transactions").then_some("live");
        assert_eq!(value(pod, "FROM_LANE"), from);
    }
    assert_eq!(value(manifests.pods("Job")["topics"], "LANE"), Some("replay-2019"));
    assert!(manifests.names().iter().all(|(_, name)| name.starts_with("replay")));
}

#[test]
fn all_pods_of_a_flow_and_no_others_are_selected() {
    let Some(manifests) = manifests("live", "{}") else { return };
    let pods: Vec<_> = ["Deployment", "Job"]
        .into_iter()
        .flat_map(|kind| manifests.of_kind(kind).into_values())
        .map(|it| (text(&it["metadata"]["name"]), &it["spec"]["template"]["metadata"]["labels"]))
        .collect();
    for deployment in manifests.of_kind("Deployment").values() {
        let selector = deployment["spec"]["selector"]["matchLabels"].as_object().unwrap();
        let selected = pods.iter().filter(|(_, labels)| {
            selector.iter().all(|(label, value)| labels.get(label) == Some(value))
        });
        let selected: Vec<_> = selected.map(|(name, _)| *name).collect();
        assert_eq!(selected, [text(&deployment["metadata"]["name"])]);
    }
}
