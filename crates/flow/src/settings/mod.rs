//! The settings of a flow and of its process: flags, each with an environment variable of the same name.

mod kafka_config;
mod reject_limit;

pub use kafka_config::{InvalidKafkaConfig, KafkaConfig, KafkaConfigParser};
pub use reject_limit::{InvalidRejectLimit, RejectLimit};

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use crate::record::namespace::{InvalidName, Name, Namespace};
use crate::record::pointer::hash_of;

/// The settings that all flows share: flags, each with an environment variable of the same name.
#[derive(clap::Args, Clone, Debug)]
pub struct Settings {
    /// The network: the first part of every topic's name
    #[arg(long, env, default_value = "mainnet")]
    pub network: Name,
    /// The lane to write; `live` is the one without a name
    #[arg(long, env, default_value = "live")]
    pub lane: Lane,
    /// The lane to read, if it is another one
    #[arg(long, env)]
    pub from_lane: Option<Lane>,
    /// Kafka's bootstrap servers, as `host:port,host:port`
    #[arg(long, env)]
    pub kafka_brokers: String,
    /// A setting of librdkafka, such as `security.protocol=SASL_SSL`; repeatable, in the environment one a line
    #[arg(
        long = "kafka-config",
        env = "KAFKA_CONFIG",
        hide_env_values = true,
        value_name = "KEY=VALUE",
        value_parser = KafkaConfigParser
    )]
    pub kafka_config: Vec<KafkaConfig>,
    /// Where to start when nothing was committed: `first`, `latest`, a sequence number or, for a source, a trusted hash
    #[arg(long, env)]
    pub start: Option<Start>,
    /// The last sequence number to process; the flow ends after it, or where its input ends now
    #[arg(long, env)]
    pub until: Option<u64>,
    /// A partition halts when more inputs are rejected than this, as `100/1000` (of the last 1000), or `off`
    #[arg(long, env, default_value_t)]
    pub rejects_max: RejectLimit,
}

/// The settings of a process: its admin endpoint, its log, and how it stops.
#[derive(clap::Args, Clone, Debug)]
pub struct ProcessSettings {
    /// Where to serve `/metrics`, `/livez` and `/readyz`
    #[arg(long, env, default_value = "0.0.0.0:9090")]
    pub admin_address: SocketAddr,
    /// How long to finish work in hand after SIGTERM, in seconds
    #[arg(long, env, default_value_t = 20)]
    pub shutdown_grace_s: u64,
    /// The format of the log
    #[arg(long, env, value_enum, default_value = "json")]
    pub log_format: LogFormat,
}

/// The format of the log.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

impl Settings {
    /// The lane that is written.
    pub fn to(&self) -> Namespace {
        Namespace::new(self.network.clone(), self.lane.0.clone())
    }

    /// The lane that is read.
    pub fn from(&self) -> Namespace {
        let lane = self.from_lane.as_ref().unwrap_or(&self.lane);
        Namespace::new(self.network.clone(), lane.0.clone())
    }
}

/// A lane; the live one is written `live`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Lane(pub Option<Name>);

impl FromStr for Lane {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if text == "live" { Ok(Self(None)) } else { text.parse().map(|name| Self(Some(name))) }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => name.fmt(f),
            None => f.write_str("live"),
        }
    }
}

/// Where to start when there is no committed offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the first record that the topic still has.
    First,
    /// Behind the last record that the topic has now.
    Latest,
    /// At the first record of this sequence number or a later one.
    Sequence(u64),
    /// At the block with this hash, which is trusted: for a source alone.
    Hash([u8; 32]),
}

impl FromStr for Start {
    type Err = InvalidStart;

    fn from_str(text: &str) -> Result<Self, InvalidStart> {
        match text {
            "first" => Ok(Self::First),
            "latest" => Ok(Self::Latest),
            _ => match hash_of(text) {
                Some(hash) => Ok(Self::Hash(hash)),
                None => text.parse().map(Self::Sequence).map_err(|_| InvalidStart),
            },
        }
    }
}

/// The text is not a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected `first`, `latest` or a sequence number, or a hash of 64 hexadecimal digits")]
pub struct InvalidStart;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_live_lane_is_called_live() {
        assert_eq!("live".parse(), Ok(Lane(None)));
        assert_eq!("backfill-1".parse::<Lane>().unwrap().to_string(), "backfill-1");
    }

    #[test]
    fn a_start_is_a_word_a_number_or_a_hash() {
        assert_eq!("first".parse(), Ok(Start::First));
        assert_eq!("70000000".parse(), Ok(Start::Sequence(70_000_000)));
        assert_eq!("aB".repeat(32).parse(), Ok(Start::Hash([0xAB; 32])));
        for text in ["yesterday", &"a".repeat(63), &"g".repeat(64)] {
            assert_eq!(text.parse::<Start>(), Err(InvalidStart), "{text}");
        }
    }
}
