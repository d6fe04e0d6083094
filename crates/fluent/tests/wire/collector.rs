//! The receiver of the OpenTelemetry Collector: events in every mode, and whole numbers of any size.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use fluent::{Sender, SenderSettings};

use crate::chunks::MODES;
use crate::interoperation::takes_events;
use crate::partner::Partner;

/// It counts to 2^63 - 1.
const LARGEST: u64 = i64::MAX as u64;
/// The first Go that fetches a newer one where a package asks for it.
const GO_MINOR_MIN: u32 = 21;

#[tokio::test(flavor = "multi_thread")]
async fn the_collector_takes_every_mode_with_whole_numbers_exact() {
    let Some(program) = built() else { return };
    for mode in MODES {
        let partner = Partner::start(Command::new(&program));
        let address = format!("127.0.0.1:{}", partner.line());
        let mut sender = Sender::new(SenderSettings { mode, ..SenderSettings::to(address) });
        takes_events(&partner, &mut sender, mode, LARGEST).await;
    }
}

/// The program, built once for each version of its sources and kept in `.cache`; `None`, and a line that says so, without Go.
fn built() -> Option<PathBuf> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = package.join("tests/partners/collector");
    let cache = package.join("../../.cache/bin");
    fs::create_dir_all(&cache).unwrap();
    let (program, of) = (cache.join("fluent-collector"), cache.join("fluent-collector.sources"));
    let lock = File::create(cache.join("fluent-collector.lock")).unwrap();
    lock.lock().unwrap();
    let wanted = ["main.go", "go.sum"].map(|file| fs::read(source.join(file)).unwrap()).concat();
    if program.exists() && fs::read(&of).ok().as_ref() == Some(&wanted) {
        return Some(program);
    }
    if go_minor().is_none_or(|minor| minor < GO_MINOR_MIN) {
        println!("skipped: Go 1.{GO_MINOR_MIN} or newer is not installed");
        return None;
    }
    let begun = Instant::now();
    let output = Command::new("go")
        .args(["build", "-trimpath", "-o"])
        .args([&program, Path::new(".")])
        .current_dir(&source)
        .output()
        .unwrap();
    assert!(output.status.success(), "go build: {}", String::from_utf8_lossy(&output.stderr));
    fs::write(of, wanted).unwrap();
    println!("built the collector's receiver in {:.1?}", begun.elapsed());
    Some(program)
}

/// The 26 of `go1.26.8`.
fn go_minor() -> Option<u32> {
    let output = Command::new("go").args(["env", "GOVERSION"]).output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    version.strip_prefix("go1.")?.split(['.', '\n']).next()?.parse().ok()
}
