//! Refusals say what to do.

use std::net::TcpListener;
use std::path::Path;

use crate::ekspiper::{ekspiper, refusal, refused};

/// Nothing listens there.
const NOWHERE: &str = "127.0.0.1:1";

#[test]
fn a_port_in_use_that_was_asked_for_is_named() {
    let data = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error =
        refused(&["up", "--admin-address", &address, "--data-dir", &data.path().to_string_lossy()]);
    assert!(error.contains(&address) && error.contains("--admin-address"), "{error}");
}

#[test]
fn without_java_the_error_says_what_to_install() {
    let data = tempfile::tempdir().unwrap();
    let mut command = ekspiper(&["up"]);
    command.arg("--data-dir").arg(data.path()).arg("--cache-dir").arg(data.path().join("cache"));
    // A shell is all that this machine has.
    let shell = data.path().join("bin");
    std::fs::create_dir(&shell).unwrap();
    std::os::unix::fs::symlink(Path::new("/bin/sh"), shell.join("sh")).unwrap();
    command.env("PATH", shell).env_remove("JAVA_HOME").env_remove("KAFKA_HOME");
    let error = refusal(&command.output().unwrap());
    assert!(error.contains("install a JDK") && error.contains("apt-get install"), "{error}");
}

#[test]
fn brokers_that_do_not_answer_are_named() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_string_lossy();
    for args in [
        vec!["up", "--data-dir", &folder],
        vec!["status"],
        vec!["topics", "create"],
        vec!["backfill", "1-2"],
    ] {
        let error = refused(&[args.as_slice(), &["--kafka-brokers", NOWHERE]].concat());
        assert!(error.contains("no Kafka broker answers at 127.0.0.1:1"), "{args:?}: {error}");
        assert!(error.contains("--kafka-brokers"), "{args:?}: {error}");
    }
}

#[test]
fn a_network_that_is_not_known_by_name_needs_servers() {
    let data = tempfile::tempdir().unwrap();
    let error = refused(&[
        "up",
        "--network",
        "sidechain",
        "--kafka-brokers",
        NOWHERE,
        "--data-dir",
        &data.path().to_string_lossy(),
    ]);
    assert!(error.contains("`sidechain`") && error.contains("--xrpl-url"), "{error}");
}

#[test]
fn an_unknown_network_is_refused_before_a_broker_is_started() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_string_lossy();
    let error = refused(&["up", "--network", "foonet", "--data-dir", &folder]);
    assert!(error.contains("unknown network `foonet`"), "{error}");
    assert!(!data.path().join("kafka").exists(), "no broker was started");
}

#[test]
fn a_data_directory_that_kafka_would_read_as_two_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("a,b");
    let error = refused(&["up", "--data-dir", &folder.to_string_lossy()]);
    assert!(error.contains("a comma"), "{error}");
}

#[test]
fn a_range_that_is_none_is_refused() {
    for (range, says) in [("9-3", "did you mean `3-9`"), ("9", "<from>-<to>"), ("0-3", "is 1")] {
        let error = refused(&["backfill", range, "--kafka-brokers", NOWHERE]);
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn the_live_lane_is_not_backfilled() {
    let error = refused(&["backfill", "1-2", "--lane", "live", "--kafka-brokers", NOWHERE]);
    assert!(error.contains("choose another name"), "{error}");
}
