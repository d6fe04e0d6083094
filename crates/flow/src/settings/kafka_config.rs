//! Settings of librdkafka that a user gives: `--kafka-config`.

use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

/// Keys that decide about delivery, or that the runtime depends on: refused. All others are honoured.
const OWN_KEYS: [&str; 15] = [
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
    "statistics.interval.ms",
    "transaction.timeout.ms",
    "transactional.id",
];

/// Settings of librdkafka, one a line as `key=value`. A line that does not begin with a key goes on with the value before, as the
/// lines of a certificate in PEM do.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KafkaConfig {
    settings: Vec<(String, String)>,
}

impl KafkaConfig {
    /// Keys and values. A value may be a secret: it is for librdkafka alone.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl fmt::Debug for KafkaConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.settings.iter().map(|(key, _)| key)).finish()
    }
}

/// Why settings of librdkafka are refused. No value is repeated: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKafkaConfig {
    /// The first line has no key.
    #[error("expected key=value")]
    NoKey,
    /// The runtime sets the key, since exactly-once delivery depends on it.
    #[error("`{0}` is set by the flow itself")]
    Own(String),
    /// The key is one of Kafka's Java clients.
    #[error("`{0}` is a setting of Java clients: use `sasl.username` and `sasl.password`")]
    Java(String),
}

impl FromStr for KafkaConfig {
    type Err = InvalidKafkaConfig;

    fn from_str(text: &str) -> Result<Self, InvalidKafkaConfig> {
        let mut settings: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            match (key_and_value(line), settings.last_mut()) {
                (Some((key, value)), _) => settings.push((key.to_owned(), value.to_owned())),
                (None, Some((_, value))) => {
                    value.push('\n');
                    value.push_str(line);
                }
                (None, None) if line.trim().is_empty() => {}
                (None, None) => return Err(InvalidKafkaConfig::NoKey),
            }
        }
        for (key, value) in &mut settings {
            if OWN_KEYS.contains(&key.as_str()) {
                return Err(InvalidKafkaConfig::Own(key.clone()));
            }
            if key == "sasl.jaas.config" {
                return Err(InvalidKafkaConfig::Java(key.clone()));
            }
            value.truncate(value.trim_end().len());
        }
        Ok(Self { settings })
    }
}

/// Key and value of a line that begins with a key of librdkafka: letters, digits, dots, dashes and underscores.
fn key_and_value(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once('=')?;
    let key = key.trim();
    let is_key = key.starts_with(|c: char| c.is_ascii_lowercase()) && key.contains(['.', '_'])
        || ["acks", "debug", "retries"].contains(&key);
    let is_key = is_key && key.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    is_key.then_some((key, value.trim_start()))
}

/// Parses a [`KafkaConfig`] from the command line or the environment, without ever repeating a value.
#[derive(Clone, Copy, Debug)]
pub struct KafkaConfigParser;

impl TypedValueParser for KafkaConfigParser {
    type Value = KafkaConfig;

    fn parse_ref(
        &self,
        command: &Command,
        _argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<KafkaConfig, Error> {
        let text = value.to_str().ok_or(InvalidKafkaConfig::NoKey);
        text.and_then(str::parse).map_err(|error: InvalidKafkaConfig| {
            let message = format!("a setting in `--kafka-config` or KAFKA_CONFIG: {error}\n");
            Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(String, String)> {
        text.parse::<KafkaConfig>().unwrap().settings
    }

    #[test]
    fn settings_are_lines_of_key_and_value() {
        let of = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(parsed("sasl.password=a=b,c;d"), [of("sasl.password", "a=b,c;d")]);
        let two = [of("linger.ms", "7"), of("acks", "all")];
        assert_eq!(parsed("linger.ms = 7\nacks=all\n\n"), two);
        assert_eq!(parsed(""), []);
        assert_eq!(parsed("\n"), []);
    }

    #[test]
    fn a_value_may_go_on_over_lines_as_pem_does() {
        let pem = "-----BEGIN CERTIFICATE-----\nMIIB+z==\nAA=\n-----END CERTIFICATE-----";
        let text = format!("ssl.ca.pem={pem}\nsecurity.protocol=SSL\n");
        let settings = parsed(&text);
        assert_eq!(settings[0], ("ssl.ca.pem".to_owned(), pem.to_owned()));
        assert_eq!(settings[1].1, "SSL");
    }

    #[test]
    fn keys_of_the_runtime_and_of_java_clients_are_refused() {
        let refused = |text: &str| text.parse::<KafkaConfig>().unwrap_err();
        let own = InvalidKafkaConfig::Own("isolation.level".into());
        assert_eq!(refused("isolation.level=read_uncommitted"), own);
        assert_eq!(refused("acks"), InvalidKafkaConfig::NoKey);
        let java = refused("sasl.jaas.config=Login required password=\"hush\";").to_string();
        assert!(java.contains("sasl.username") && !java.contains("hush"), "{java}");
    }

    #[test]
    fn no_value_is_shown() {
        let config: KafkaConfig = "sasl.password=hush".parse().unwrap();
        assert_eq!(format!("{config:?}"), r#"["sasl.password"]"#);
    }
}
