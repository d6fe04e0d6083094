//! Kafka clients, set up as the guarantees need them.

use std::time::Duration;

use anyhow::Context as _;
use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::ProducerContext;

use crate::settings::Settings;

/// A member that says nothing for so long has lost its partitions.
pub(crate) const SESSION_MS: u64 = 6_000;
/// A member that does not take part in a rebalance for so long has lost its partitions. It polls every 100 ms, and takes
/// some seconds at the most to give partitions back.
pub(crate) const REBALANCE_MS: u64 = 20_000;
/// A transaction that was left open by the dead is aborted by the broker after so long, if nobody fences it before.
pub(crate) const TRANSACTION_TIMEOUT_MS: u64 = 30_000;
/// A single call to the broker is answered within this or has failed.
pub const CALL: Duration = Duration::from_secs(10);
/// The first and the longest wait before something is tried again.
pub(crate) const RETRY_FIRST: Duration = Duration::from_millis(100);
pub(crate) const RETRY_LONGEST: Duration = Duration::from_secs(3);
/// What a consumer of one partition reads ahead at the least.
const PREFETCH_KIB_MIN: u32 = 512;
/// What the consumers of a process read ahead together.
const PREFETCH_KIB: u32 = 16 << 10;

/// Settings that every client of ours has.
pub fn client(settings: &Settings) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &settings.kafka_brokers)
        .set("client.id", "ekspiper")
        .set("socket.timeout.ms", "10000")
        .set("reconnect.backoff.max.ms", "1000")
        .set_log_level(RDKafkaLogLevel::Warning);
    for setting in &settings.kafka_config {
        config.set(&setting.key, &setting.value);
    }
    config
}

/// A member of `group` that holds partitions but never reads them.
pub(crate) fn member<C: ConsumerContext + 'static>(
    settings: &Settings,
    group: &str,
    context: C,
) -> anyhow::Result<BaseConsumer<C>> {
    let mut config = client(settings);
    config
        .set("group.id", group)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", SESSION_MS.to_string())
        // A member that stands by learns at its next heartbeat that the one before it has left.
        .set("heartbeat.interval.ms", "250")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // A group that turns waits for so long for a member that does not answer.
        .set("max.poll.interval.ms", REBALANCE_MS.to_string())
        .set("auto.offset.reset", "latest")
        // A topic that was made anew, or given more partitions, is noticed within this.
        .set("topic.metadata.refresh.interval.ms", "10000")
        // How the member stands is told by its statistics alone.
        .set("statistics.interval.ms", "1000")
        .set("queued.max.messages.kbytes", "64");
    config.create_with_context(context).context("setting up the group's consumer")
}

/// A reader that looks into partitions to their present ends, without consuming. It belongs to no group; `group` is where it
/// looks up offsets.
pub fn scanner(settings: &Settings, group: &str) -> anyhow::Result<BaseConsumer<Quiet>> {
    let mut config = reading(settings, group);
    // The end of a partition is told in the answer to a fetch that has waited for more.
    config.set("fetch.wait.max.ms", "10").set("queued.max.messages.kbytes", "4096");
    config.create_with_context(Quiet).context("setting up a reader")
}

/// A reader that sees what was written, committed or not: only to ask how far that is.
pub fn uncommitted(settings: &Settings) -> anyhow::Result<BaseConsumer<Quiet>> {
    let mut config = reading(settings, "ekspiper");
    config.set("isolation.level", "read_uncommitted");
    config.create_with_context(Quiet).context("setting up a reader")
}

/// A reader of one partition in committed order, one of `readers` in this process. It belongs to no group; `group` is where
/// it looks up offsets.
pub fn reader(
    settings: &Settings,
    group: &str,
    readers: u32,
) -> anyhow::Result<BaseConsumer<Quiet>> {
    let prefetch_kib = (PREFETCH_KIB / readers.max(1)).max(PREFETCH_KIB_MIN);
    let mut config = reading(settings, group);
    config
        .set("fetch.wait.max.ms", "1000")
        .set("queued.min.messages", "10000")
        .set("queued.max.messages.kbytes", prefetch_kib.to_string());
    config.create_with_context(Quiet).context("setting up a reader")
}

fn reading(settings: &Settings, group: &str) -> ClientConfig {
    let mut config = client(settings);
    config
        .set("group.id", group)
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "error")
        .set("fetch.queue.backoff.ms", "10")
        .set("fetch.error.backoff.ms", "50");
    config
}

/// A producer with the transactional id `id`.
pub(crate) fn transactional(settings: &Settings, id: &str) -> ClientConfig {
    let mut config = client(settings);
    config
        .set("transactional.id", id)
        .set("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS.to_string())
        .set("message.timeout.ms", (TRANSACTION_TIMEOUT_MS - 5_000).to_string())
        // All of a window is there before any of it is sent: what comes later is waited for in a busy loop.
        .set("linger.ms", "5")
        .set("batch.size", "1000000")
        .set("compression.type", "lz4")
        .set("queue.buffering.max.messages", "200000")
        .set("queue.buffering.max.kbytes", "65536");
    config
}

/// Passes librdkafka's log on at a level at which an outage of a broker is no news.
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

/// Writes a line of librdkafka to our log.
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

/// WaitTimers until a broker answers.
///
/// # Errors
/// When none does within [`CALL`], in words that name the address.
pub fn check_reachable(settings: &Settings) -> anyhow::Result<()> {
    let reader = scanner(settings, "ekspiper")?;
    let reached = reader.fetch_metadata(None, CALL);
    reached.map(|_| ()).with_context(|| {
        format!(
            "no Kafka broker answers at {}: check `--kafka-brokers`, and `--kafka-config` if it asks for TLS or a login",
            settings.kafka_brokers
        )
    })
}
