//! Kafka clients, configured as the guarantees need them.

use std::time::Duration;

use anyhow::Context as _;
use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::ProducerContext;
use tokio::runtime::Handle;

use crate::settings::KafkaConfig;
use crate::settings::Settings;

/// A member that sends no heartbeat for this long loses its partitions.
pub(crate) const SESSION_MS: u64 = 6_000;
/// A member that does not take part in a rebalance for this long loses its partitions. It polls every 100 ms, and takes some
/// seconds at most to give partitions back.
const REBALANCE_MS: u64 = 20_000;
/// A transaction that a dead producer left open is aborted by the broker after this long, if none fences it before.
pub(crate) const TRANSACTION_TIMEOUT_MS: u64 = 30_000;
/// The time limit of a single request.
pub const CALL: Duration = Duration::from_secs(10);
/// What the reader of a partition prefetches at least.
const PREFETCH_KIB_MIN: u32 = 512;
/// What the readers of a process prefetch together.
const PREFETCH_KIB: u32 = 16 << 10;
/// A record of [`crate::record::topic::RECORD_BYTES_MAX`] with its headers and frame; brokers take 1,048,588 bytes by default.
const MESSAGE_BYTES_MAX: u32 = 1_048_576;

/// The settings that every client has, the user's (`--kafka-config`) last.
pub fn client(settings: &Settings) -> ClientConfig {
    configured(settings, &[])
}

/// Defaults for `own` keys, then the user's settings: what a user may not change is refused when the setting is parsed.
fn configured(settings: &Settings, own: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &settings.kafka_brokers)
        .set("client.id", "ekspiper")
        .set("socket.timeout.ms", "10000")
        .set("reconnect.backoff.max.ms", "1000")
        .set_log_level(RDKafkaLogLevel::Warning);
    for (key, value) in own {
        config.set(*key, *value);
    }
    for (key, value) in settings.kafka_config.iter().flat_map(KafkaConfig::settings) {
        config.set(key, value);
    }
    config
}

/// An error without the values of the user's settings, which may be secrets: librdkafka repeats them.
pub(crate) fn redacted(error: KafkaError, settings: &Settings) -> KafkaError {
    let hide = |text: String| {
        let values = settings.kafka_config.iter().flat_map(KafkaConfig::settings);
        values
            .filter(|(_, value)| !value.is_empty())
            .fold(text, |text, (_, value)| text.replace(value, "…"))
    };
    match error {
        KafkaError::ClientConfig(result, description, key, value) => {
            KafkaError::ClientConfig(result, hide(description), key, hide(value))
        }
        KafkaError::ClientCreation(description) => KafkaError::ClientCreation(hide(description)),
        other => other,
    }
}

/// A member of `group` that holds partitions but never reads them.
pub(crate) fn member<C: ConsumerContext + 'static>(
    settings: &Settings,
    group: &str,
    context: C,
) -> anyhow::Result<BaseConsumer<C>> {
    let config = configured(
        settings,
        &[
            ("group.id", group),
            ("partition.assignment.strategy", "cooperative-sticky"),
            ("session.timeout.ms", &SESSION_MS.to_string()),
            // A standby learns at its next heartbeat that the active member has left.
            ("heartbeat.interval.ms", "250"),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            // A rebalance waits this long for a member that does not answer.
            ("max.poll.interval.ms", &REBALANCE_MS.to_string()),
            ("auto.offset.reset", "latest"),
            // A topic that was created again, or given more partitions, is noticed within this.
            ("topic.metadata.refresh.interval.ms", "10000"),
            // Only its statistics say whether the member is stable.
            ("statistics.interval.ms", "1000"),
            ("queued.max.messages.kbytes", "64"),
        ],
    );
    config
        .create_with_context(context)
        .map_err(|error| redacted(error, settings))
        .context("creating the group's consumer")
}

/// A consumer that looks into partitions up to their present ends, without committing. It is in no group; `group` is where it
/// looks up offsets.
///
/// # Errors
/// When the settings are refused.
pub fn scanner(settings: &Settings, group: &str) -> anyhow::Result<BaseConsumer<Quiet>> {
    let config = reading(
        settings,
        group,
        // The end of a partition is reported in the answer to a fetch that has waited for more.
        &[("fetch.wait.max.ms", "10"), ("queued.max.messages.kbytes", "4096")],
    );
    config
        .create_with_context(Quiet)
        .map_err(|error| redacted(error, settings))
        .context("creating a consumer")
}

/// A consumer that sees what was written, committed or not: only to ask for the high watermark.
///
/// # Errors
/// When the settings are refused.
pub fn uncommitted(settings: &Settings) -> anyhow::Result<BaseConsumer<Quiet>> {
    let mut config = reading(settings, "ekspiper", &[]);
    config.set("isolation.level", "read_uncommitted");
    config
        .create_with_context(Quiet)
        .map_err(|error| redacted(error, settings))
        .context("creating a consumer")
}

/// The reader of one partition, one of `readers` in this process. It is in no group; `group` is where it looks up offsets.
pub(crate) fn partition_reader(
    settings: &Settings,
    group: &str,
    readers: u32,
    handle: &Handle,
) -> anyhow::Result<StreamConsumer<Quiet>> {
    let _inside = handle.enter();
    let config = prefetching(settings, group, readers);
    config
        .create_with_context(Quiet)
        .map_err(|error| redacted(error, settings))
        .context("creating a partition's reader")
}

/// A reader for a tool that follows topics, and leaves memory to the flows of its process.
///
/// # Errors
/// When the settings are refused.
pub fn tail_reader(settings: &Settings) -> anyhow::Result<BaseConsumer<Quiet>> {
    let config = prefetching(settings, "ekspiper", PREFETCH_KIB / PREFETCH_KIB_MIN);
    config
        .create_with_context(Quiet)
        .map_err(|error| redacted(error, settings))
        .context("creating a reader")
}

fn prefetching(settings: &Settings, group: &str, readers: u32) -> ClientConfig {
    let prefetch_kib = (PREFETCH_KIB / readers.max(1)).max(PREFETCH_KIB_MIN);
    reading(
        settings,
        group,
        &[
            ("fetch.wait.max.ms", "1000"),
            ("queued.min.messages", "10000"),
            ("queued.max.messages.kbytes", &prefetch_kib.to_string()),
        ],
    )
}

fn reading(settings: &Settings, group: &str, own: &[(&str, &str)]) -> ClientConfig {
    let always = [
        ("group.id", group),
        ("isolation.level", "read_committed"),
        ("enable.auto.commit", "false"),
        ("enable.auto.offset.store", "false"),
        ("enable.partition.eof", "true"),
        ("auto.offset.reset", "error"),
        ("fetch.queue.backoff.ms", "10"),
        ("fetch.error.backoff.ms", "50"),
    ];
    configured(settings, &[&always[..], own].concat())
}

/// A producer with the transactional id `id`.
pub(crate) fn transactional(settings: &Settings, id: &str) -> ClientConfig {
    configured(
        settings,
        &[
            ("transactional.id", id),
            ("transaction.timeout.ms", &TRANSACTION_TIMEOUT_MS.to_string()),
            ("message.timeout.ms", &(TRANSACTION_TIMEOUT_MS - 5_000).to_string()),
            ("message.max.bytes", &MESSAGE_BYTES_MAX.to_string()),
            // All of a window is there before any of it is sent: what comes later is waited for in a busy loop.
            ("linger.ms", "5"),
            ("batch.size", "1000000"),
            ("compression.type", "lz4"),
            ("queue.buffering.max.messages", "200000"),
            ("queue.buffering.max.kbytes", "65536"),
        ],
    )
}

/// A context that logs librdkafka's lines at a level at which a broker's outage is no news.
#[derive(Clone, Debug)]
pub struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        log(level, fac, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "kafka client");
    }
}

impl ConsumerContext for Quiet {}

impl ProducerContext for Quiet {
    type DeliveryOpaque = ();

    fn delivery(&self, _result: &DeliveryResult<'_>, _opaque: ()) {}
}

/// Logs a line of librdkafka.
pub(crate) fn log(level: RDKafkaLogLevel, fac: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error => {
            tracing::warn!(fac, message, "kafka client");
        }
        _ => tracing::debug!(fac, message, "kafka client"),
    }
}

/// Checks that a broker answers.
///
/// # Errors
/// When none does within [`CALL`], with the address and what librdkafka reports.
pub fn check_reachable(settings: &Settings) -> anyhow::Result<()> {
    let reader = scanner(settings, "ekspiper")?;
    let reached = reader.fetch_metadata(None, CALL);
    reached.map(|_| ()).with_context(|| {
        format!(
            "no Kafka broker answers at {}: check `--kafka-brokers`, and `--kafka-config` if it requires TLS or SASL",
            settings.kafka_brokers
        )
    })
}
