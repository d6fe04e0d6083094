//! A broker's data directory, which one broker at a time has.

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
use crate::error::Doing;
use crate::process::Process;
use crate::progress::{Progress, Tell};

const LOGGING: &str = include_str!("../kafka/log4j2.properties");
/// How long a broker whose process was killed may take to go.
const LOCK_WAIT_MS: u64 = 3_000;
const LOOK_MS: u64 = 20;
const FORMAT_SECONDS_MAX: u64 = 60;

/// The directory, locked. The broker holds the lock too, as its standard output.
#[derive(Debug)]
pub(crate) struct Data {
    folder: PathBuf,
    lock: File,
}

impl Data {
    /// Makes the directory if need be and takes it.
    pub(crate) async fn open(folder: &Path) -> Result<Self, Error> {
        let doing = || format!("opening the data directory `{}`", folder.display());
        fs::create_dir_all(folder).doing(doing)?;
        // Kafka and a container need it whole.
        let folder = folder.canonicalize().doing(doing)?;
        let lock =
            File::options().create(true).append(true).open(folder.join("lock")).doing(doing)?;
        let mut waited_ms = 0;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(error).doing(doing),
                Err(TryLockError::WouldBlock) if waited_ms >= LOCK_WAIT_MS => {
                    return Err(Error::DataInUse(folder));
                }
                Err(TryLockError::WouldBlock) => {}
            }
            tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
            waited_ms += LOOK_MS;
        }
        let data = Self { folder, lock };
        data.write("log4j2.properties", LOGGING)?;
        match fs::rename(data.log(), data.folder.join("broker.log.1")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).doing(doing)?,
            _ => Ok(data),
        }
    }

    /// The directory itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the broker logs since it was started; what it logged before is in `broker.log.1`.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("broker.log")
    }

    /// Where Kafka keeps the topics.
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

    /// Runs a command that holds the lock as long as it runs.
    pub(crate) fn run(&self, command: &[OsString]) -> Result<Process, Error> {
        let doing = || "starting Apache Kafka".to_owned();
        Process::start(command, self.lock.try_clone().doing(doing)?, &self.log()).doing(doing)
    }

    /// Has Kafka format an empty directory, under a new cluster id; the settings must be written.
    pub(crate) async fn format(
        &self,
        distribution: &Distribution,
        tell: Tell<'_>,
    ) -> Result<(), Error> {
        let doing = || format!("formatting `{}`", self.folder.display());
        if self.folder.join("cluster-id").exists() {
            return Ok(());
        }
        tell(Progress::Formatting);
        // Without a cluster id whatever is there is half of a format.
        match fs::remove_dir_all(self.topics()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).doing(doing);
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
        let ended = tool.end(Duration::from_secs(FORMAT_SECONDS_MAX)).await.doing(doing)?;
        match ended {
            Some(status) if status.success() => self.write("cluster-id", &id),
            _ => Err(Error::Ended {
                status: ended
                    .map_or_else(|| "no end of formatting".to_owned(), |it| it.to_string()),
                log: self.log(),
                last_lines: tool.last_lines(),
            }),
        }
    }

    /// Writes a file whole or not at all.
    fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        let (path, new) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
        written.doing(|| format!("writing `{}`", path.display()))
    }
}

/// A random id as Kafka writes them.
fn cluster_id() -> String {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).expect("the system gives random bytes");
    // Else it could begin with a dash and look like a flag.
    bytes[0] &= 0x7f;
    URL_SAFE_NO_PAD.encode(bytes)
}
