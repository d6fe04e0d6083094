//! Why there is no broker.

use std::io;
use std::path::PathBuf;

use crate::distribution::KAFKA_VERSION;
use crate::java::JAVA_VERSION_MIN;

/// Why a broker could not be started or stopped. Each sentence says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither `KAFKA_HOME`, nor Java with Maven, nor Docker.
    #[error(
        "there is no Apache Kafka to run: install a JDK ({JAVA_VERSION_MIN} or newer) and Maven \
         (Debian: apt-get install openjdk-17-jdk-headless maven; Fedora: dnf install java-21-openjdk-headless maven; \
         macOS: brew install openjdk maven), or set KAFKA_HOME, or name brokers that run"
    )]
    NothingToRun,
    /// Java is older than Kafka needs.
    #[error(
        "`{java}` is Java {found}, and Apache Kafka needs {JAVA_VERSION_MIN} or newer: \
         install a JDK {JAVA_VERSION_MIN} or set JAVA_HOME to one"
    )]
    JavaTooOld {
        /// The command that was asked.
        java: PathBuf,
        /// The version that it told, such as `11.0.2`.
        found: String,
    },
    /// `KAFKA_HOME` names no Kafka.
    #[error(
        "KAFKA_HOME is `{0}`, which holds no libs/kafka-clients-*.jar: set it to an unpacked Apache Kafka"
    )]
    NoDistribution(PathBuf),
    /// A cached jar is not the one that was pinned.
    #[error(
        "`{0}` is not the jar that was pinned for Apache Kafka {KAFKA_VERSION}: delete it, it is fetched anew"
    )]
    JarChanged(PathBuf),
    /// Maven brought something else than what was pinned, or not all of it.
    #[error(
        "Maven brought another `{0}` than was pinned for Apache Kafka {KAFKA_VERSION}: look for a mirror that alters files"
    )]
    JarUnexpected(String),
    /// Maven failed.
    #[error("Apache Kafka {KAFKA_VERSION} could not be fetched through Maven:\n{last_lines}")]
    Fetch {
        /// What Maven said last.
        last_lines: String,
    },
    /// Something else listens there.
    #[error("port {0} on 127.0.0.1 is in use: stop what listens there or choose another port")]
    PortInUse(u16),
    /// Another broker has this data directory.
    #[error("`{0}` is in use by another broker: stop that one or choose another data directory")]
    DataInUse(PathBuf),
    /// Kafka ended while it was awaited.
    #[error("Apache Kafka ended while it started ({status}); `{log}` says:\n{last_lines}")]
    Ended {
        /// How it ended.
        status: String,
        /// The whole log.
        log: PathBuf,
        /// Its lines that tell why.
        last_lines: String,
    },
    /// Kafka runs and does not answer.
    #[error("Apache Kafka did not answer within {wait_s} s; `{log}` says:\n{last_lines}")]
    Silent {
        /// How long it was waited for.
        wait_s: u64,
        /// The whole log.
        log: PathBuf,
        /// Its lines that tell why.
        last_lines: String,
    },
    /// A file or a process of the broker's.
    #[error("{doing} failed")]
    Io {
        /// What was tried.
        doing: String,
        /// What came of it.
        source: io::Error,
    },
}

/// Says what was tried when IO fails.
pub(crate) trait Doing<T> {
    /// Names what was tried.
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error::Io { doing: what(), source })
    }
}
