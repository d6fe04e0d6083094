//! Values in `docs/deploying.md`.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::chart::{rendered, root, tool};

/// The blocks of a page that are values of the chart: those with no other keys than the chart's.
fn documented_values() -> Option<Vec<String>> {
    let script = "import json, re, sys, yaml
page, values = open(sys.argv[1]).read(), yaml.safe_load(open(sys.argv[2]))
blocks = re.findall('```yaml\\n(.*?)```', page, re.S)
print(json.dumps([it for it in blocks if set(yaml.safe_load(it)) <= set(values)]))";
    let output = Command::new(tool("python/bin/python")?)
        .args(["-c", script])
        .args([root().join("docs/deploying.md"), root().join("helm/values.yaml")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn documented_values_are_accepted_and_each_changes_the_release() {
    let Some(blocks) = documented_values() else { return };
    assert!(blocks.len() >= 10, "{blocks:?}");
    let Some(plain) = rendered("live", "{lane: old}") else { return };
    for values in &blocks {
        let on_a_lane = if values.contains("lane:") {
            values.clone()
        } else {
            format!("{values}\nlane: old\n")
        };
        assert_ne!(rendered("live", &on_a_lane).unwrap(), plain, "{values}");
    }
}

#[test]
fn values_that_the_schema_knows_are_those_of_the_file() {
    let values = fs::read_to_string(root().join("helm/values.yaml")).unwrap();
    let lines: Vec<&str> = values.lines().collect();
    let schema = fs::read_to_string(root().join("helm/values.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let known: BTreeSet<&str> =
        schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let set: BTreeSet<&str> = lines
        .iter()
        .filter(|line| !line.starts_with([' ', '#']))
        .filter_map(|line| line.split_once(':').map(|(name, _)| name))
        .collect();
    // Helm's own: what an umbrella shares, and its condition.
    let of_helm = BTreeSet::from(["global", "enabled"]);
    assert_eq!(known.difference(&set).copied().collect::<BTreeSet<_>>(), of_helm);
    assert!(set.is_subset(&known));
}
