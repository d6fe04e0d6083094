//! Downloads the pinned jars with Maven, once for all processes of a machine.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::IoContext as _;
use crate::jars::{self, State};
use crate::process::Process;
use crate::progress::{Progress, ProgressFn};
use crate::{Error, Options};

/// The project with the dependencies to download.
const POM: &str = include_str!("../kafka/pom.xml");
/// The goal that copies them.
const GOAL: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies";
/// The time limit of a download.
const DOWNLOAD_SECONDS_MAX: u64 = 900;
/// How often the progress is read.
const POLL_MS: u64 = 200;

/// Whether Maven is installed.
pub(crate) fn is_installed() -> bool {
    std::process::Command::new("mvn").arg("-version").output().is_ok_and(|it| it.status.success())
}

/// Downloads the pinned jars that `folder` lacks; waits for another process that does so.
pub(crate) async fn download(
    options: &Options,
    folder: &Path,
    progress: ProgressFn<'_>,
) -> Result<(), Error> {
    fs::create_dir_all(folder).context(|| format!("creating `{}`", folder.display()))?;
    let _lock = lock(&folder.with_extension("lock"), progress).await?;
    if jars::complete(folder)? {
        return Ok(());
    }
    // Beside the cache, so that each jar moves into it whole.
    let work = tempfile::Builder::new()
        .prefix("download-")
        .tempdir_in(folder.parent().unwrap_or(folder))
        .context(|| format!("creating a folder beside `{}`", folder.display()))?;
    run(options, work.path(), progress).await?;
    for jar in jars::pinned() {
        if jar.state(folder)? == State::Pinned {
            continue;
        }
        if jar.state(&work.path().join("jars"))? != State::Pinned {
            return Err(Error::JarUnexpected(jar.name.to_owned()));
        }
        fs::rename(work.path().join("jars").join(jar.name), folder.join(jar.name))
            .context(|| format!("moving `{}` into `{}`", jar.name, folder.display()))?;
    }
    Ok(())
}

/// The lock of the process that downloads.
async fn lock(path: &Path, progress: ProgressFn<'_>) -> Result<File, Error> {
    let context = || format!("locking `{}`", path.display());
    let file = File::create(path).context(context)?;
    let mut reported = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error).context(context),
            Err(TryLockError::WouldBlock) if !reported => progress(Progress::Waiting),
            Err(TryLockError::WouldBlock) => {}
        }
        reported = true;
        tokio::time::sleep(Duration::from_millis(POLL_MS)).await;
    }
}

/// Runs Maven, which copies the jars to `jars` in `work`.
async fn run(options: &Options, work: &Path, progress: ProgressFn<'_>) -> Result<(), Error> {
    let context = || "running Maven".to_owned();
    let [pom, log]: [PathBuf; 2] = ["pom.xml", "maven.log"].map(|it| work.join(it));
    fs::write(&pom, POM).context(|| format!("writing `{}`", pom.display()))?;
    let command = command(options, &pom, has_home());
    let output = File::options().create(true).append(true).open(&log).context(context)?;
    let mut maven = Process::start(&command, output, &log).context(context)?;
    let jars_max = jars::pinned().count();
    for _ in 0..DOWNLOAD_SECONDS_MAX * 1000 / POLL_MS {
        progress(Progress::Downloading {
            jars: downloaded(&maven.log().context(context)?),
            jars_max,
        });
        if let Some(status) = maven.wait(Duration::from_millis(POLL_MS)).await.context(context)? {
            return if status.success() {
                Ok(())
            } else {
                Err(Error::Download { last_lines: maven.last_lines() })
            };
        }
    }
    Err(Error::Download {
        last_lines: format!(
            "  Maven did not finish within {DOWNLOAD_SECONDS_MAX} s\n{}",
            maven.last_lines()
        ),
    })
}

/// The command that downloads the jars.
fn command(options: &Options, pom: &Path, has_home: bool) -> Vec<OsString> {
    let mut command: Vec<OsString> = Vec::new();
    if let Some(home) = &options.java_home {
        let mut setting = OsString::from("JAVA_HOME=");
        setting.push(home);
        command.extend(["env".into(), setting]);
    }
    command.extend(["mvn", "--batch-mode", "--file"].map(OsString::from));
    command.extend([pom.as_os_str().to_owned(), GOAL.into()]);
    if !has_home {
        let mut repository = OsString::from("-Dmaven.repo.local=");
        let cache = std::path::absolute(&options.cache).unwrap_or_else(|_| options.cache.clone());
        repository.push(cache.join("maven"));
        command.push(repository);
    }
    command
}

/// Whether this user has an entry in passwd, where Java looks its home up. Without one Maven would use a folder `?`.
fn has_home() -> bool {
    nix::unistd::User::from_uid(nix::unistd::getuid()).is_ok_and(|user| user.is_some())
}

/// The number of pinned jars that Maven's log names as downloaded.
fn downloaded(log: &str) -> usize {
    let is_downloaded = |name: &str| {
        log.lines().any(|line| line.contains("Downloaded from") && line.contains(name))
    };
    jars::pinned().filter(|it| is_downloaded(it.name)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_without_a_home_gets_a_repository_in_the_cache() {
        let options = Options::new("/data", "/cache");
        let repository = |has_home| {
            let arguments = command(&options, Path::new("pom.xml"), has_home);
            arguments.into_iter().find(|it| it.to_string_lossy().contains("repo.local"))
        };
        assert_eq!(repository(false), Some("-Dmaven.repo.local=/cache/maven".into()));
        assert_eq!(repository(true), None);
    }
}
