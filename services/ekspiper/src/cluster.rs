//! The Kafka cluster and the XRP Ledger network of a command.

use flow::settings::{KafkaConfig, RejectLimit};
use flow::{Lane, Name, Settings};

/// The Kafka cluster and the network.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Cluster {
    /// The network: the first part of every topic's name
    #[arg(long, env, default_value = "mainnet")]
    pub(crate) network: Name,
    /// Kafka's bootstrap servers, as `host:port,host:port`
    #[arg(long, env)]
    pub(crate) kafka_brokers: String,
    /// A setting of librdkafka, such as `security.protocol=SASL_SSL`; repeatable, one per line in the environment
    #[arg(
        long = "kafka-config",
        env = "KAFKA_CONFIG",
        value_name = "KEY=VALUE",
        hide_env_values = true,
        value_parser = flow::settings::KafkaConfigParser
    )]
    pub(crate) kafka_config: Vec<KafkaConfig>,
}

impl Cluster {
    /// The settings of a flow that writes `lane` and reads `from_lane`, by default the same.
    pub(crate) fn settings(&self, lane: Lane, from_lane: Option<Lane>) -> Settings {
        Settings {
            network: self.network.clone(),
            lane,
            from_lane,
            kafka_brokers: self.kafka_brokers.clone(),
            kafka_config: self.kafka_config.clone(),
            start: None,
            until: None,
            rejects_max: RejectLimit::default(),
        }
    }
}
