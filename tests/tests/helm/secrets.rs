//! Secrets: named, never held.

use serde_json::{Value, json};

use crate::chart::{everything, manifests, refusal};
use crate::manifests::{text, value, variable};

#[test]
fn secrets_are_named_and_never_held() {
    let Some(manifests) = manifests("live", &everything()) else { return };
    for (process, pod) in manifests.all_pods() {
        let password = variable(pod, "KAFKA_SECRET_SASL_PASSWORD").unwrap();
        let key = json!({ "name": "kafka-login", "key": "password" });
        assert_eq!(password["valueFrom"]["secretKeyRef"], key, "{process}");
        let config = value(pod, "KAFKA_CONFIG").unwrap();
        assert!(config.contains("\nsasl.password=$(KAFKA_SECRET_SASL_PASSWORD)\n"), "{config}");
        assert_eq!(pod["volumes"][0]["secret"]["secretName"], "kafka-files", "{process}");
    }
    let shared_key = variable(manifests.pods("Deployment")["fluent-sink"], "FLUENT_SHARED_KEY");
    assert_eq!(shared_key.unwrap()["valueFrom"]["secretKeyRef"]["name"], "fluent");
    assert!(manifests.of_kind("Secret").is_empty());
}

/// The secrets of a volume, each with the keys that it shows and as what.
fn sources(pod: &Value, volume: &str) -> Vec<(String, String, String)> {
    let volumes = pod["volumes"].as_array().unwrap();
    let volume = volumes.iter().find(|it| it["name"] == volume).unwrap();
    let sources = volume["projected"]["sources"].as_array().unwrap();
    let of = |it: &Value| {
        let item = &it["secret"]["items"][0];
        [&it["secret"]["name"], &item["key"], &item["path"]].map(|it| text(it).to_owned()).into()
    };
    sources.iter().map(of).collect()
}

/// Strimzi has the CA in one secret, and the certificate and key in another, which has a `ca.crt` of its own.
#[test]
fn client_certificate_comes_from_two_secrets() {
    let values = "
        kafka:
          tls:
            ca: {name: main-cluster-ca-cert, key: ca.crt}
            certificate: {name: ekspiper, key: user.crt}
            key: {name: ekspiper, key: user.key}";
    let Some(manifests) = manifests("live", values) else { return };
    for (process, pod) in manifests.all_pods() {
        let expected = [
            ("main-cluster-ca-cert", "ca.crt", "ca.crt"),
            ("ekspiper", "user.crt", "tls.crt"),
            ("ekspiper", "user.key", "tls.key"),
        ];
        let expected = expected.map(|(name, key, path)| (name.into(), key.into(), path.into()));
        assert_eq!(sources(pod, "kafka-tls"), expected, "{process}");
        let mount = &pod["containers"][0]["volumeMounts"][0];
        assert_eq!(mount["mountPath"], "/etc/ekspiper/kafka-tls", "{process}");
        let config = [
            "security.protocol=SSL",
            "ssl.ca.location=/etc/ekspiper/kafka-tls/ca.crt",
            "ssl.certificate.location=/etc/ekspiper/kafka-tls/tls.crt",
            "ssl.key.location=/etc/ekspiper/kafka-tls/tls.key",
        ];
        assert_eq!(value(pod, "KAFKA_CONFIG"), Some(config.join("\n").as_str()), "{process}");
    }
}

#[test]
fn authority_alone_beside_a_login_is_sasl_over_tls() {
    let values = "
        kafka:
          config: {sasl.mechanism: SCRAM-SHA-512}
          tls: {ca: {name: ca, key: ca.crt}}";
    let Some(manifests) = manifests("live", values) else { return };
    let config = value(manifests.all_pods()["topics"], "KAFKA_CONFIG").unwrap();
    assert!(config.contains("security.protocol=SASL_SSL"), "{config}");
    assert!(!config.contains("ssl.key.location"), "{config}");
}

#[test]
fn setting_that_is_given_goes_before_the_one_made_of_tls() {
    let values = "
        kafka:
          config: {security.protocol: SASL_SSL, ssl.ca.location: /mine}
          tls: {ca: {name: ca, key: ca.crt}}";
    let Some(manifests) = manifests("live", values) else { return };
    let config = value(manifests.all_pods()["topics"], "KAFKA_CONFIG").unwrap();
    assert_eq!(config, "security.protocol=SASL_SSL\nssl.ca.location=/mine");
}

#[test]
fn certificate_without_its_key_is_refused() {
    for given in ["certificate", "key"] {
        let values = format!("kafka: {{tls: {{{given}: {{name: a, key: b}}}}}}");
        let Some(said) = refusal(&values) else { return };
        assert!(said.contains("only one of them is given"), "{said}");
    }
}
