//! The rules of the design that a test can hold.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file at the most, and of the median file.
const LINES_MAX: usize = 400;
const LINES_MEDIAN_MAX: usize = 120;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All Rust files of the project by their path from the root.
fn rust_files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for top in ["crates", "dev", "examples", "schemas", "services", "tests"] {
        collect(&root().join(top), &mut files);
    }
    assert!(files.len() > 50, "the files were found");
    files
}

fn collect(folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !["target", "node_modules"].contains(&name) {
                collect(&path, files);
            }
        } else if name.ends_with(".rs") {
            let from_root = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            files.insert(from_root, fs::read_to_string(&path).unwrap());
        }
    }
}

/// The packages that each package depends on, without what only its tests need.
fn dependencies(manifest: &Path) -> Vec<String> {
    let text = fs::read_to_string(manifest).unwrap();
    let section = text.split("\n[dependencies]\n").nth(1).unwrap_or_default();
    let lines = section.split("\n[").next().unwrap_or_default().lines();
    lines
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn services() -> Vec<String> {
    let entries = fs::read_dir(root().join("services")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn offenders(rule: &str, offenders: Vec<String>) {
    assert!(offenders.is_empty(), "{rule}:\n{}", offenders.join("\n"));
}

/// The folders of all packages but the tests, from the root.
fn packages() -> Vec<String> {
    let mut packages = vec!["schemas".to_owned()];
    for top in ["crates", "dev", "examples", "services"] {
        for entry in fs::read_dir(root().join(top)).unwrap() {
            packages.push(format!("{top}/{}", entry.unwrap().file_name().to_str().unwrap()));
        }
    }
    packages
}

#[test]
fn only_flow_and_flow_admin_depend_on_rdkafka() {
    let depending = packages().into_iter().filter(|package| {
        dependencies(&root().join(package).join("Cargo.toml")).contains(&"rdkafka".to_owned())
    });
    let allowed = ["crates/flow", "crates/flow-admin", "examples/consume"];
    let others = depending.filter(|package| !allowed.contains(&package.as_str()));
    offenders("only `flow` and `flow-admin` depend on rdkafka", others.collect());
}

#[test]
fn the_codec_does_no_io() {
    let io = ["tokio", "tokio-tungstenite", "rustls", "reqwest", "futures-util"];
    let found = dependencies(&root().join("crates/xrpl-codec/Cargo.toml"))
        .into_iter()
        .filter(|name| io.contains(&name.as_str()));
    offenders("the codec does no IO", found.collect());
    let words = ["std::net", "std::fs", "std::process", "async fn"];
    let using = rust_files()
        .into_iter()
        .filter(|(path, _)| path.starts_with("crates/xrpl-codec/src/"))
        .filter(|(_, text)| words.iter().any(|word| text.contains(word)));
    offenders("the codec does no IO", using.map(|(path, _)| path).collect());
}

/// For each crate, which of its folders name which: `crate::<folder>::…` in the code outside of tests.
fn folders_named(package: &str) -> BTreeMap<String, BTreeSet<String>> {
    let source = format!("{package}/src/");
    let files: BTreeMap<String, String> =
        rust_files().into_iter().filter(|(path, _)| path.starts_with(&source)).collect();
    let folder_of = |path: &str| {
        let inside = path.strip_prefix(&source).unwrap();
        inside.split_once('/').map(|(folder, _)| folder.to_owned())
    };
    let folders: BTreeSet<String> = files.keys().filter_map(|path| folder_of(path)).collect();
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in &files {
        let Some(folder) = folder_of(path) else { continue };
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let others = code.split("crate::").skip(1).filter_map(|rest| {
            let name: String =
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            (name != folder && folders.contains(&name)).then_some(name)
        });
        let named = named.entry(folder.clone()).or_default();
        named.extend(others);
    }
    named
}

#[test]
fn folders_form_no_cycle() {
    let mut cycles = Vec::new();
    for package in packages() {
        let named = folders_named(&package);
        for start in named.keys() {
            let mut reached = BTreeSet::new();
            let mut ahead: Vec<&String> = named[start].iter().collect();
            while let Some(folder) = ahead.pop() {
                if reached.insert(folder) {
                    ahead.extend(named.get(folder).into_iter().flatten());
                }
            }
            if reached.contains(start) {
                cycles.push(format!("{package}: {start} is reached from itself"));
            }
        }
    }
    offenders("folders of a crate form no cycle", cycles);
}

#[test]
fn flow_knows_nothing_of_the_xrp_ledger() {
    let words = ["xrp", "ripple", "ledger", "transaction_hash", "drops"];
    let naming = rust_files()
        .into_iter()
        .filter(|(path, _)| {
            path.starts_with("crates/flow/src/") || path.starts_with("crates/flow-admin/src/")
        })
        .flat_map(|(path, text)| {
            // What stands in the tests of a file is an example, not knowledge.
            let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_lowercase();
            words
                .into_iter()
                .filter(move |word| code.contains(word))
                .map(move |word| format!("{path}: {word}"))
        });
    offenders("`flow` names nothing of the XRP Ledger", naming.collect());
    let ours = ["xrpl-codec", "xrpl-client", "schemas", "fluent", "broker", "flow-admin"];
    let found = dependencies(&root().join("crates/flow/Cargo.toml"))
        .into_iter()
        .filter(|name| ours.contains(&name.as_str()));
    offenders("`flow` depends on none of our crates", found.collect());
}

#[test]
fn only_the_feature_up_of_ekspiper_depends_on_dev() {
    let dev: BTreeSet<String> =
        packages().iter().filter_map(|it| Some(it.strip_prefix("dev/")?.to_owned())).collect();
    assert!(!dev.is_empty(), "there are packages under dev/");
    let production = packages().into_iter().filter(|package| !package.starts_with("dev/"));
    let found = production.flat_map(|package| {
        let manifest = root().join(&package).join("Cargo.toml");
        let text = fs::read_to_string(&manifest).unwrap();
        let is_optional = |name: &str| {
            package == "services/ekspiper"
                && text.contains(&format!("\n{name} = {{ workspace = true, optional = true }}\n"))
        };
        let of_dev = dependencies(&manifest).into_iter().filter(|name| dev.contains(name));
        let offending: Vec<_> = of_dev.filter(|name| !is_optional(name)).collect();
        offending.into_iter().map(move |name| format!("{package} depends on {name}"))
    });
    offenders("only `ekspiper` depends on dev/, by its feature `up`", found.collect());
    let dockerfile = fs::read_to_string(root().join("Dockerfile")).unwrap();
    assert!(dockerfile.contains("--no-default-features"), "the image is built without `up`");
}

#[test]
fn layers_point_downwards() {
    let forbidden = [
        ("crates/xrpl-codec", vec!["flow", "schemas", "records", "fluent", "xrpl-client"]),
        ("crates/xrpl-client", vec!["flow", "schemas", "records", "fluent"]),
        ("crates/fluent", vec!["flow", "schemas", "xrpl-codec", "xrpl-client"]),
        ("crates/flow-admin", vec!["schemas", "xrpl-codec", "xrpl-client", "fluent"]),
        ("crates/records", vec!["fluent", "xrpl-client"]),
        ("dev/broker", vec!["flow", "schemas", "xrpl-codec", "fluent"]),
        ("schemas", vec!["xrpl-codec", "xrpl-client", "records", "fluent"]),
    ];
    let found = forbidden.into_iter().flat_map(|(package, upper)| {
        let dependencies = dependencies(&root().join(package).join("Cargo.toml"));
        dependencies
            .into_iter()
            .filter(move |name| upper.contains(&name.as_str()))
            .map(move |name| format!("{package} depends on {name}"))
    });
    offenders("a layer depends on lower ones only", found.collect());
}

#[test]
fn no_service_depends_on_another() {
    let services = services();
    let found = services.iter().filter(|name| *name != "ekspiper").flat_map(|name| {
        let dependencies = dependencies(&root().join("services").join(name).join("Cargo.toml"));
        let others = dependencies.into_iter().filter(|other| services.contains(other));
        others.map(move |other| format!("{name} depends on {other}"))
    });
    offenders("no service depends on another, `ekspiper` aside", found.collect());
}

#[test]
fn files_are_short() {
    let files = rust_files();
    let mut lengths: Vec<usize> = files.values().map(|text| text.lines().count()).collect();
    lengths.sort_unstable();
    let long = files.iter().filter(|(_, text)| text.lines().count() > LINES_MAX);
    offenders("no file is longer than 400 lines", long.map(|(path, _)| path.clone()).collect());
    assert!(
        lengths[lengths.len() / 2] <= LINES_MEDIAN_MAX,
        "the median file has {} lines",
        lengths[lengths.len() / 2]
    );
}

#[test]
fn every_file_says_what_it_is() {
    let silent = rust_files().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    offenders(
        "every file begins with a sentence about itself",
        silent.map(|(path, _)| path).collect(),
    );
}

#[test]
fn names_say_something() {
    let empty = ["util", "utils", "common", "helper", "helpers", "manager", "misc"];
    let found = rust_files()
        .into_keys()
        .filter(|path| path.split(['/', '_', '-', '.']).any(|word| empty.contains(&word)));
    offenders("no name says nothing", found.collect());
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = ["todo!(", "unimplemented!(", "dbg!(", "#[ignore"];
    let found = rust_files()
        .into_iter()
        .filter(|(path, _)| path != "tests/tests/rules.rs")
        .flat_map(|(path, text)| {
            marks
                .into_iter()
                .filter(move |mark| text.contains(mark))
                .map(move |mark| format!("{path}: {mark}"))
        });
    offenders("nothing is left unfinished", found.collect());
}

/// The names of all metrics that the workspace registers: in files called `metrics.rs`, a name is the string before its help.
fn metric_names() -> BTreeSet<String> {
    let registering = rust_files().into_iter().filter(|(path, _)| path.ends_with("/metrics.rs"));
    let mut names = BTreeSet::new();
    for (_, text) in registering {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let strings: Vec<&str> = code.split('"').skip(1).step_by(2).collect();
        let is_name = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let is_help = |text: &str| text.starts_with(|c: char| c.is_ascii_uppercase() || c == '1');
        let pairs = strings.windows(2).filter(|pair| is_name(pair[0]) && is_help(pair[1]));
        names.extend(pairs.map(|pair| pair[0].to_owned()));
    }
    assert!(names.len() > 30, "the names were found");
    names
}

#[test]
fn a_crate_registers_its_metrics_in_one_file() {
    let registrations = ["registry.register(", "register_collector(", "encode_descriptor("];
    let registering = rust_files().into_iter().filter(|(path, text)| {
        path != "tests/tests/rules.rs"
            && !path.ends_with("/metrics.rs")
            && registrations.iter().any(|it| text.contains(it))
    });
    offenders(
        "metrics are registered in files called metrics.rs",
        registering.map(|(path, _)| path).collect(),
    );
}

#[test]
fn every_metric_is_documented_and_every_documented_one_exists() {
    let registered = metric_names();
    let page = fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `ekspiper_"));
    let mut documented = BTreeSet::new();
    for row in rows {
        let (name, rest) = row.split_once("` | ").unwrap();
        let is_counter = rest.starts_with("counter |");
        assert_eq!(name.ends_with("_total"), is_counter, "only counters end in _total: {name}");
        documented.insert(name.trim_end_matches("_total").to_owned());
    }
    assert_eq!(documented, registered, "docs/metrics.md and the code");
    // What `promtool check metrics` calls abbreviated units.
    let abbreviated = ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "m", "h", "d"];
    let found =
        registered.iter().filter(|it| it.split('_').any(|part| abbreviated.contains(&part)));
    offenders("units are written out", found.cloned().collect());
}

#[test]
fn every_metric_that_the_documents_name_exists() {
    let registered = metric_names();
    let prefixes = ["ekspiper_", "endpoint_", "receiver_", "receivers_"];
    // Prometheus gives them to each series, from the labels of its pod.
    let labels_of_pods = ["network", "lane"];
    let mut missing = Vec::new();
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split('`').skip(1).step_by(2);
        let words =
            code.flat_map(|code| code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
        let is_metric = |word: &&str| {
            word.ends_with("_total") || prefixes.iter().any(|prefix| word.starts_with(prefix))
        };
        for word in words.filter(is_metric) {
            let name = word.trim_start_matches("ekspiper_");
            let suffixes = ["_total", "_bucket", "_sum", "_count"];
            let name = suffixes.iter().fold(name, |name, it| name.strip_suffix(it).unwrap_or(name));
            let is_known = registered.contains(name) || labels_of_pods.contains(&name);
            if !name.is_empty() && !is_known {
                missing.push(format!("{}: {word}", path.display()));
            }
        }
    }
    offenders("a metric that a document names exists", missing);
}

#[test]
fn the_name_of_a_flow_is_written_alike_everywhere() {
    let flows: Vec<String> = services().into_iter().filter(|name| name != "ekspiper").collect();
    assert!(!flows.is_empty(), "there are flows");
    let values = fs::read_to_string(root().join("helm/values.yaml")).unwrap();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for flow in flows {
        let main =
            fs::read_to_string(root().join("services").join(&flow).join("src/main.rs")).unwrap();
        assert!(main.contains(&format!("\"{flow}\"")), "main.rs of {flow} names it");
        let sources = rust_files()
            .into_iter()
            .filter(|(path, _)| path.starts_with(&format!("services/{flow}/src/")));
        let constant = format!("const NAME: &'static str = \"{flow}\"");
        assert!(
            sources.map(|(_, text)| text).any(|text| text.contains(&constant)),
            "the flow in {flow} is called that"
        );
        assert!(values.contains(&format!("  {flow}:")), "{flow} has a Helm entry");
        assert!(readme.contains(&format!("`{flow}`")), "the README names {flow}");
    }
}

#[test]
fn tests_and_metrics_that_the_documents_name_exist() {
    let sources: String = rust_files().into_values().collect();
    let mut named = 0;
    let mut missing = Vec::new();
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let names = text.split('`').skip(1).step_by(2);
        let names = names.map(|name| name.trim_start_matches("ekspiper_")).filter(|name| {
            name.matches('_').count() >= 3
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        });
        for name in names {
            named += 1;
            let is_metric =
                || sources.contains(&format!("\"{}\"", name.trim_end_matches("_total")));
            if !sources.contains(&format!("fn {name}(")) && !is_metric() {
                missing.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert!(named > 10, "names were found");
    offenders("a test or a metric that a document names exists", missing);
}
