//! Values that are refused, by their names.

use crate::chart::{manifests, refusal};

#[test]
fn bad_values_are_refused_by_their_names() {
    let bad = [
        ("flows: {ledger-source: {replica: 2}}", "/flows/ledger-source"),
        ("flows: {ledger-source: {replicas: -1}}", "/flows/ledger-source/replicas"),
        ("flows: {ledger-source: {until: soon}}", "/flows/ledger-source/until"),
        ("flows: {ledger-source: {start: yesterday}}", "/flows/ledger-source/start"),
        ("flows: {ledger-source: {env: {a-b: c}}}", "/flows/ledger-source/env"),
        ("flows: {ledger-source: {resources: {request: {}}}}", "/flows/ledger-source/resources"),
        ("flows: {topics: {}}", "/flows"),
        ("network: main.net", "/network"),
        ("lane: a/b", "/lane"),
        ("kafka: {brokers: kafka}", "/kafka/brokers"),
        ("kafka: {secretConfig: {sasl.password: geheim}}", "/kafka/secretConfig/sasl.password"),
        ("kafka: {tls: {ca: {secret: a}}}", "/kafka/tls/ca"),
        ("topics: {partitions: 0}", "/topics/partitions"),
        ("xrplUrls: [s1.example]", "/xrplUrls/0"),
        ("xrplUrls: null", "xrplUrls"),
        ("shutdownGraceS: soon", "/shutdownGraceS"),
        ("fluent: {receivers: [fluentd]}", "/fluent/receivers/0"),
        ("fluent: {receivers: null}", "receivers"),
        ("fluent: {mode: json}", "/fluent/mode"),
        ("fluent: {tls: {ca: {name: fluent}}}", "/fluent/tls/ca"),
        ("fluent: {sharedKey: geheim}", "/fluent/sharedKey"),
        ("rejectsMax: 10%", "/rejectsMax"),
        ("partitions: 8", "'partitions' not allowed"),
        ("podMonitor: true", "/podMonitor"),
        ("podMonitor: {interval: often}", "/podMonitor/interval"),
        ("probes: {startup: {path: /x}}", "/probes/startup"),
        ("extraEnv: [{name: A}]", "/extraEnv/0"),
        ("extraVolumes: [{emptyDir: {}}]", "/extraVolumes/0"),
        ("fullnameOverride: Ledger", "/fullnameOverride"),
    ];
    for (values, named) in bad {
        let Some(said) = refusal(values) else { return };
        assert!(said.contains(named), "{values}: {said}");
    }
}

#[test]
fn servers_are_asked_by_websocket_alone() {
    for url in ["https://s1.example", "http://s1.example:51234", "HTTPS://s1.example"] {
        let Some(said) = refusal(&format!("xrplUrls: ['wss://s2.example', '{url}']")) else {
            return;
        };
        assert!(said.contains("/xrplUrls/1") && said.contains(url), "{said}");
    }
    let allowed =
        "xrplUrls: ['wss://user:word@s1.example/path', 'ws://[::1]:6006', 'WSS://s2.example']";
    assert!(manifests("live", allowed).is_none_or(|it| !it.0.is_empty()));
}

#[test]
fn labels_and_volumes_of_the_chart_are_its_own() {
    for (values, named) in [
        ("podLabels: {app.kubernetes.io/name: x}", "app.kubernetes.io/name is set by the chart"),
        (
            "flows: {ledger-record: {podLabels: {ekspiper/lane: x}}}",
            "ekspiper/lane is set by the chart",
        ),
        ("extraVolumes: [{name: fluent, emptyDir: {}}]", "the volume fluent is the chart's own"),
    ] {
        let Some(said) = refusal(values) else { return };
        assert!(said.contains(named), "{values}: {said}");
    }
}
