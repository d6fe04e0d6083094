//! Manifests against Kubernetes' own schemas.

use std::fs;
use std::process::{Command, Output};

use crate::chart::{everything, helm, rendered, root, tool};

/// The oldest that the chart asks for, one between, and the newest that the validator knows.
const VERSIONS: [&str; 3] = ["1.25", "1.30", "1.37"];

/// Kinds that operators bring, which Kubernetes' schemas do not have.
const OF_OPERATORS: [&str; 2] = ["PodMonitor", "ScaledObject"];

/// A lane that one Job fills.
const FILL: &str = "{lane: old, fill: {command: backfill, range: 90000000-90001000}}";

/// What `kubernetes-validate` answers about rendered manifests.
fn validated(manifests: &str, kubernetes: &str) -> Option<Output> {
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    fs::write(file.path(), manifests).unwrap();
    let mut command = Command::new(tool("python/bin/kubernetes-validate")?);
    Some(command.args(["--strict", "-k", kubernetes]).arg(file.path()).output().unwrap())
}

#[test]
fn chart_passes_the_strict_lint() {
    for values in ["{}", FILL, &everything()] {
        let Some(output) = helm(&["lint", "--strict"], &root().join("helm"), values) else {
            return;
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn every_manifest_is_what_kubernetes_knows() {
    for (kubernetes, values) in VERSIONS
        .into_iter()
        .flat_map(|version| ["{}", FILL, &everything()].map(|values| (version, values.to_owned())))
    {
        let Some(manifests) = rendered("live", &values) else { return };
        let of_kubernetes: Vec<&str> = manifests
            .split("\n---\n")
            .filter(|it| !OF_OPERATORS.iter().any(|kind| it.contains(&format!("\nkind: {kind}"))))
            .collect();
        let Some(output) = validated(&of_kubernetes.join("\n---\n"), kubernetes) else { return };
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert_eq!(said.matches(" passed ").count(), of_kubernetes.len(), "{said}");
    }
}

#[test]
fn field_that_kubernetes_does_not_know_would_be_seen() {
    let Some(manifests) = rendered("live", "{}") else { return };
    let wrong = manifests.replace("readOnlyRootFilesystem", "readOnlyRoot");
    let Some(output) = validated(&wrong, VERSIONS[2]) else { return };
    assert!(
        !output.status.success()
            && String::from_utf8_lossy(&output.stdout).contains("readOnlyRoot")
    );
}
