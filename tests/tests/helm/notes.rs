//! The notes after an installation.

use std::fs;
use std::process::Command;

use crate::chart::{everything, rendered_of, root};
use crate::manifests::{Manifests, text};

/// The notes of a release: rendered as a manifest by a copy of the chart, since without a cluster helm shows none.
fn notes(release: &str, values: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("helm");
    let copied = Command::new("cp").arg("-r").arg(root().join("helm")).arg(&copy).status().unwrap();
    assert!(copied.success());
    let notes = fs::read_to_string(copy.join("templates/NOTES.txt")).unwrap();
    let named = format!("{{{{ define \"notes\" }}}}{notes}{{{{ end }}}}");
    fs::write(copy.join("templates/_notes.tpl"), named).unwrap();
    let manifest = "kind: Notes\nsaid: {{ include \"notes\" . | toJson }}\n";
    fs::write(copy.join("templates/notes.yaml"), manifest).unwrap();
    let manifests = Manifests::parse(&rendered_of(release, &copy, values)?)?;
    let notes = manifests.0.iter().find(|it| it["kind"] == "Notes").unwrap();
    Some(text(&notes["said"]).to_owned())
}

#[test]
fn notes_say_what_runs_and_how_to_look_at_it() {
    let Some(notes) = notes("live", &everything()) else { return };
    for line in [
        "Lane 20191101 of mainnet, in namespace ledger:",
        "  ledger-source: Job, up to ledger 90001000",
        "  transaction-record: Job",
        "  ledger-transactions: Deployment, scaled by KEDA",
        "  ledger-details: Deployment",
        "  fluent-sink: Deployment, replicas: 1",
    ] {
        assert!(notes.lines().any(|it| it == line), "{line} is not in\n{notes}");
    }
    assert!(!notes.contains("  ledger-record:"), "it is not enabled");
    assert!(
        notes.contains("get deployments,jobs,pods --selector app.kubernetes.io/instance=live\n")
    );
    assert!(notes.contains("wait --for=condition=complete job"), "{notes}");
}

#[test]
fn notes_name_the_one_job_of_a_lane_that_is_filled() {
    let values = "{lane: old, fill: {command: replay, flow: ledger-record, range: 5-9}}";
    let Some(notes) = notes("old", values) else { return };
    assert!(notes.contains("\n  replay ledger-record 5-9: one Job"), "{notes}");
    assert!(!notes.contains("Deployment"), "{notes}");
}

#[test]
fn notes_of_a_live_lane_wait_for_nothing() {
    let Some(notes) = notes("live", "{}") else { return };
    assert!(!notes.contains("wait --for"), "{notes}");
    assert!(notes.contains("number of partitions (8)"), "{notes}");
}
