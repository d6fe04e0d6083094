//! Replicas: set by the chart, or left to what scales a flow.

use serde_json::{Value, json};

use crate::chart::{manifests, refusal};
use crate::manifests::{Manifests, text};

fn replicas(manifests: &Manifests, flow: &str) -> Option<u64> {
    manifests.of_kind("Deployment")[flow]["spec"].get("replicas").and_then(Value::as_u64)
}

#[test]
fn replicas_are_left_out_where_something_else_scales_a_flow() {
    let values = "flows: {ledger-details: {replicas: null}, ledger-record: {enabled: false}}";
    let Some(manifests) = manifests("live", values) else { return };
    assert_eq!(replicas(&manifests, "ledger-details"), None);
    assert_eq!(replicas(&manifests, "ledger-source"), Some(2));
    assert!(!manifests.of_kind("Deployment").contains_key("ledger-record"));
}

#[test]
fn nothing_scales_a_flow_by_default() {
    let Some(manifests) = manifests("live", "{}") else { return };
    assert!(manifests.of_kind("ScaledObject").is_empty());
}

#[test]
fn keda_scales_on_the_flows_own_lag_and_the_chart_sets_no_replicas() {
    let values = "
        autoscaling: {enabled: true, prometheusAddress: 'http://prometheus:9090', lagRecords: 90000000}
        topics: {partitions: 16}
        flows: {fluent-sink: {autoscaling: {minReplicas: 2, maxReplicas: 4}}, ledger-record: {until: 9}}";
    let Some(manifests) = manifests("live", values) else { return };
    let scaled = manifests.of_kind("ScaledObject");
    assert!(!scaled.contains_key("ledger-record"), "a Job is not scaled");
    for (flow, deployment) in manifests.of_kind("Deployment") {
        if flow == "ledger-source" {
            assert!(!scaled.contains_key(&flow), "one instance works, whatever their number");
            assert_eq!(replicas(&manifests, &flow), Some(2));
            continue;
        }
        assert_eq!(replicas(&manifests, &flow), None, "{flow}");
        let spec = &scaled[&flow]["spec"];
        assert_eq!(spec["scaleTargetRef"]["name"], deployment["metadata"]["name"]);
        let (min, max) = if flow == "fluent-sink" { (2, 4) } else { (1, 16) };
        assert_eq!(
            (&spec["minReplicaCount"], &spec["maxReplicaCount"]),
            (&json!(min), &json!(max))
        );
        let trigger = &spec["triggers"][0];
        assert_eq!(trigger["type"], "prometheus");
        let query = text(&trigger["metadata"]["query"]);
        let selected = format!(
            "namespace=\"ledger\",ekspiper_network=\"mainnet\",ekspiper_lane=\"live\",flow=\"{flow}\""
        );
        assert_eq!(query, format!("sum(ekspiper_lag_records{{{selected}}})"));
        assert_eq!(trigger["metadata"]["threshold"], "90000000");
    }
}

#[test]
fn triggers_of_the_user_take_the_place_of_the_charts() {
    let values = "
        autoscaling:
          enabled: true
          minReplicas: 0
          triggers:
            - {type: kafka, metadata: {lagThreshold: 90000000, allowIdleConsumers: false}, authenticationRef: {name: kafka}}";
    let Some(manifests) = manifests("live", values) else { return };
    let spec = &manifests.of_kind("ScaledObject")["ledger-record"]["spec"];
    assert_eq!(spec["minReplicaCount"], 0);
    let trigger = json!({
        "type": "kafka",
        "metadata": { "lagThreshold": "90000000", "allowIdleConsumers": "false" },
        "authenticationRef": { "name": "kafka" },
    });
    assert_eq!(spec["triggers"], json!([trigger]));
}

#[test]
fn scaling_that_can_not_work_is_refused() {
    for (values, named) in [
        ("{enabled: true}", "needs prometheusAddress"),
        ("{enabled: true, prometheusAddress: 'http://p', minReplicas: 0}", "at least 1"),
        ("{enabled: true, prometheusAddress: 'prometheus:9090'}", "/autoscaling/prometheusAddress"),
        ("{enabled: true, triggers: [{type: kafka}]}", "/autoscaling/triggers/0"),
    ] {
        let Some(said) = refusal(&format!("autoscaling: {values}")) else { return };
        assert!(said.contains(named), "{values}: {said}");
    }
}
