//! Lanes beside the live one yield to it.

use crate::chart::manifests;

const LANES: &str = "
    priorityClassName: normal
    lanes: {priorityClassName: low, cpuRequest: 5m}
    flows: {ledger-record: {priorityClassName: own, resources: {requests: {cpu: 2, memory: 1Gi}}}}";

#[test]
fn lane_has_the_low_priority_and_a_small_share_of_the_cpu() {
    let Some(manifests) = manifests("old", &format!("{LANES}\n    lane: old")) else { return };
    for (process, pod) in manifests.all_pods() {
        let expected = if process == "ledger-record" { "own" } else { "low" };
        assert_eq!(pod["priorityClassName"], expected, "{process}");
        let requests = &pod["containers"][0]["resources"]["requests"];
        assert_eq!(requests["cpu"], "5m", "{process}");
        assert!(requests["memory"].is_string(), "{process}");
    }
}

#[test]
fn lane_yields_by_default() {
    let Some(manifests) = manifests("old", "lane: old") else { return };
    for (process, pod) in manifests.all_pods() {
        assert_eq!(pod["containers"][0]["resources"]["requests"]["cpu"], "10m", "{process}");
    }
}

#[test]
fn live_lane_has_the_releases_priority_and_its_own_requests() {
    let Some(manifests) = manifests("live", LANES) else { return };
    let pods = manifests.all_pods();
    assert_eq!(pods["ledger-source"]["priorityClassName"], "normal");
    assert_eq!(pods["ledger-record"]["priorityClassName"], "own");
    let cpu = |flow: &str| pods[flow]["containers"][0]["resources"]["requests"]["cpu"].clone();
    assert_eq!((cpu("ledger-record"), cpu("ledger-source")), ("2".into(), "200m".into()));
}

#[test]
fn lane_keeps_its_requests_where_no_share_is_given() {
    let Some(manifests) = manifests("old", "{lane: old, lanes: {cpuRequest: ''}}") else { return };
    let pod = manifests.pods("Deployment")["ledger-details"];
    assert_eq!(pod["containers"][0]["resources"]["requests"]["cpu"], "200m");
    assert!(pod.get("priorityClassName").is_none());
}
