//! What a broker is told before it starts.

use std::path::PathBuf;

/// How a broker is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the broker keeps its topics, its settings and its log; made if absent, kept across restarts.
    pub data: PathBuf,
    /// Where jars are kept for every broker of this machine; made if absent.
    pub cache: PathBuf,
    /// The port on 127.0.0.1; a free one is taken if not given.
    pub port: Option<u16>,
    /// An unpacked Apache Kafka 4 to run; the pinned one is fetched if not given.
    pub kafka_home: Option<PathBuf>,
    /// The JDK to run it with; the `java` of the search path if not given.
    pub java_home: Option<PathBuf>,
    /// Flags for the virtual machine.
    pub java_flags: Vec<String>,
    /// Kafka's own settings beside, or instead of, those that suit one node.
    pub settings: Vec<(String, String)>,
}

impl Options {
    /// A small broker on a free port; `KAFKA_HOME` and `JAVA_HOME` are honoured.
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
