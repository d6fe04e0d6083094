//! A lane of toy topics on a broker, of a test's own.

use flow::ingest::Checkpoints;
use flow::settings::RejectLimit;
use flow::{DEAD_LETTERS, Namespace, SCHEMAS, Settings, Topic, TopicSpec};
use flow_admin::topics::{self, Durability};

use crate::Kafka;
use crate::toy::{Answers, Copies, Numbers, Sums};

/// A lane: a network, perhaps a lane's name, and a number of partitions.
#[derive(Debug, Clone)]
pub struct Lane {
    servers: String,
    network: String,
    name: String,
    partitions: u32,
}

impl Lane {
    /// Makes the live lane of `network` with all toy topics.
    pub fn make(kafka: &Kafka, network: &str, partitions: u32) -> Self {
        Self::make_named(kafka, network, "live", partitions)
    }

    /// Makes the lane `name` of `network` with all toy topics.
    pub fn make_named(kafka: &Kafka, network: &str, name: &str, partitions: u32) -> Self {
        let specs = [
            Numbers::SPEC,
            Copies::SPEC,
            Answers::SPEC,
            Sums::SPEC,
            Checkpoints::SPEC,
            DEAD_LETTERS,
            SCHEMAS,
        ];
        Self::make_of(kafka, network, name, partitions, &specs)
    }

    /// Makes the lane `name` of `network` with all topics of the real flows.
    pub fn make_whole(kafka: &Kafka, network: &str, name: &str, partitions: u32) -> Self {
        let specs: Vec<_> = schemas::all().into_iter().map(|it| it.spec).chain([SCHEMAS]).collect();
        Self::make_of(kafka, network, name, partitions, &specs)
    }

    /// Makes the lane `name` of `network` with topics of choice.
    pub fn make_of(
        kafka: &Kafka,
        network: &str,
        name: &str,
        partitions: u32,
        specs: &[TopicSpec],
    ) -> Self {
        let lane = Self::of(kafka, network, name, partitions);
        lane.make_topics(kafka, specs, partitions);
        lane
    }

    /// The lane `name` of `network`, whatever topics it has.
    pub fn of(kafka: &Kafka, network: &str, name: &str, partitions: u32) -> Self {
        Self {
            servers: kafka.servers(),
            network: network.to_owned(),
            name: name.to_owned(),
            partitions,
        }
    }

    /// Makes topics of the lane.
    pub fn make_topics(&self, kafka: &Kafka, specs: &[TopicSpec], partitions: u32) {
        let durability = Durability { replication: 1, min_insync_replicas: 1 };
        let (settings, scope) = (self.settings(), self.scope());
        let made = topics::create(&settings, &scope, specs, partitions, durability);
        kafka.wait(async { made.await.unwrap() });
    }

    /// What a flow of this lane is told.
    pub fn settings(&self) -> Settings {
        Settings {
            network: self.network.parse().unwrap(),
            lane: self.name.parse().unwrap(),
            from_lane: None,
            kafka_brokers: self.servers.clone(),
            kafka_config: Vec::new(),
            start: None,
            until: None,
            rejects_max: RejectLimit::default(),
        }
    }

    /// The same as arguments.
    pub fn arguments(&self) -> Vec<String> {
        let pairs = [
            ("--network", &self.network),
            ("--lane", &self.name),
            ("--kafka-brokers", &self.servers),
        ];
        pairs.iter().flat_map(|(flag, value)| [(*flag).to_owned(), (*value).clone()]).collect()
    }

    fn scope(&self) -> Namespace {
        self.settings().to()
    }

    /// The whole name of a topic.
    pub fn topic(&self, spec: &TopicSpec) -> String {
        self.scope().topic(spec)
    }

    /// The group of a flow.
    pub fn group(&self, flow: &str) -> String {
        self.scope().group(flow)
    }

    /// How many partitions its topics have.
    pub const fn partitions(&self) -> u32 {
        self.partitions
    }
}
