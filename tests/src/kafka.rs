//! A real broker: one shared by all tests of a process, or one of a test's own.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use broker::{Broker, Options};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{Proxy, eventually};

/// A broker and what is needed to deal with it.
#[derive(Debug)]
pub struct Kafka {
    servers: String,
    runtime: Runtime,
    own: Option<(Broker, TempDir)>,
}

impl Kafka {
    /// The broker that all tests of this process share; it ends with the process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Kafka> = OnceLock::new();
        SHARED.get_or_init(Self::own)
    }

    /// A broker to be hurt.
    pub fn own() -> Self {
        Self::own_with(Vec::new())
    }

    /// A broker to be hurt, which its clients, and it itself, reach only through a proxy. It is back soon after a kill.
    pub fn own_behind(proxy: &Proxy) -> Self {
        let listener = format!("PLAINTEXT://{}", proxy.address());
        let kafka = Self::own_with(vec![
            ("advertised.listeners".to_owned(), listener),
            ("broker.session.timeout.ms".to_owned(), "3000".to_owned()),
        ]);
        proxy.aim(kafka.servers.parse().expect("it is an address"));
        Self { servers: proxy.address().to_string(), ..kafka }
    }

    /// A broker of its own with settings that differ.
    pub fn own_configured(settings: &[(&str, &str)]) -> Self {
        let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Self::own_with(settings.collect())
    }

    fn own_with(settings: Vec<(String, String)>) -> Self {
        let runtime = runtime();
        let data = tempfile::Builder::new().prefix("kafka-").tempdir_in(folder()).unwrap();
        let mut options = Options::new(data.path(), workspace().join(".cache"));
        options.settings = settings;
        let broker = runtime
            .block_on(Broker::start(options, |_| {}))
            .unwrap_or_else(|error| panic!("the broker does not start: {error}"));
        Self { servers: broker.bootstrap_servers(), runtime, own: Some((broker, data)) }
    }

    /// Brokers of someone else.
    pub fn given(servers: &str) -> Self {
        Self { servers: servers.to_owned(), runtime: runtime(), own: None }
    }

    /// Where clients connect.
    pub fn servers(&self) -> String {
        self.servers.clone()
    }

    /// The process id of a broker of our own.
    pub fn pid(&self) -> Option<u32> {
        self.own.as_ref().and_then(|(broker, _)| broker.pid())
    }

    fn broker(&mut self) -> &mut Broker {
        &mut self.own.as_mut().expect("the broker is our own").0
    }

    /// Kills the broker and starts it again.
    pub fn kill_and_restart(&mut self) {
        self.broker().kill().unwrap();
        let (broker, _) = self.own.as_mut().expect("the broker is our own");
        self.runtime.block_on(broker.restart()).unwrap();
    }

    /// Halts the broker: connections stay open and nothing answers.
    pub fn pause(&mut self) {
        self.broker().pause().unwrap();
    }

    /// Lets a halted broker go on.
    pub fn resume(&mut self) {
        self.broker().resume().unwrap();
    }

    /// Halts the broker for a while.
    pub fn hang(&mut self, pause: Duration) {
        self.pause();
        std::thread::sleep(pause);
        self.resume();
    }

    /// Waits until a deleted topic is gone.
    pub fn wait_gone(&self, topic: &str) {
        let reader: BaseConsumer = self.client().create().unwrap();
        eventually(60, &format!("{topic} is gone"), || {
            let metadata = reader.fetch_metadata(Some(topic), Duration::from_secs(10)).unwrap();
            metadata.topics()[0].partitions().is_empty().then_some(())
        });
    }

    /// Gives a topic more partitions, and waits until the broker reports them to clients: the controller answers before that,
    /// on a busy machine by seconds, and a flow that starts in between finds the old number.
    pub fn add_partitions(&self, topic: &str, partitions: usize) {
        let more = NewPartitions::new(topic, partitions);
        let made = self.wait(self.admin().create_partitions([&more], &AdminOptions::new()));
        made.unwrap()[0].as_ref().unwrap();
        let reader: BaseConsumer = self.client().create().unwrap();
        eventually(60, &format!("{topic} has {partitions} partitions"), || {
            let metadata = reader.fetch_metadata(Some(topic), Duration::from_secs(30)).ok()?;
            (metadata.topics()[0].partitions().len() == partitions).then_some(())
        });
    }

    /// Sets a configuration of a topic.
    pub fn configure_topic(&self, topic: &str, key: &str, value: &str) {
        let config = AlterConfig::new(ResourceSpecifier::Topic(topic)).set(key, value);
        let altered = self.wait(self.admin().alter_configs([&config], &AdminOptions::new()));
        altered.unwrap()[0].as_ref().unwrap();
    }

    /// Runs a future of a Kafka client.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// An administrator.
    pub fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().unwrap()
    }

    /// The beginning of any client's settings.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.servers());
        config
    }

    /// Deletes the records of a partition below `offset`.
    pub fn delete_records(&self, topic: &str, partition: i32, offset: i64) {
        let mut before = TopicPartitionList::new();
        before.add_partition_offset(topic, partition, Offset::Offset(offset)).unwrap();
        let deleted =
            self.wait(self.admin().delete_records(&before, &AdminOptions::new())).unwrap();
        deleted.elements()[0].error().unwrap();
    }

    /// Deletes a topic.
    pub fn delete_topic(&self, topic: &str) {
        let deleted =
            self.wait(self.admin().delete_topics(&[topic], &AdminOptions::new())).unwrap();
        deleted[0].as_ref().unwrap();
    }
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

/// The checkout.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where this process keeps its brokers' data; what processes left that are gone is removed.
fn folder() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let all = std::env::temp_dir().join("ekspiper-tests");
            std::fs::create_dir_all(&all).unwrap();
            for entry in std::fs::read_dir(&all).unwrap().flatten() {
                let pid =
                    entry.file_name().to_string_lossy().parse().map(nix::unistd::Pid::from_raw);
                if pid.is_ok_and(|pid| nix::sys::signal::kill(pid, None).is_err()) {
                    // Someone else may be removing it too.
                    let _ = std::fs::remove_dir_all(entry.path());
                }
            }
            let own = all.join(std::process::id().to_string());
            std::fs::create_dir_all(&own).unwrap();
            own
        })
        .clone()
}
