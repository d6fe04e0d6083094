//! Where pods run: of all processes as the release says, of a flow as the flow says.

use serde_json::json;

use crate::chart::manifests;

const PLACED: &str = "
    nodeSelector: {pool: ledger}
    tolerations: [{key: ledger, operator: Exists}]
    affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [
      {matchExpressions: [{key: zone, operator: In, values: [a]}]}]}}}
    priorityClassName: high
    imagePullSecrets: [{name: registry}]
    podLabels: {team: ledger}
    podAnnotations: {note: x}
    podSecurityContext: {runAsUser: 1000}
    securityContext: {readOnlyRootFilesystem: false}
    extraVolumes: [{name: scratch, emptyDir: {}}]
    extraVolumeMounts: [{name: scratch, mountPath: /scratch}]
    topics: {resources: {limits: {memory: 99Mi}}}";

#[test]
fn job_that_creates_topics_runs_where_the_flows_run() {
    let Some(manifests) = manifests("live", PLACED) else { return };
    let (job, flow) =
        (manifests.pods("Job")["topics"], manifests.pods("Deployment")["ledger-record"]);
    for key in [
        "nodeSelector",
        "tolerations",
        "affinity",
        "priorityClassName",
        "imagePullSecrets",
        "securityContext",
        "volumes",
    ] {
        assert!(job.get(key).is_some(), "{key}");
        assert_eq!(job[key], flow[key], "{key}");
    }
    let (creates, flows) = (&job["containers"][0], &flow["containers"][0]);
    assert_eq!(creates["securityContext"], flows["securityContext"]);
    assert_eq!(creates["securityContext"]["readOnlyRootFilesystem"], false);
    assert_eq!(creates["volumeMounts"], flows["volumeMounts"]);
    assert_eq!(creates["resources"]["limits"]["memory"], "99Mi");
    let metadata = &manifests.of_kind("Job")["topics"]["spec"]["template"]["metadata"];
    assert_eq!(metadata["labels"]["team"], "ledger");
    assert_eq!(metadata["annotations"]["note"], "x");
}

#[test]
fn job_that_creates_topics_has_an_account_that_exists_already() {
    let Some(own) = manifests("live", "{}") else { return };
    assert!(own.pods("Job")["topics"].get("serviceAccountName").is_none(), "it comes first");
    let Some(given) = manifests("live", "serviceAccount: {name: ledger}") else { return };
    assert_eq!(given.pods("Job")["topics"]["serviceAccountName"], "ledger");
    assert_eq!(given.pods("Deployment")["ledger-record"]["serviceAccountName"], "ledger");
    assert!(given.of_kind("ServiceAccount").is_empty());
}

#[test]
fn flow_has_its_own_in_place_of_the_releases() {
    let own = "
        nodeSelector: {pool: large}
        tolerations: []
        affinity: null
        priorityClassName: higher
        resources: {requests: {cpu: 2}}
        topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]
        podLabels: {tier: one}
        podAnnotations: {note: z}
        extraVolumes: [{name: more, emptyDir: {}}]
        extraVolumeMounts: [{name: more, mountPath: /more}]"
        .replace("\n    ", "\n          ");
    let values = format!("{PLACED}\n    flows:\n      ledger-record:{own}");
    let Some(manifests) = manifests("live", &values) else { return };
    let pods = manifests.pods("Deployment");
    let (own, other) = (pods["ledger-record"], pods["ledger-details"]);
    assert_eq!(own["nodeSelector"], json!({ "pool": "large" }));
    assert_eq!(other["nodeSelector"], json!({ "pool": "ledger" }));
    assert!(own.get("tolerations").is_none() && own.get("affinity").is_none());
    assert_eq!(own["priorityClassName"], "higher");
    assert_eq!(own["containers"][0]["resources"], json!({ "requests": { "cpu": "2" } }));
    let spread = &own["topologySpreadConstraints"][0];
    assert_eq!(spread["topologyKey"], "zone");
    assert_eq!(spread["labelSelector"]["matchLabels"]["app.kubernetes.io/name"], "ledger-record");
    assert_eq!(own["volumes"].as_array().unwrap().len(), 2);
    assert_eq!(own["containers"][0]["volumeMounts"].as_array().unwrap().len(), 2);
    let metadata =
        &manifests.of_kind("Deployment")["ledger-record"]["spec"]["template"]["metadata"];
    assert_eq!(
        (&metadata["labels"]["team"], &metadata["labels"]["tier"]),
        (&json!("ledger"), &json!("one"))
    );
    assert_eq!(metadata["annotations"]["note"], "z");
}

#[test]
fn pods_of_a_flow_spread_over_nodes_by_default() {
    let Some(manifests) = manifests("live", "{}") else { return };
    for (flow, pod) in manifests.pods("Deployment") {
        let spread = &pod["topologySpreadConstraints"][0];
        assert_eq!(spread["topologyKey"], "kubernetes.io/hostname");
        assert_eq!(spread["labelSelector"]["matchLabels"]["app.kubernetes.io/name"], flow);
    }
    let values = "topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {a: b}}}]";
    let Some(given) = crate::chart::manifests("live", values) else { return };
    let spread = &given.pods("Deployment")["ledger-record"]["topologySpreadConstraints"][0];
    assert_eq!(spread["labelSelector"], json!({ "matchLabels": { "a": "b" } }));
}
