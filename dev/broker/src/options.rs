//! The options of a broker.

use std::path::PathBuf;

/// The options.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory of its data, settings and log; created if absent, kept across restarts.
    pub data: PathBuf,
    /// The directory of the jars, shared by all brokers of this machine; created if absent.
    pub cache: PathBuf,
    /// The port on 127.0.0.1; by default a free one.
    pub port: Option<u16>,
    /// An unpacked Apache Kafka 4; by default the pinned version is downloaded.
    pub kafka_home: Option<PathBuf>,
    /// The JDK; by default the `java` of the search path.
    pub java_home: Option<PathBuf>,
    /// Flags for the virtual machine.
    pub java_flags: Vec<String>,
    /// Settings of Kafka, in addition to the defaults for one node or in place of them.
    pub settings: Vec<(String, String)>,
}

impl Options {
    /// A small broker on a free port; with `KAFKA_HOME` and `JAVA_HOME`.
    pub fn new(data: impl Into<PathBuf>, cache: impl Into<PathBuf>) -> Self {
        let folder = |name| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
        let flags = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
        Self {
            data: data.into(),
            cache: cache.into(),
            port: None,
            kafka_home: folder("KAFKA_HOME"),
            java_home: folder("JAVA_HOME"),
            java_flags: flags.map(str::to_owned).to_vec(),
            settings: Vec::new(),
        }
    }
}
