//! Prints records of a topic as JSON: `consume BROKERS TOPIC [COUNT]`.

use std::collections::HashMap;
use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use apache_avro::{Schema, from_avro_datum};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::metadata::MetadataTopic;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

const WAIT: Duration = Duration::from_secs(30);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [brokers, topic, rest @ ..] = arguments.as_slice() else {
        anyhow::bail!("usage: consume BROKERS TOPIC [COUNT]");
    };
    let count = rest.first().map_or(Ok(1), |count| count.parse())?;
    let network = topic.split('.').next().unwrap_or_default();
    let schemas = schemas(brokers, &format!("{network}.schemas"))?;
    let consumer = assigned(brokers, topic)?;
    let mut out = std::io::stdout().lock();
    for _ in 0..count {
        let message = loop {
            match consumer.poll(WAIT).context("no record came")? {
                Err(KafkaError::PartitionEOF(_)) => {}
                message => break message?,
            }
        };
        // C3 01, eight bytes of the schema's fingerprint, then the datum.
        let value = message.payload().context("a record has a value")?;
        let (head, mut datum) =
            value.split_at_checked(10).context("a record has ten bytes before it")?;
        let schema = schemas.get(&hex(&head[2..])).context("its schema is published")?;
        let record = from_avro_datum(schema, &mut datum, None)?;
        writeln!(out, "{}", serde_json::Value::try_from(record)?)?;
    }
    Ok(())
}

/// Every schema that was ever published, by the fingerprint in hexadecimal digits.
fn schemas(brokers: &str, topic: &str) -> anyhow::Result<HashMap<String, Schema>> {
    let consumer = assigned(brokers, topic)?;
    let mut schemas = HashMap::new();
    loop {
        match consumer.poll(WAIT).context("the topic of schemas does not end")? {
            Err(KafkaError::PartitionEOF(_)) => return Ok(schemas),
            message => {
                let message = message?;
                let text = std::str::from_utf8(message.payload().unwrap_or_default())?;
                let fingerprint = String::from_utf8_lossy(message.key().unwrap_or_default());
                schemas.insert(fingerprint.into_owned(), Schema::parse_str(text)?);
            }
        }
    }
}

/// A consumer of all partitions of a topic from their beginning, which sees what is committed.
fn assigned(brokers: &str, topic: &str) -> anyhow::Result<BaseConsumer> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "consume")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .create()?;
    let metadata = consumer.fetch_metadata(Some(topic), WAIT)?;
    let mut all = TopicPartitionList::new();
    for partition in metadata.topics().iter().flat_map(MetadataTopic::partitions) {
        all.add_partition_offset(topic, partition.id(), Offset::Beginning)?;
    }
    consumer.assign(&all)?;
    Ok(consumer)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
