//! Fetches the pinned jars through Maven, once for all processes of a machine.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::Doing;
use crate::jars::{self, State};
use crate::process::Process;
use crate::progress::{Progress, Tell};
use crate::{Error, Options};

/// The project that names what to fetch.
const POM: &str = include_str!("../kafka/pom.xml");
/// Its one goal: copy what it depends on.
const GOAL: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies";
/// Past this a fetch is given up.
const FETCH_SECONDS_MAX: u64 = 900;
/// How often progress is looked at.
const LOOK_MS: u64 = 200;

/// Whether there is a Maven.
pub(crate) fn is_there() -> bool {
    std::process::Command::new("mvn").arg("-version").output().is_ok_and(|it| it.status.success())
}

/// Fills `folder` with what is missing of the pinned jars; waits for another process that does.
pub(crate) async fn fetch(options: &Options, folder: &Path, tell: Tell<'_>) -> Result<(), Error> {
    fs::create_dir_all(folder).doing(|| format!("making `{}`", folder.display()))?;
    let _lock = lock(&folder.with_extension("lock"), tell).await?;
    if jars::complete(folder)? {
        return Ok(());
    }
    // Beside the cache, so that each jar moves into it whole.
    let work = tempfile::Builder::new()
        .prefix("fetch-")
        .tempdir_in(folder.parent().unwrap_or(folder))
        .doing(|| format!("making a folder beside `{}`", folder.display()))?;
    run(options, work.path(), tell).await?;
    for jar in jars::pinned() {
        if jar.state(folder)? == State::Pinned {
            continue;
        }
        if jar.state(&work.path().join("jars"))? != State::Pinned {
            return Err(Error::JarUnexpected(jar.name.to_owned()));
        }
        fs::rename(work.path().join("jars").join(jar.name), folder.join(jar.name))
            .doing(|| format!("moving `{}` into `{}`", jar.name, folder.display()))?;
    }
    Ok(())
}

/// Held by the one process that fetches.
async fn lock(path: &Path, tell: Tell<'_>) -> Result<File, Error> {
    let doing = || format!("locking `{}`", path.display());
    let file = File::create(path).doing(doing)?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error).doing(doing),
            Err(TryLockError::WouldBlock) if !told => tell(Progress::Waiting),
            Err(TryLockError::WouldBlock) => {}
        }
        told = true;
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
    }
}

/// Lets Maven copy the jars to `jars` in `work`.
async fn run(options: &Options, work: &Path, tell: Tell<'_>) -> Result<(), Error> {
    let doing = || "running Maven".to_owned();
    let [pom, log]: [PathBuf; 2] = ["pom.xml", "maven.log"].map(|it| work.join(it));
    fs::write(&pom, POM).doing(|| format!("writing `{}`", pom.display()))?;
    let mut command: Vec<OsString> = Vec::new();
    if let Some(home) = &options.java_home {
        let mut setting = OsString::from("JAVA_HOME=");
        setting.push(home);
        command.extend(["env".into(), setting]);
    }
    command.extend(["mvn", "--batch-mode", "--file"].map(OsString::from));
    command.extend([pom.into_os_string(), GOAL.into()]);
    let output = File::options().create(true).append(true).open(&log).doing(doing)?;
    let mut maven = Process::start(&command, output, &log).doing(doing)?;
    let jars_max = jars::pinned().count();
    for _ in 0..FETCH_SECONDS_MAX * 1000 / LOOK_MS {
        tell(Progress::Fetching { jars: downloaded(&maven.log().doing(doing)?), jars_max });
        if let Some(status) = maven.end(Duration::from_millis(LOOK_MS)).await.doing(doing)? {
            return if status.success() {
                Ok(())
            } else {
                Err(Error::Fetch { last_lines: maven.last_lines() })
            };
        }
    }
    Err(Error::Fetch {
        last_lines: format!(
            "  Maven did not end within {FETCH_SECONDS_MAX} s\n{}",
            maven.last_lines()
        ),
    })
}

/// How many of the pinned jars Maven's log names as downloaded.
fn downloaded(log: &str) -> usize {
    let came = |name: &str| {
        log.lines().any(|line| line.contains("Downloaded from") && line.contains(name))
    };
    jars::pinned().filter(|it| came(it.name)).count()
}
