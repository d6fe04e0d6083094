//! What pods may do.

use serde_json::json;

use crate::chart::manifests;

#[test]
fn every_pod_is_confined() {
    for values in ["{}", "{lane: old, fill: {command: backfill, range: 5-9}}"] {
        let Some(manifests) = manifests("live", values) else { return };
        for (process, pod) in manifests.all_pods() {
            let context = &pod["securityContext"];
            assert_eq!(context["runAsNonRoot"], true, "{process}");
            assert_eq!(context["runAsUser"], 65532, "{process}");
            assert_eq!(context["seccompProfile"]["type"], "RuntimeDefault", "{process}");
            assert_eq!(pod["automountServiceAccountToken"], false, "{process}");
            assert_eq!(pod["enableServiceLinks"], false, "{process}");
            let container = &pod["containers"][0]["securityContext"];
            assert_eq!(container["readOnlyRootFilesystem"], true, "{process}");
            assert_eq!(container["allowPrivilegeEscalation"], false, "{process}");
            assert_eq!(container["capabilities"]["drop"], json!(["ALL"]), "{process}");
        }
    }
}

/// OpenShift gives each namespace a range of users and groups, and refuses others.
#[test]
fn user_and_groups_can_be_left_to_openshift() {
    let values = "podSecurityContext: {runAsUser: null, runAsGroup: null, fsGroup: null}";
    let Some(manifests) = manifests("live", values) else { return };
    let pods = manifests.all_pods();
    assert!(pods.contains_key("topics"));
    for (process, pod) in pods {
        let context =
            json!({ "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } });
        assert_eq!(pod["securityContext"], context, "{process}");
    }
}

#[test]
fn user_and_groups_can_be_others() {
    let values = "podSecurityContext: {runAsUser: 1000650000, fsGroup: 1000650000}";
    let Some(manifests) = manifests("live", values) else { return };
    for (process, pod) in manifests.all_pods() {
        let context = &pod["securityContext"];
        assert_eq!(
            (&context["runAsUser"], &context["fsGroup"]),
            (&json!(1_000_650_000), &json!(1_000_650_000))
        );
        assert_eq!(context["runAsGroup"], 65532, "{process}");
    }
}
