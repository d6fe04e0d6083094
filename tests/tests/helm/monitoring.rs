//! Probes, and scraping by the Prometheus operator.

use serde_json::json;

use crate::chart::manifests;

#[test]
fn nothing_scrapes_by_default() {
    let Some(manifests) = manifests("live", "{}") else { return };
    assert!(manifests.of_kind("PodMonitor").is_empty());
}

#[test]
fn monitor_is_found_by_its_labels_and_finds_the_pods_of_the_release() {
    let values = "
        podMonitor:
          enabled: true
          namespace: monitoring
          labels: {release: kube-prometheus-stack, tier: 1}
          annotations: {checked: true}
          interval: 15s
          scrapeTimeout: 10s
          metricRelabelings: [{action: labeldrop, regex: pod}]";
    let Some(manifests) = manifests("live", values) else { return };
    let monitor = manifests.0.iter().find(|it| it["kind"] == "PodMonitor").unwrap();
    assert_eq!(monitor["metadata"]["namespace"], "monitoring");
    assert_eq!(monitor["metadata"]["labels"]["release"], "kube-prometheus-stack");
    assert_eq!(monitor["metadata"]["labels"]["tier"], "1");
    assert_eq!(monitor["metadata"]["annotations"], json!({ "checked": "true" }));
    let spec = &monitor["spec"];
    assert_eq!(spec["namespaceSelector"]["matchNames"], json!(["ledger"]), "where the pods are");
    assert_eq!(spec["podTargetLabels"], json!(["ekspiper/network", "ekspiper/lane"]));
    let endpoint = &spec["podMetricsEndpoints"][0];
    assert_eq!((&endpoint["interval"], &endpoint["scrapeTimeout"]), (&json!("15s"), &json!("10s")));
    assert_eq!(endpoint["metricRelabelings"][0]["regex"], "pod");
    let labels =
        &manifests.of_kind("Deployment")["ledger-record"]["spec"]["template"]["metadata"]["labels"];
    for (label, value) in spec["selector"]["matchLabels"].as_object().unwrap() {
        assert_eq!(labels[label], *value);
    }
    let ports = &manifests.pods("Deployment")["ledger-record"]["containers"][0]["ports"];
    assert_eq!(ports[0]["name"], endpoint["port"]);
}

#[test]
fn monitors_of_one_name_in_two_namespaces_can_share_a_third() {
    let values = "podMonitor: {enabled: true, namespace: monitoring}";
    let Some(manifests) = manifests("live", values) else { return };
    let monitor = manifests.0.iter().find(|it| it["kind"] == "PodMonitor").unwrap();
    assert_eq!(monitor["metadata"]["name"], "ledger-live");
}

#[test]
fn flow_that_starts_is_not_restarted() {
    let Some(manifests) = manifests("live", "flows: {ledger-record: {until: 9}}") else { return };
    for (process, pod) in manifests.all_pods().into_iter().filter(|(it, _)| it != "topics") {
        let container = &pod["containers"][0];
        let startup = &container["startupProbe"];
        assert_eq!(startup["httpGet"]["path"], "/livez", "{process}");
        let patience = startup["periodSeconds"].as_u64().unwrap()
            * startup["failureThreshold"].as_u64().unwrap();
        assert!(patience >= 300, "{process}: {patience} s to start");
        assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/livez", "{process}");
        assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz", "{process}");
    }
}

#[test]
fn probes_are_timed_by_release_and_flow() {
    let values = "
        probes: {startup: {failureThreshold: 200}, liveness: {timeoutSeconds: 7}, readiness: null}
        flows:
          ledger-record: {probes: {liveness: {initialDelaySeconds: 9}, startup: null}}";
    let Some(manifests) = manifests("live", values) else { return };
    let pods = manifests.pods("Deployment");
    let container = |flow: &str| pods[flow]["containers"][0].as_object().unwrap();
    let other = container("ledger-details");
    assert_eq!(other["startupProbe"]["failureThreshold"], 200);
    assert_eq!(other["startupProbe"]["periodSeconds"], 5);
    assert!(!other.contains_key("readinessProbe"));
    let own = container("ledger-record");
    assert_eq!(own["livenessProbe"]["timeoutSeconds"], 7);
    assert_eq!(own["livenessProbe"]["initialDelaySeconds"], 9);
    assert!(!own.contains_key("startupProbe"));
}
