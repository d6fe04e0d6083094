//! The chart as a dependency of another one, twice.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::chart::{rendered_of, root, tool};
use crate::manifests::{Manifests, text};

/// An umbrella chart with two aliases of the chart.
fn umbrella() -> Option<TempDir> {
    let folder = tempfile::tempdir().unwrap();
    let chart = root().join("helm").canonicalize().unwrap();
    let dependency = |alias: &str| {
        format!(
            "  - {{name: ekspiper, version: 0.1.0, alias: {alias}, condition: {alias}.enabled, repository: 'file://{}'}}\n",
            chart.display()
        )
    };
    let dependencies = dependency("live") + &dependency("Old_lane");
    let about =
        format!("apiVersion: v2\nname: xrpl\nversion: 0.1.0\ndependencies:\n{dependencies}");
    fs::write(folder.path().join("Chart.yaml"), about).unwrap();
    let mut helm = Command::new(tool("bin/helm")?);
    let output = helm.args(["dependency", "build"]).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(folder)
}

fn manifests(umbrella: &Path, values: &str) -> Option<Manifests> {
    Manifests::parse(&rendered_of("xrpl", umbrella, values)?)
}

const TWO_LANES: &str = "
    global: {team: ledger}
    live: {enabled: true, podDisruptionBudget: true, podMonitor: {enabled: true}}
    Old_lane:
      lane: old
      podDisruptionBudget: true
      podMonitor: {enabled: true}
      flows: {ledger-source: {start: 1, until: 90000000}}";

#[test]
fn two_aliases_in_one_umbrella_share_no_name() {
    let Some(umbrella) = umbrella() else { return };
    let Some(manifests) = manifests(umbrella.path(), TWO_LANES) else { return };
    let names = manifests.names();
    let unique: BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "{names:?}");
    assert!(names.contains(&("Deployment", "xrpl-live-ledger-record")), "{names:?}");
    let valid = |name: &str| name.bytes().all(|it| !it.is_ascii_uppercase() && it != b'_');
    assert!(names.iter().all(|(_, name)| valid(name)), "{names:?}");
}

#[test]
fn two_aliases_in_one_umbrella_select_no_pod_of_each_other() {
    let Some(umbrella) = umbrella() else { return };
    let Some(manifests) = manifests(umbrella.path(), TWO_LANES) else { return };
    let labels = |lane: &str| {
        let of_lane = manifests.0.iter().filter(move |it| {
            it["metadata"]["labels"]["ekspiper/lane"] == lane && it["kind"] == "Deployment"
        });
        let of_pods = of_lane.map(|it| &it["spec"]["template"]["metadata"]["labels"]);
        of_pods.map(|it| text(&it["app.kubernetes.io/instance"])).collect::<BTreeSet<_>>()
    };
    assert_eq!((labels("live").len(), labels("old").len()), (1, 1));
    assert!(labels("live").is_disjoint(&labels("old")));
    for monitor in manifests.0.iter().filter(|it| it["kind"] == "PodMonitor") {
        let lane = text(&monitor["metadata"]["labels"]["ekspiper/lane"]);
        let selected = &monitor["spec"]["selector"]["matchLabels"]["app.kubernetes.io/instance"];
        assert!(labels(lane).contains(text(selected)));
    }
}

#[test]
fn alias_that_is_not_enabled_is_left_out() {
    let Some(umbrella) = umbrella() else { return };
    let Some(manifests) = manifests(umbrella.path(), "Old_lane: {enabled: false}") else { return };
    assert!(manifests.0.iter().all(|it| it["metadata"]["labels"]["ekspiper/lane"] == "live"));
}

#[test]
fn field_is_left_out_by_null_in_an_umbrella_too() {
    let Some(umbrella) = umbrella() else { return };
    let values = "
        Old_lane: {enabled: false}
        live: {podSecurityContext: {runAsUser: null, fsGroup: null}, flows: {fluent-sink: {replicas: null}}}";
    let Some(manifests) = manifests(umbrella.path(), values) else { return };
    for pod in manifests.all_pods().values() {
        let context = pod["securityContext"].as_object().unwrap();
        assert!(!context.contains_key("runAsUser") && !context.contains_key("fsGroup"));
    }
    let spec = &manifests.of_kind("Deployment")["fluent-sink"]["spec"];
    assert!(spec.get("replicas").is_none());
}
