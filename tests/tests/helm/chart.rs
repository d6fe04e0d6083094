//! The chart, rendered by helm from values files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::manifests::Manifests;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A tool that `./test` puts into the cache.
pub(crate) fn tool(path: &str) -> Option<PathBuf> {
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

/// Runs a helm command on a chart, with values from a file.
pub(crate) fn helm(command: &[&str], chart: &Path, values: &str) -> Option<Output> {
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    fs::write(file.path(), values).unwrap();
    let mut helm = Command::new(tool("bin/helm")?);
    helm.args(command).arg(chart).arg("--values").arg(file.path());
    Some(helm.output().unwrap())
}

fn template(release: &str, chart: &Path, values: &str) -> Option<Output> {
    let command = ["template", release, "--namespace", "ledger", "--kube-version", "1.33.0"];
    helm(&command, chart, values)
}

/// The manifests of a release of any chart, as text.
pub(crate) fn rendered_of(release: &str, chart: &Path, values: &str) -> Option<String> {
    let output = template(release, chart, values)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The manifests of a release of the chart, as text.
pub(crate) fn rendered(release: &str, values: &str) -> Option<String> {
    rendered_of(release, &root().join("helm"), values)
}

/// The manifests of a release of the chart.
pub(crate) fn manifests(release: &str, values: &str) -> Option<Manifests> {
    Manifests::parse(&rendered(release, values)?)
}

/// What helm says of values that the chart refuses.
pub(crate) fn refusal(values: &str) -> Option<String> {
    let output = template("live", &root().join("helm"), values)?;
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "not refused: {values}");
    Some(said)
}

/// Values that use every part of the chart.
pub(crate) fn everything() -> String {
    fs::read_to_string(root().join("tests/tests/helm/everything.yaml")).unwrap()
}
