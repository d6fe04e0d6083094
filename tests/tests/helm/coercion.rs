//! Values from files: text where Kubernetes wants text, numbers in decimals.

use serde_json::{Value, json};

use crate::chart::{everything, manifests, rendered};
use crate::manifests::value;

#[test]
fn booleans_and_numbers_become_texts_where_kubernetes_has_texts() {
    let Some(manifests) = manifests("live", &everything()) else { return };
    for kind in ["Deployment", "Job"] {
        for (process, object) in manifests.of_kind(kind) {
            let template = &object["spec"]["template"];
            let annotations = json!({ "since": "20191101", "checked": "true", "ratio": "0.5" });
            assert_eq!(template["metadata"]["annotations"], annotations, "{process}");
            assert_eq!(template["metadata"]["labels"]["cost-center"], "90000000", "{process}");
            assert_eq!(template["metadata"]["labels"]["ekspiper/lane"], "20191101", "{process}");
            let container = &template["spec"]["containers"][0];
            assert_eq!(container["image"], "registry.example/ekspiper:20261126", "{process}");
        }
    }
    let account = &manifests.of_kind("ServiceAccount")[""];
    assert_eq!(account["metadata"]["annotations"], json!({ "audited": "true" }));
}

#[test]
fn placement_has_texts_and_integers_where_kubernetes_has_them() {
    let Some(manifests) = manifests("live", &everything()) else { return };
    let pod = manifests.pods("Job")["topics"];
    let selector = json!({ "kubernetes.io/arch": "amd64", "ledger": "true", "rack": "90000000" });
    assert_eq!(pod["nodeSelector"], selector);
    let toleration = &pod["tolerations"][0];
    assert_eq!(
        (&toleration["value"], &toleration["tolerationSeconds"]),
        (&json!("true"), &json!(90_000_000))
    );
    let preferred =
        &pod["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"][0];
    assert_eq!(preferred["weight"], 5);
    assert_eq!(preferred["preference"]["matchExpressions"][0]["values"], json!(["7", "true"]));
    assert_eq!(pod["topologySpreadConstraints"][0]["maxSkew"], 2);
}

#[test]
fn large_numbers_are_decimals() {
    let values = everything() + "\nshutdownGraceS: 600\n";
    let Some(text) = rendered("live", &values) else { return };
    let Some(manifests) = manifests("live", &values) else { return };
    for power in ["e+0", "e+1", "e-0"] {
        assert!(!text.contains(power), "a float was rendered as such");
    }
    let pod = manifests.pods("Job")["ledger-source"];
    assert_eq!(value(pod, "START"), Some("90000000"));
    let config = value(pod, "KAFKA_CONFIG").unwrap();
    assert!(config.contains("message.max.bytes=90000000\n"), "{config}");
    assert!(config.contains("socket.keepalive.enable=true\n"), "{config}");
    assert_eq!(pod["terminationGracePeriodSeconds"], 610);
    assert_eq!(pod["securityContext"]["runAsUser"], 1_000_650_000);
    assert_eq!(pod["containers"][0]["resources"]["limits"]["memory"], "1073741824");
    let job = manifests.of_kind("Job")["ledger-source"];
    assert_eq!(job["spec"]["ttlSecondsAfterFinished"], 90_000_000);
}

#[test]
fn environment_and_arguments_are_texts() {
    let values = "
        flows:
          ledger-record:
            env: {A: 90000000, B: true, C: 0.25, D: 'x', E: 0, F: false, G: ''}
            args: [--rejects-max, 'off', --some-number, 90000000, --flag=true]";
    let Some(manifests) = manifests("live", values) else { return };
    let pod = manifests.pods("Deployment")["ledger-record"];
    for (name, expected) in [
        ("A", "90000000"),
        ("B", "true"),
        ("C", "0.25"),
        ("D", "x"),
        ("E", "0"),
        ("F", "false"),
        ("G", ""),
    ] {
        assert_eq!(value(pod, name), Some(expected), "{name}");
    }
    let args = json!(["--rejects-max", "off", "--some-number", "90000000", "--flag=true"]);
    assert_eq!(pod["containers"][0]["args"], args);
}

#[test]
fn all_values_of_the_environment_are_texts() {
    let Some(manifests) = manifests("live", &everything()) else { return };
    for (process, pod) in manifests.all_pods() {
        for variable in pod["containers"][0]["env"].as_array().unwrap() {
            let is_text = variable.get("value").is_none_or(Value::is_string);
            assert!(is_text && variable["name"].is_string(), "{process}: {variable}");
        }
    }
}
