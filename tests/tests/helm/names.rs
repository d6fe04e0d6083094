//! Names: unique, and short enough for Kubernetes.

use std::collections::BTreeSet;

use crate::chart::{everything, manifests};
use crate::manifests::{Manifests, text};

/// Helm takes no longer ones.
const RELEASE_MAX: usize = 53;

fn names(manifests: &Manifests) -> BTreeSet<(String, String)> {
    let names = manifests.names();
    let unique: BTreeSet<_> =
        names.iter().map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned())).collect();
    assert_eq!(unique.len(), names.len(), "{names:?}");
    unique
}

fn is_name(name: &str) -> bool {
    // KEDA's label of a name has 9 characters more.
    name.len() <= 54
        && name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[test]
fn names_of_a_short_release_begin_with_it_and_end_with_the_flow() {
    let Some(manifests) = manifests("live", "{}") else { return };
    for (flow, deployment) in manifests.of_kind("Deployment") {
        assert_eq!(deployment["metadata"]["name"], format!("live-{flow}"));
    }
}

#[test]
fn names_of_the_longest_releases_are_valid_and_differ() {
    let releases = ["a", "b"].map(|last| "r".repeat(RELEASE_MAX - 1) + last);
    let long_flow = "f".repeat(40);
    let values = everything().replace("  fee-burns: {}", &format!("  {long_flow}: {{}}"));
    let values = values.replace("namespace: monitoring", "namespace: ''");
    let Some(first) = manifests(&releases[0], &values) else { return };
    let Some(second) = manifests(&releases[1], &values) else { return };
    let (first, second) = (names(&first), names(&second));
    for (kind, name) in first.iter().chain(&second) {
        assert!(is_name(name), "{kind} {name}");
    }
    assert!(first.is_disjoint(&second), "{first:?}\n{second:?}");
    assert!(
        first.iter().any(|(kind, name)| kind == "Job" && name.contains("-transaction-record-"))
    );
}

#[test]
fn two_lanes_in_a_namespace_share_no_name_and_no_pod() {
    let Some(live) = manifests("live", "{}") else { return };
    let Some(lane) = manifests("live-2", "{lane: old}") else { return };
    assert!(names(&live).is_disjoint(&names(&lane)));
    let instance = |manifests: &Manifests| {
        let deployment = manifests.of_kind("Deployment")["ledger-record"].clone();
        text(&deployment["spec"]["selector"]["matchLabels"]["app.kubernetes.io/instance"])
            .to_owned()
    };
    assert_ne!(instance(&live), instance(&lane));
}

#[test]
fn name_may_be_overridden() {
    for (values, expected) in [
        ("nameOverride: xrpl", "live-xrpl-ledger-record"),
        ("fullnameOverride: xrpl", "xrpl-ledger-record"),
        ("{nameOverride: a, fullnameOverride: b}", "b-ledger-record"),
        ("nameOverride: ekspiper", "live-ledger-record"),
    ] {
        let Some(manifests) = manifests("live", values) else { return };
        let deployment = manifests.of_kind("Deployment")["ledger-record"];
        assert_eq!(deployment["metadata"]["name"], expected);
    }
}

#[test]
fn long_override_is_shortened() {
    let values = format!("fullnameOverride: {}", "n".repeat(80));
    let Some(manifests) = manifests("live", &values) else { return };
    assert!(names(&manifests).iter().all(|(_, name)| is_name(name)));
    for deployment in manifests.of_kind("Deployment").values() {
        let instance = text(&deployment["metadata"]["labels"]["app.kubernetes.io/instance"]);
        assert!(instance.len() <= 63, "{instance}");
    }
}

#[test]
fn every_label_is_one_of_kubernetes() {
    let Some(manifests) = manifests(&"r".repeat(RELEASE_MAX), &everything()) else { return };
    for object in &manifests.0 {
        for (label, value) in object["metadata"]["labels"].as_object().unwrap() {
            let value = text(value);
            let is_value = value.len() <= 63
                && value.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it));
            assert!(is_value, "{label}: {value}");
        }
    }
}
