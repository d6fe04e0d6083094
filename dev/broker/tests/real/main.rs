//! The broker on the real thing: Java, Maven, Apache Kafka.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod lifecycle;
mod refusals;
mod sources;
mod wire;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use broker::{Broker, Options};

/// Names the data directory in a copy of this program that a test runs: as a broker's parent, or in another environment.
const COPY: &str = "BROKER_TEST_COPY";

/// The checkout's cache, so that jars are fetched once.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache")
}

fn options(data: &Path) -> Options {
    Options::new(data, cache())
}

async fn started(options: Options) -> Broker {
    Broker::start(options, |progress| println!("{progress}"))
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

/// This test program, to run the test `name` alone on `data`.
fn copy(name: &str, data: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]).env(COPY, data);
    command
}

/// The data directory, if this is such a copy.
fn copy_data() -> Option<PathBuf> {
    std::env::var_os(COPY).map(PathBuf::from)
}

/// Waits for a condition, up to `limit_s`.
fn wait_until(limit_s: u64, what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(limit_s);
    while !condition() {
        assert!(Instant::now() < deadline, "not within {limit_s} s: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
