//! What every flow is told from outside.

pub(crate) mod reject_limit;

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use crate::record::namespace::{InvalidName, Name, Namespace};
use crate::record::pointer::hash_of;
use crate::settings::reject_limit::RejectLimit;

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
        value_name = "KEY=VALUE",
        value_delimiter = '\n'
    )]
    pub kafka_config: Vec<KafkaSetting>,
    /// Where to begin when nothing was committed: `first`, `latest`, a sequence number or, for a source, a trusted hash
    #[arg(long, env)]
    pub start: Option<Start>,
    /// The last sequence number to process; the flow ends after it, or where its input ends now
    #[arg(long, env)]
    pub until: Option<u64>,
    /// A partition halts when more of its inputs are rejected than so many among so many, as `100/1000`, or `off`
    #[arg(long, env, default_value_t)]
    pub rejects_max: RejectLimit,
}

/// How a process is watched and stopped.
#[derive(clap::Args, Clone, Debug)]
pub struct ProcessSettings {
    /// Where to serve `/metrics`, `/livez` and `/readyz`
    #[arg(long, env, default_value = "0.0.0.0:9090")]
    pub admin_address: SocketAddr,
    /// How long to finish work in hand after SIGTERM, in seconds
    #[arg(long, env, default_value_t = 20)]
    pub shutdown_grace_s: u64,
    /// How to write the log
    #[arg(long, env, value_enum, default_value = "json")]
    pub log_format: LogFormat,
}

/// How to write the log.
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

/// Where to begin when there is no committed offset.
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

/// The text is not a place to begin at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected `first`, `latest` or a sequence number, or a hash of 64 hexadecimal digits")]
pub struct InvalidStart;

/// A setting of librdkafka.
#[derive(Clone, PartialEq, Eq)]
pub struct KafkaSetting {
    /// Its name.
    pub key: String,
    /// Its value, which may be a secret and is never shown.
    pub value: String,
}

impl fmt::Debug for KafkaSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=…", self.key)
    }
}

/// What decides about delivery is not for a user to change.
const OWN_KEYS: [&str; 14] = [
    "auto.offset.reset",
    "bootstrap.servers",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "isolation.level",
    "message.timeout.ms",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "transaction.timeout.ms",
    "transactional.id",
];

impl FromStr for KafkaSetting {
    type Err = InvalidKafkaSetting;

    fn from_str(text: &str) -> Result<Self, InvalidKafkaSetting> {
        let (key, value) = text.split_once('=').ok_or(InvalidKafkaSetting::NoEquals)?;
        let key = key.trim();
        if OWN_KEYS.contains(&key) {
            return Err(InvalidKafkaSetting::Own(key.to_owned()));
        }
        Ok(Self { key: key.to_owned(), value: value.trim().to_owned() })
    }
}

/// The text is not a setting of librdkafka that a user may give.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKafkaSetting {
    /// There is no `=`.
    #[error("expected key=value")]
    NoEquals,
    /// The key decides about exactly-once delivery.
    #[error("`{0}` is set by the flow itself")]
    Own(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_live_lane_is_called_live() {
        assert_eq!("live".parse(), Ok(Lane(None)));
        assert_eq!("backfill-1".parse::<Lane>().unwrap().to_string(), "backfill-1");
    }

    #[test]
    fn a_value_may_hold_what_separates_others() {
        let parsed: KafkaSetting = "sasl.password=a=b,c;d".parse().unwrap();
        assert_eq!((parsed.key.as_str(), parsed.value.as_str()), ("sasl.password", "a=b,c;d"));
        assert_eq!(format!("{parsed:?}"), "sasl.password=…");
    }

    #[test]
    fn what_decides_about_delivery_is_refused() {
        assert_eq!(
            "isolation.level=read_uncommitted".parse::<KafkaSetting>(),
            Err(InvalidKafkaSetting::Own("isolation.level".into()))
        );
        assert_eq!("acks".parse::<KafkaSetting>(), Err(InvalidKafkaSetting::NoEquals));
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
