//! Environment: each variable once, the user's in place of the chart's.

use crate::chart::{everything, manifests, refusal};
use crate::manifests::{text, value, variable};

fn names(pod: &serde_json::Value) -> Vec<&str> {
    pod["containers"][0]["env"].as_array().unwrap().iter().map(|it| text(&it["name"])).collect()
}

#[test]
fn no_variable_is_given_twice() {
    for values in ["{}", "{lane: old, fill: {command: backfill, range: 5-9}}", &everything()] {
        let Some(manifests) = manifests("live", values) else { return };
        for (process, pod) in manifests.all_pods() {
            let mut names = names(pod);
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{process}: {names:?}");
        }
    }
}

#[test]
fn variable_of_the_user_replaces_that_of_the_chart() {
    let values = "
        flows:
          ledger-source:
            env: {XRPL_URL: 'ws://mine', LOG_FORMAT: text, REJECTS_MAX: 1/10}
            secretEnv: {KAFKA_BROKERS: {name: kafka, key: brokers}}
          fluent-sink: {env: {FLUENT_MODE: forward}, secretEnv: {XRPL_URL: {name: servers, key: urls}}}";
    let Some(manifests) = manifests("live", values) else { return };
    let pods = manifests.pods("Deployment");
    let source = pods["ledger-source"];
    assert_eq!(value(source, "XRPL_URL"), Some("ws://mine"));
    assert_eq!(value(source, "LOG_FORMAT"), Some("text"));
    assert_eq!(value(source, "REJECTS_MAX"), Some("1/10"));
    let brokers = variable(source, "KAFKA_BROKERS").unwrap();
    assert_eq!(brokers["valueFrom"]["secretKeyRef"]["name"], "kafka");
    assert!(brokers.get("value").is_none());
    assert_eq!(value(pods["fluent-sink"], "FLUENT_MODE"), Some("forward"));
    let urls = variable(pods["fluent-sink"], "XRPL_URL").unwrap();
    assert_eq!(urls["valueFrom"]["secretKeyRef"]["key"], "urls");
    assert_eq!(value(pods["ledger-details"], "LOG_FORMAT"), Some("json"), "the others' is theirs");
}

#[test]
fn variables_of_the_release_are_those_of_all_processes_and_a_flows_own_go_before_them() {
    let values = "
        extraEnv:
          - {name: RUST_LOG, value: debug}
          - {name: LOG_FORMAT, value: text}
          - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
        flows: {ledger-record: {env: {RUST_LOG: trace}, extraEnv: [{name: LOG_FORMAT, value: json}]}}";
    let Some(manifests) = manifests("live", values) else { return };
    let pods = manifests.all_pods();
    for (process, pod) in &pods {
        assert_eq!(
            variable(pod, "NODE").unwrap()["valueFrom"]["fieldRef"]["fieldPath"],
            "spec.nodeName"
        );
        let (level, format) =
            if process == "ledger-record" { ("trace", "json") } else { ("debug", "text") };
        assert_eq!(value(pod, "RUST_LOG"), Some(level), "{process}");
        assert_eq!(value(pod, "LOG_FORMAT"), Some(format), "{process}");
    }
    assert!(pods.contains_key("topics"));
}

/// Kubernetes replaces `$(NAME)` by a variable before it in the list, and leaves it as it is otherwise.
#[test]
fn secrets_come_before_the_setting_that_refers_to_them() {
    let values = "
        kafka: {secretConfig: {sasl.password: {name: login, key: password}}}
        flows: {ledger-record: {secretEnv: {KAFKA_SECRET_SASL_PASSWORD: {name: own, key: word}}}}";
    let Some(manifests) = manifests("live", values) else { return };
    for (process, pod) in manifests.all_pods() {
        let names = names(pod);
        let at = |name: &str| names.iter().position(|it| *it == name).unwrap();
        assert!(at("KAFKA_SECRET_SASL_PASSWORD") < at("KAFKA_CONFIG"), "{process}");
        let secret = variable(pod, "KAFKA_SECRET_SASL_PASSWORD").unwrap();
        let owner = if process == "ledger-record" { "own" } else { "login" };
        assert_eq!(secret["valueFrom"]["secretKeyRef"]["name"], owner);
    }
}

#[test]
fn setting_of_kafka_is_no_reference_to_a_variable() {
    let values = "kafka: {config: {sasl.username: a$(LANE)b}}";
    let Some(manifests) = manifests("live", values) else { return };
    let config = value(manifests.all_pods()["topics"], "KAFKA_CONFIG");
    assert_eq!(config, Some("sasl.username=a$$(LANE)b"));
}

#[test]
fn what_the_chart_depends_on_is_refused_with_the_value_to_use() {
    for (given, named) in [
        ("env: {LANE: old}", "flows.ledger-source: the environment variable LANE"),
        ("secretEnv: {NETWORK: {name: a, key: b}}", "use the value network"),
        ("env: {SHUTDOWN_GRACE_S: 60}", "use the value shutdownGraceS"),
        ("env: {ADMIN_ADDRESS: '127.0.0.1:80'}", "ADMIN_ADDRESS is set by the chart"),
        ("args: [--admin-address=127.0.0.1:80]", "--admin-address is set by the chart"),
        ("args: [--lane, old]", "--lane is set by the chart"),
        ("extraEnv: [{name: LANE, value: old}]", "use the value lane"),
        ("{until: 9, env: {UNTIL: 10}}", "UNTIL is given twice"),
        ("{until: 9, args: [--until=10]}", "--until is given twice"),
        ("{fromLane: a, secretEnv: {FROM_LANE: {name: a, key: b}}}", "FROM_LANE is given twice"),
        ("{env: {A: b}, secretEnv: {A: {name: a, key: b}}}", "env and secretEnv both have A"),
        ("env: {XRPL_URL: 'wss://a,https://b'}", "XRPL_URL: servers are asked by WebSocket"),
    ] {
        let given = if given.starts_with('{') { given.to_owned() } else { format!("{{{given}}}") };
        let Some(said) = refusal(&format!("flows: {{ledger-source: {given}}}")) else { return };
        assert!(said.contains(named), "{given}: {said}");
    }
    for (values, named) in [
        ("extraEnv: [{name: UNTIL, value: 9}]", "use flows.<flow>.until"),
        ("extraEnv: [{name: LANE, value: old}]", "use the value lane"),
        (
            "kafka: {config: {sasl.password: a}, secretConfig: {sasl.password: {name: a, key: b}}}",
            "both have sasl.password",
        ),
    ] {
        let Some(said) = refusal(values) else { return };
        assert!(said.contains(named), "{values}: {said}");
    }
}
