//! `docs/deploying.md` and the chart say what the binaries say.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a binary of the workspace prints; it lies two folders above this one.
fn said(service: &str, arguments: &[&str]) -> String {
    let this = std::env::current_exe().unwrap();
    let binary = this.ancestors().nth(2).unwrap().join(service);
    let output = Command::new(&binary).args(arguments).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{}: {error}; cargo build --release --workspace --bins makes it", binary.display())
    });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn table_of_rights_is_what_the_flows_tell() {
    let page = fs::read_to_string(root().join("docs/deploying.md")).unwrap();
    let table = said("ekspiper", &["describe", "--markdown"]);
    assert!(page.contains(&table), "docs/deploying.md lacks this table:\n{table}");
}

/// Every variable that the chart sets is a setting of the process that it is set for.
#[test]
fn chart_sets_what_the_binaries_can_be_told() {
    let environment = fs::read_to_string(root().join("helm/templates/_env.tpl")).unwrap();
    let mut of_all = variables(&part(&environment, "ekspiper.env.all"));
    of_all.push("KAFKA_CONFIG".to_owned());
    let of_flows = variables(&part(&environment, "ekspiper.env.flow"));
    let of_ledgers = variables(&part(&environment, "ekspiper.env.ledgers"));
    assert_eq!((of_all.len(), of_flows.len(), of_ledgers.len()), (5, 4, 3));
    let source = settings("ledger-source", &["--help"]);
    for variable in of_all.iter().chain(&of_flows).chain(&of_ledgers) {
        assert!(is_set_by(&source, variable), "ledger-source knows no {variable}:\n{source}");
    }
    // The operator's command has no log format: it writes for people.
    of_all.retain(|it| it != "LOG_FORMAT");
    let topics = settings("ekspiper", &["topics", "create", "--help"]);
    assert!(topics.contains("--partitions"), "{topics}");
    for variable in &of_all {
        assert!(is_set_by(&topics, variable), "`topics create` knows no {variable}:\n{topics}");
    }
    let fluent = fs::read_to_string(root().join("helm/templates/_fluent.tpl")).unwrap();
    let of_the_sink = variables(&fluent);
    assert!(of_the_sink.contains(&"FLUENT_ADDRESS".to_owned()));
    let sink = settings("fluent-sink", &["--help"]);
    for variable in &of_the_sink {
        assert!(is_set_by(&sink, variable), "fluent-sink knows no {variable}:\n{sink}");
    }
    for command in ["backfill", "replay"] {
        let fill = settings("ekspiper", &[command, "--help"]);
        for variable in of_all.iter().chain(&of_ledgers).chain(&of_the_sink) {
            assert!(is_set_by(&fill, variable), "`{command}` knows no {variable}:\n{fill}");
        }
    }
}

/// A template of a file by its name.
fn part(file: &str, name: &str) -> String {
    let (_, part) = file.split_once(&format!("{{{{- define \"{name}\" -}}}}")).unwrap();
    part.split("{{- define").next().unwrap().to_owned()
}

/// What KEDA scales on, and by which labels it finds it.
#[test]
fn chart_scales_on_a_metric_that_flows_have() {
    let scaled = fs::read_to_string(root().join("helm/templates/scaledobject.yaml")).unwrap();
    let observe = root().join("crates/flow/src/observe");
    let metrics = fs::read_to_string(observe.join("metrics.rs")).unwrap();
    let label_sets = fs::read_to_string(observe.join("labels.rs")).unwrap();
    let (_, query) = scaled.split_once("sum(ekspiper_").unwrap();
    let (metric, labels) = query.split_once('{').unwrap();
    assert!(metrics.contains(&format!("\"{metric}\"")), "no flow has {metric}");
    assert!(labels.contains(",flow=") && label_sets.contains("ByPartition { flow:"), "{labels}");
}

/// Whether a process can be told something by this variable, with its value shown or kept.
fn is_set_by(help: &str, variable: &str) -> bool {
    ['=', ']'].iter().any(|end| help.contains(&format!("[env: {variable}{end}")))
}

/// The help of a process, whose lines break anywhere.
fn settings(service: &str, arguments: &[&str]) -> String {
    said(service, arguments).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn variables(template: &str) -> Vec<String> {
    let named = template.split("- { name: ").skip(1).filter_map(|it| it.split(',').next());
    named
        .filter(|it| it.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
        .map(str::to_owned)
        .collect()
}

/// The image is built by the toolchain that everything was checked with.
#[test]
fn image_is_built_by_the_pinned_toolchain() {
    let toolchain = fs::read_to_string(root().join("rust-toolchain.toml")).unwrap();
    let version = toolchain.split('"').nth(1).unwrap();
    let dockerfile = fs::read_to_string(root().join("Dockerfile")).unwrap();
    assert!(
        dockerfile.contains(&format!("FROM rust:{version}-slim-")),
        "the Dockerfile has another than {version}"
    );
}
