//! Receivers of `fluent-sink`.

use crate::chart::{everything, manifests};
use crate::manifests::{text, value, variable};

#[test]
fn sink_alone_has_the_receivers_and_the_files_of_their_secrets() {
    let Some(manifests) = manifests("live", &everything()) else { return };
    let pods = manifests.all_pods();
    let sink = pods["fluent-sink"];
    for (name, expected) in [
        ("FLUENT_ADDRESS", "one.example:24224,two.example:24224"),
        ("FLUENT_MODE", "message"),
        ("FLUENT_TAG", "xrpl.{kind}"),
        ("FLUENT_ACK_TIMEOUT_S", "60"),
        ("FLUENT_TLS", "true"),
        ("FLUENT_SERVER_NAME", "logs.example"),
        ("FLUENT_CA_FILE", "/etc/ekspiper/fluent/ca.crt"),
        ("FLUENT_CLIENT_CERT_FILE", "/etc/ekspiper/fluent/tls.crt"),
        ("FLUENT_CLIENT_KEY_FILE", "/etc/ekspiper/fluent/tls.key"),
        ("FLUENT_USER", "ann"),
        ("FLUENT_PASSWORD_FILE", "/etc/ekspiper/fluent/password"),
    ] {
        assert_eq!(value(sink, name), Some(expected), "{name}");
    }
    let volumes = sink["volumes"].as_array().unwrap();
    let files = volumes.iter().find(|it| it["name"] == "fluent").unwrap();
    let sources = files["projected"]["sources"].as_array().unwrap();
    let names: Vec<_> = sources.iter().map(|it| text(&it["secret"]["name"])).collect();
    assert_eq!(names, ["fluent-ca", "sink-tls", "fluent-login"]);
    let items = sources.iter().flat_map(|it| it["secret"]["items"].as_array().unwrap());
    let paths: Vec<_> = items.map(|it| text(&it["path"])).collect();
    assert_eq!(paths, ["ca.crt", "tls.crt", "tls.key", "password"]);
    let mounts = sink["containers"][0]["volumeMounts"].as_array().unwrap();
    assert!(mounts.iter().any(|it| it["mountPath"] == "/etc/ekspiper/fluent"), "{mounts:?}");
    for (process, pod) in pods.iter().filter(|(process, _)| *process != "fluent-sink") {
        let volumes = pod["volumes"].as_array().unwrap();
        assert!(volumes.iter().all(|it| it["name"] != "fluent"), "{process}");
        assert!(variable(pod, "FLUENT_ADDRESS").is_none(), "{process}");
    }
}

#[test]
fn sink_without_secrets_has_one_receiver_and_no_files() {
    let Some(manifests) = manifests("live", "{}") else { return };
    let sink = manifests.pods("Deployment")["fluent-sink"];
    assert_eq!(value(sink, "FLUENT_ADDRESS"), Some("fluentd:24224"));
    for name in ["FLUENT_TLS", "FLUENT_CA_FILE", "FLUENT_SHARED_KEY_FILE", "FLUENT_USER"] {
        assert!(variable(sink, name).is_none(), "{name}");
    }
    assert!(sink.get("volumes").is_none());
}
