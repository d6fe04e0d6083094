//! Manifests of a release, parsed.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::chart::tool;

pub(crate) struct Manifests(pub(crate) Vec<Value>);

impl Manifests {
    /// Parses what helm has rendered.
    pub(crate) fn parse(rendered: &str) -> Option<Self> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), rendered).unwrap();
        let script = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
        let output = Command::new(tool("python/bin/python")?)
            .args(["-c", script])
            .arg(file.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(Self(serde_json::from_slice(&output.stdout).unwrap()))
    }

    /// All objects of a kind by the process that they are about.
    pub(crate) fn of_kind(&self, kind: &str) -> BTreeMap<String, &Value> {
        let objects = self.0.iter().filter(|it| it["kind"] == kind);
        objects.map(|it| (process(it), it)).collect()
    }

    /// The pods of a kind of object by process.
    pub(crate) fn pods(&self, kind: &str) -> BTreeMap<String, &Value> {
        let objects = self.of_kind(kind).into_iter();
        objects.map(|(process, it)| (process, &it["spec"]["template"]["spec"])).collect()
    }

    /// The pods of all Deployments and Jobs.
    pub(crate) fn all_pods(&self) -> BTreeMap<String, &Value> {
        let mut pods = self.pods("Deployment");
        pods.extend(self.pods("Job"));
        pods
    }

    /// The name of each object, with its kind.
    pub(crate) fn names(&self) -> Vec<(&str, &str)> {
        let named = self.0.iter();
        named.map(|it| (text(&it["kind"]), text(&it["metadata"]["name"]))).collect()
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn process(object: &Value) -> String {
    let label = &object["metadata"]["labels"]["app.kubernetes.io/name"];
    label.as_str().unwrap_or_default().to_owned()
}

/// A variable of a pod's container, which is there once at most.
pub(crate) fn variable<'a>(pod: &'a Value, name: &str) -> Option<&'a Value> {
    let env = pod["containers"][0]["env"].as_array().unwrap();
    assert!(env.iter().filter(|it| it["name"] == name).count() <= 1, "{name} is there twice");
    env.iter().find(|it| it["name"] == name)
}

/// The value of a pod's variable.
pub(crate) fn value<'a>(pod: &'a Value, name: &str) -> Option<&'a str> {
    variable(pod, name).map(|it| text(&it["value"]))
}
