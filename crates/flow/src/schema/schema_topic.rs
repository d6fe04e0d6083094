//! The schema topic: holds every writer's schema under its fingerprint, compacted.
//!
//! A writer publishes its schemas before first use, so a reader that meets an unknown fingerprint finds it here.

use anyhow::{Context as _, bail};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::kafka::client::{self, Quiet};
use crate::kafka::watermarks;
use crate::record::topic::{Cleanup, Extent, TopicSchema, TopicSpec};
use crate::schema::single_object::Decoder;
use crate::settings::Settings;

/// The topic: key is the fingerprint in hexadecimal, value the schema as JSON.
pub const SCHEMAS: TopicSpec =
    TopicSpec { name: "schemas", extent: Extent::Shared, cleanup: Cleanup::Compact };

/// Reads all schemas that were ever published, and publishes those of `outputs` that are missing.
///
/// # Errors
/// When the topic can't be read or written.
pub fn exchange(
    settings: &Settings,
    decoder: &Decoder,
    outputs: &[TopicSchema],
) -> anyhow::Result<()> {
    let topic = settings.to().topic(&SCHEMAS);
    let known = learn_all(settings, decoder)?;
    let mut missing = Vec::new();
    for output in outputs {
        let fingerprint = decoder.learn(output.schema)?.to_string();
        if !known.contains(&fingerprint) {
            missing.push((fingerprint, output.schema));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let mut config = client::client(settings);
    config.set("enable.idempotence", "true").set("message.timeout.ms", "10000");
    let producer: BaseProducer<Quiet> = config
        .create_with_context(Quiet)
        .map_err(|error| client::redacted(error, settings))
        .context("creating a producer")?;
    for (fingerprint, schema) in &missing {
        let record = BaseRecord::to(&topic).partition(0).key(fingerprint).payload(*schema);
        producer
            .send(record)
            .map_err(|(error, _)| error)
            .with_context(|| format!("writing to {topic}"))?;
    }
    producer.flush(client::CALL).with_context(|| format!("writing to {topic}"))?;
    let known = learn_all(settings, decoder)?;
    if let Some((fingerprint, _)) =
        missing.iter().find(|(fingerprint, _)| !known.contains(fingerprint))
    {
        bail!("the schema {fingerprint} did not arrive in {topic}");
    }
    Ok(())
}

/// Reads all schemas that were ever published; returns their fingerprints.
pub fn learn_all(settings: &Settings, decoder: &Decoder) -> anyhow::Result<Vec<String>> {
    let topic = settings.to().topic(&SCHEMAS);
    let reader = client::scanner(settings, "ekspiper")?;
    let mut known = Vec::new();
    watermarks::read_to_end(&reader, &topic, 0, |message| {
        let Some(Ok(schema)) = message.payload_view::<str>() else { return };
        match decoder.learn(schema) {
            Ok(fingerprint) => known.push(fingerprint.to_string()),
            Err(error) => tracing::warn!(%error, offset = message.offset(), "{topic} has a record that is not a schema"),
        }
    })
    .with_context(|| format!("reading {topic}: create it with `ekspiper topics create` if it does not exist"))?;
    Ok(known)
}
