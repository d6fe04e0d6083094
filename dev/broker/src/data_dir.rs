//! The data directory of a broker, locked by it.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

use crate::Error;
use crate::distribution::Distribution;
use crate::error::IoContext as _;
use crate::process::Process;
use crate::progress::{Progress, ProgressFn};

const LOGGING: &str = include_str!("../kafka/log4j2.properties");
/// How long the broker of a killed process may take to exit.
const LOCK_WAIT_MS: u64 = 3_000;
const POLL_MS: u64 = 20;
const FORMAT_SECONDS_MAX: u64 = 60;

/// The directory, locked. The broker has the lock too, as its standard output.
#[derive(Debug)]
pub(crate) struct DataDir {
    folder: PathBuf,
    lock: File,
}

impl DataDir {
    /// Creates the directory if it does not exist, and locks it.
    pub(crate) async fn open(folder: &Path) -> Result<Self, Error> {
        let context = || format!("opening the data directory `{}`", folder.display());
        fs::create_dir_all(folder).context(context)?;
        // Kafka and a container need the absolute path.
        let folder = folder.canonicalize().context(context)?;
        check_path(&folder)?;
        let lock =
            File::options().create(true).append(true).open(folder.join("lock")).context(context)?;
        let mut waited_ms = 0;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(error).context(context),
                Err(TryLockError::WouldBlock) if waited_ms >= LOCK_WAIT_MS => {
                    return Err(Error::DataInUse(folder));
                }
                Err(TryLockError::WouldBlock) => {}
            }
            tokio::time::sleep(Duration::from_millis(POLL_MS)).await;
            waited_ms += POLL_MS;
        }
        let data = Self { folder, lock };
        data.write("log4j2.properties", LOGGING)?;
        match fs::rename(data.log(), data.folder.join("broker.log.1")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).context(context)?,
            _ => Ok(data),
        }
    }

    /// The directory itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The broker's log since the start; the one before is `broker.log.1`.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("broker.log")
    }

    /// The log directory of Kafka.
    pub(crate) fn topics(&self) -> PathBuf {
        self.folder.join("topics")
    }

    /// The settings file.
    pub(crate) fn settings(&self) -> PathBuf {
        self.folder.join("server.properties")
    }

    /// Writes the settings file.
    pub(crate) fn write_settings(&self, text: &str) -> Result<(), Error> {
        self.write("server.properties", text)
    }

    /// Runs a command that keeps the lock while it runs.
    pub(crate) fn run(&self, command: &[OsString]) -> Result<Process, Error> {
        let context = || "starting Apache Kafka".to_owned();
        Process::start(command, self.lock.try_clone().context(context)?, &self.log())
            .context(context)
    }

    /// Formats an empty directory under a new cluster id; the settings must be written before.
    pub(crate) async fn format(
        &self,
        distribution: &Distribution,
        progress: ProgressFn<'_>,
    ) -> Result<(), Error> {
        let context = || format!("formatting `{}`", self.folder.display());
        if self.folder.join("cluster-id").exists() {
            return Ok(());
        }
        progress(Progress::Formatting);
        // Without a cluster id it is an incomplete format.
        match fs::remove_dir_all(self.topics()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).context(context);
            }
            _ => {}
        }
        let id = cluster_id();
        let arguments = [
            "format".into(),
            "-t".into(),
            OsString::from(&id),
            "-c".into(),
            self.settings().into(),
        ];
        let flags = ["-XX:TieredStopAtLevel=1".to_owned(), "-XX:+UseSerialGC".to_owned()];
        let command =
            distribution.command(&self.folder, &flags, "kafka.tools.StorageTool", &arguments);
        let mut tool = self.run(&command)?;
        let status = tool.wait(Duration::from_secs(FORMAT_SECONDS_MAX)).await.context(context)?;
        match status {
            Some(status) if status.success() => self.write("cluster-id", &id),
            Some(status) => Err(self.exit_error(&tool, &status.to_string())),
            None => Err(self.exit_error(&tool, "formatting did not finish")),
        }
    }

    /// Why Kafka, run as `process`, has exited.
    pub(crate) fn exit_error(&self, process: &Process, status: &str) -> Error {
        if process.log().is_ok_and(|log| log.contains("No space left on device")) {
            return Error::DiskFull { data: self.folder.clone(), log: self.log() };
        }
        Error::Exited {
            status: status.to_owned(),
            log: self.log(),
            last_lines: process.last_lines(),
        }
    }

    /// Writes a file whole or not at all.
    fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        let (path, new) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
        written.context(|| format!("writing `{}`", path.display()))
    }
}

/// Refuses what Kafka would read as another path.
fn check_path(path: &Path) -> Result<(), Error> {
    let bad = |what| Error::BadDataPath { path: path.to_owned(), what };
    let text = path.to_str().ok_or_else(|| bad("bytes that are not UTF-8"))?;
    if text.contains(',') {
        return Err(bad("a comma, which separates several directories"));
    }
    if text.contains(char::is_control) {
        return Err(bad("control characters"));
    }
    Ok(())
}

/// A random id in Kafka's form.
fn cluster_id() -> String {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).expect("the system gives random bytes");
    // Without this it could begin with a dash, as a flag does.
    bytes[0] &= 0x7f;
    URL_SAFE_NO_PAD.encode(bytes)
}
