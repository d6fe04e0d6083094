//! Errors of the broker, each with what to do.

use std::io;
use std::path::PathBuf;

use crate::distribution::KAFKA_VERSION;
use crate::java::JAVA_VERSION_MIN;

/// Why a broker could not be started or stopped, or has exited.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither `KAFKA_HOME`, nor Java with Maven, nor Docker.
    #[error(
        "no Apache Kafka found: install a JDK ({JAVA_VERSION_MIN} or newer) and Maven \
         (Debian: apt-get install openjdk-17-jdk-headless maven; Fedora: dnf install java-21-openjdk-headless maven; \
         macOS: brew install openjdk maven), or set KAFKA_HOME, or use running brokers"
    )]
    NothingToRun,
    /// Java is older than Kafka needs.
    #[error(
        "`{java}` is Java {found}, and Apache Kafka needs {JAVA_VERSION_MIN} or newer: \
         install a JDK {JAVA_VERSION_MIN} or set JAVA_HOME to one"
    )]
    JavaTooOld {
        /// The command.
        java: PathBuf,
        /// Its version, such as `11.0.2`.
        found: String,
    },
    /// `KAFKA_HOME` is not an Apache Kafka.
    #[error(
        "KAFKA_HOME is `{0}`, which has no libs/kafka-clients-*.jar: set it to an unpacked Apache Kafka"
    )]
    NoDistribution(PathBuf),
    /// A cached jar is not the pinned one.
    #[error(
        "`{0}` is not the pinned jar of Apache Kafka {KAFKA_VERSION}: delete it, it is downloaded again"
    )]
    JarChanged(PathBuf),
    /// Maven downloaded a jar with another digest, or not all jars.
    #[error(
        "Maven downloaded a `{0}` that is not the pinned one of Apache Kafka {KAFKA_VERSION}: check for a mirror that alters files"
    )]
    JarUnexpected(String),
    /// Maven failed.
    #[error("downloading Apache Kafka {KAFKA_VERSION} with Maven failed:\n{last_lines}")]
    Download {
        /// Its last lines.
        last_lines: String,
    },
    /// The port is in use.
    #[error("port {0} on 127.0.0.1 is in use: stop its process or choose another port")]
    PortInUse(u16),
    /// The data directory is in use.
    #[error("`{0}` is in use by another broker: stop that one or choose another data directory")]
    DataInUse(PathBuf),
    /// The path of the data directory can't be given to Kafka.
    #[error(
        "Apache Kafka can't use the data directory `{path}`, its path has {what}: choose another one"
    )]
    BadDataPath {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The disk of the data directory is full.
    #[error("the disk of `{data}` is full, Apache Kafka exited: free some space (log: `{log}`)")]
    DiskFull {
        /// The data directory.
        data: PathBuf,
        /// The whole log.
        log: PathBuf,
    },
    /// Kafka exited.
    #[error("Apache Kafka exited ({status}), log `{log}`:\n{last_lines}")]
    Exited {
        /// Its exit status.
        status: String,
        /// The whole log.
        log: PathBuf,
        /// The lines of the log with the error.
        last_lines: String,
    },
    /// Kafka runs and does not respond.
    #[error("Apache Kafka did not respond within {wait_s} s, log `{log}`:\n{last_lines}")]
    NotResponding {
        /// The time limit.
        wait_s: u64,
        /// The whole log.
        log: PathBuf,
        /// The lines of the log with the error.
        last_lines: String,
    },
    /// An operation on a file or a process failed.
    #[error("{context} failed")]
    Io {
        /// The operation.
        context: String,
        /// The cause.
        source: io::Error,
    },
}

/// Adds the failed operation to an IO error.
pub(crate) trait IoContext<T> {
    /// Names the operation.
    fn context(self, operation: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn context(self, operation: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error::Io { context: operation(), source })
    }
}
