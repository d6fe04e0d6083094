//! The chart: complete, strict by Kubernetes' own schemas, secrets by reference, one release a lane.
//!
//! `./test` brings helm and the validator; without them a test says that it is skipped.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The oldest that the chart asks for and the newest that the validator knows.
const KUBERNETES: [&str; 2] = ["1.25", "1.37"];

/// Every optional part of the chart at once.
const EVERYTHING: &[&str] = &[
    "podDisruptionBudget=true",
    "image.tag=1.2.3",
    "imagePullSecrets[0].name=registry",
    "xrplUrls={wss://one.example,wss://two.example}",
    "kafka.config.security\\.protocol=SASL_SSL",
    "kafka.secretConfig.sasl\\.password.name=kafka-login",
    "kafka.secretConfig.sasl\\.password.key=password",
    "kafka.secretFiles=kafka-tls",
    "flows.fluent-sink.secretEnv.FLUENT_SHARED_KEY.name=fluent",
    "flows.fluent-sink.secretEnv.FLUENT_SHARED_KEY.key=key",
    "fluent.receivers={one.example:24224,two.example:24224}",
    "fluent.mode=message",
    "fluent.tag=xrpl.\\{kind\\}",
    "fluent.tls.enabled=true",
    "fluent.tls.ca.name=fluent-ca",
    "fluent.tls.ca.key=authority.pem",
    "fluent.tls.clientSecret=sink-tls",
    "fluent.tls.serverName=logs.example",
    "fluent.user=ann",
    "fluent.password.name=fluent-login",
    "fluent.password.key=word",
    "flows.ledger-source.args={--agree=2}",
    "flows.ledger-details.replicas=null",
    "flows.ledger-record.enabled=false",
    "nodeSelector.kubernetes\\.io/arch=amd64",
    "tolerations[0].operator=Exists",
    "podAnnotations.team=ledger",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A tool that `./test` puts into the cache.
fn tool(path: &str) -> Option<PathBuf> {
    let tool = root().join(".cache").join(path);
    if tool.exists() {
        return Some(tool);
    }
    println!(
        "skipped: {} is not there ({path}; ./test brings it)",
        path.rsplit('/').next().unwrap()
    );
    None
}

fn helm(command: &[&str], values: &[&str]) -> Option<Output> {
    let mut helm = Command::new(tool("bin/helm")?);
    helm.args(command).arg(root().join("helm"));
    helm.args(values.iter().flat_map(|it| ["--set", it]));
    Some(helm.output().unwrap())
}

fn rendered(release: &str, values: &[&str]) -> Option<String> {
    let output = helm(&["template", release, "--kube-version", "1.33.0"], values)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// What `kubernetes-validate` answers about rendered manifests.
fn validated(manifests: &str, kubernetes: &str) -> Option<Output> {
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    fs::write(file.path(), manifests).unwrap();
    let mut command = Command::new(tool("python/bin/kubernetes-validate")?);
    Some(command.args(["--strict", "-k", kubernetes]).arg(file.path()).output().unwrap())
}

/// The manifests of a release, parsed.
fn manifests(release: &str, values: &[&str]) -> Option<Vec<Value>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), rendered(release, values)?).unwrap();
    let script =
        "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    let output = Command::new(tool("python/bin/python")?)
        .args(["-c", script])
        .arg(file.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The pod of each Deployment, by its flow.
fn pods(manifests: &[Value]) -> BTreeMap<String, &Value> {
    let deployments = manifests.iter().filter(|it| it["kind"] == "Deployment");
    let named = |it: &Value| {
        it["metadata"]["labels"]["app.kubernetes.io/name"].as_str().unwrap().to_owned()
    };
    deployments.map(|it| (named(it), &it["spec"]["template"]["spec"])).collect()
}

fn env(pod: &Value, name: &str) -> Option<Value> {
    let env = pod["containers"][0]["env"].as_array().unwrap();
    assert!(env.iter().filter(|it| it["name"] == name).count() <= 1, "{name} is there twice");
    env.iter().find(|it| it["name"] == name).cloned()
}

fn value(pod: &Value, name: &str) -> Option<String> {
    env(pod, name).map(|it| it["value"].as_str().unwrap().to_owned())
}

/// The flows: all services but the operator's command and the simulator.
fn services() -> BTreeSet<String> {
    let names = fs::read_dir(root().join("services"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap());
    names.filter(|it| it != "ekspiper" && it != "xrpl-sim").collect()
}

#[test]
fn every_flow_has_an_entry_and_every_entry_a_flow() {
    let values = fs::read_to_string(root().join("helm/values.yaml")).unwrap();
    let (_, flows) = values.split_once("\nflows:\n").unwrap();
    let inside = flows.lines().take_while(|line| line.is_empty() || line.starts_with(' '));
    let entries = inside.filter_map(|line| line.strip_prefix("  ")?.split_once(':'));
    let entries: BTreeSet<String> =
        entries.map(|(name, _)| name.to_owned()).filter(|it| !it.starts_with([' ', '#'])).collect();
    assert_eq!(entries, services());
}

#[test]
fn chart_passes_the_strict_lint() {
    let Some(output) = helm(&["lint", "--strict"], EVERYTHING) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn every_manifest_is_what_kubernetes_knows() {
    for kubernetes in KUBERNETES {
        for values in [&[][..], EVERYTHING] {
            let Some(manifests) = rendered("live", values) else { return };
            let Some(output) = validated(&manifests, kubernetes) else { return };
            let said =
                String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
            assert_eq!(
                said.matches(" passed ").count(),
                manifests.matches("\nkind: ").count(),
                "{said}"
            );
        }
    }
}

#[test]
fn field_that_kubernetes_does_not_know_would_be_seen() {
    let Some(manifests) = rendered("live", &[]) else { return };
    let wrong = manifests.replace("readOnlyRootFilesystem", "readOnlyRoot");
    let Some(output) = validated(&wrong, KUBERNETES[1]) else { return };
    assert!(
        !output.status.success()
            && String::from_utf8_lossy(&output.stdout).contains("readOnlyRoot")
    );
}

#[test]
fn each_flow_runs_its_own_binary_confined_and_stops_in_time() {
    let Some(manifests) =
        manifests("live", &["shutdownGraceS=45", "flows.fluent-sink.env.REJECTS_MAX=off"])
    else {
        return;
    };
    let pods = pods(&manifests);
    assert_eq!(pods.keys().cloned().collect::<BTreeSet<_>>(), services());
    for (flow, pod) in pods {
        let container = &pod["containers"][0];
        assert_eq!(container["command"], serde_json::json!([flow]));
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
        assert_eq!(
            container["securityContext"]["capabilities"]["drop"],
            serde_json::json!(["ALL"])
        );
        assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/livez");
        assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz");
        assert_eq!(value(pod, "SHUTDOWN_GRACE_S").unwrap(), "45");
        let rejects_max = if flow == "fluent-sink" { "off" } else { "100/1000" };
        assert_eq!(value(pod, "REJECTS_MAX").unwrap(), rejects_max);
        assert!(pod["terminationGracePeriodSeconds"].as_u64().unwrap() > 45);
    }
}

#[test]
fn lane_is_a_release_that_may_begin_at_another_lane() {
    let values = [
        "lane=replay-2019",
        "flows.ledger-transactions.fromLane=live",
        "flows.fluent-sink.enabled=false",
    ];
    let Some(manifests) = manifests("replay", &values) else { return };
    let pods = pods(&manifests);
    assert!(!pods.contains_key("fluent-sink"));
    for (flow, pod) in &pods {
        assert_eq!(value(pod, "LANE").unwrap(), "replay-2019");
        assert_eq!(value(pod, "NETWORK").unwrap(), "mainnet");
        assert_eq!(
            value(pod, "FROM_LANE").as_deref(),
            (flow == "ledger-transactions").then_some("live")
        );
    }
    let job = manifests.iter().find(|it| it["kind"] == "Job").unwrap();
    assert_eq!(value(&job["spec"]["template"]["spec"], "LANE").unwrap(), "replay-2019");
    let names = manifests.iter().map(|it| it["metadata"]["name"].as_str().unwrap());
    assert!(names.clone().all(|it| it.starts_with("replay")), "{:?}", names.collect::<Vec<_>>());
}

#[test]
fn secrets_are_named_and_never_held() {
    let Some(manifests) = manifests("live", EVERYTHING) else { return };
    let pods = pods(&manifests);
    let job = manifests.iter().find(|it| it["kind"] == "Job").unwrap();
    for pod in pods.values().copied().chain([&job["spec"]["template"]["spec"]]) {
        let password = env(pod, "KAFKA_SECRET_SASL_PASSWORD").unwrap();
        let key = serde_json::json!({ "name": "kafka-login", "key": "password" });
        assert_eq!(password["valueFrom"]["secretKeyRef"], key);
        let config = value(pod, "KAFKA_CONFIG").unwrap();
        assert_eq!(
            config,
            "security.protocol=SASL_SSL\nsasl.password=$(KAFKA_SECRET_SASL_PASSWORD)"
        );
        assert_eq!(pod["volumes"][0]["secret"]["secretName"], "kafka-tls");
    }
    let shared_key = env(pods["fluent-sink"], "FLUENT_SHARED_KEY").unwrap();
    assert_eq!(shared_key["valueFrom"]["secretKeyRef"]["name"], "fluent");
    assert!(manifests.iter().all(|it| it["kind"] != "Secret"));
}

#[test]
fn sink_alone_is_told_of_its_receivers_and_has_the_files_of_their_secrets() {
    let Some(manifests) = manifests("live", EVERYTHING) else { return };
    let pods = pods(&manifests);
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
        assert_eq!(value(sink, name).as_deref(), Some(expected), "{name}");
    }
    let volumes = sink["volumes"].as_array().unwrap();
    let files = volumes.iter().find(|it| it["name"] == "fluent").unwrap();
    let sources = files["projected"]["sources"].as_array().unwrap();
    let names: Vec<_> = sources.iter().map(|it| it["secret"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["fluent-ca", "sink-tls", "fluent-login"]);
    let items = sources.iter().flat_map(|it| it["secret"]["items"].as_array().unwrap());
    let paths: Vec<_> = items.map(|it| it["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["ca.crt", "tls.crt", "tls.key", "password"]);
    let mounts = sink["containers"][0]["volumeMounts"].as_array().unwrap();
    assert!(mounts.iter().any(|it| it["mountPath"] == "/etc/ekspiper/fluent"), "{mounts:?}");
    for (flow, pod) in pods.iter().filter(|(flow, _)| *flow != "fluent-sink") {
        assert_eq!(pod["volumes"].as_array().unwrap().len(), 1, "{flow}");
        assert!(env(pod, "FLUENT_ADDRESS").is_none(), "{flow}");
    }
}

#[test]
fn sink_without_secrets_has_one_receiver_and_no_files() {
    let Some(manifests) = manifests("live", &[]) else { return };
    let pods = pods(&manifests);
    let sink = pods["fluent-sink"];
    assert_eq!(value(sink, "FLUENT_ADDRESS").as_deref(), Some("fluentd:24224"));
    for name in ["FLUENT_TLS", "FLUENT_CA_FILE", "FLUENT_SHARED_KEY_FILE", "FLUENT_USER"] {
        assert!(env(sink, name).is_none(), "{name}");
    }
    assert!(sink.get("volumes").is_none());
}

#[test]
fn what_scales_a_flow_from_outside_is_not_fought() {
    let Some(manifests) = manifests("live", EVERYTHING) else { return };
    let is_of = |it: &Value, flow: &str| {
        it["kind"] == "Deployment" && it["metadata"]["name"] == format!("live-{flow}")
    };
    let deployment = |flow: &str| manifests.iter().find(|it| is_of(it, flow));
    let replicas = |flow| deployment(flow).unwrap()["spec"].get("replicas").and_then(Value::as_u64);
    assert_eq!(replicas("ledger-details"), None);
    assert_eq!(replicas("ledger-source"), Some(2));
    assert!(deployment("ledger-record").is_none());
}

#[test]
fn bad_values_are_refused_by_their_names() {
    let bad = [
        ("flows.ledger-source.replica=2", "/flows/ledger-source"),
        ("flows.ledger-source.replicas=-1", "/flows/ledger-source/replicas"),
        ("network=main.net", "/network"),
        ("lane=a/b", "/lane"),
        ("kafka.brokers=kafka", "/kafka/brokers"),
        ("kafka.secretConfig.sasl\\.password=geheim", "/kafka/secretConfig/sasl.password"),
        ("topics.partitions=0", "/topics/partitions"),
        ("xrplUrls={s1.example}", "/xrplUrls/0"),
        ("xrplUrls=null", "xrplUrls"),
        ("shutdownGraceS=soon", "/shutdownGraceS"),
        ("fluent.receivers={fluentd}", "/fluent/receivers/0"),
        ("fluent.receivers=null", "receivers"),
        ("fluent.mode=json", "/fluent/mode"),
        ("fluent.tls.ca.name=fluent", "/fluent/tls/ca"),
        ("fluent.sharedKey=geheim", "/fluent/sharedKey"),
        ("rejectsMax=10%", "/rejectsMax"),
        ("partitions=8", "'partitions' not allowed"),
    ];
    for (value, named) in bad {
        let Some(output) = helm(&["template", "live", "--kube-version", "1.33.0"], &[value]) else {
            return;
        };
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(named), "{value}: {said}");
    }
}
