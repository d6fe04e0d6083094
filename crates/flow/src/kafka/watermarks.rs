//! Reading a partition to its present end.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rdkafka::Message as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::client::{self, Quiet};
use crate::settings::Settings;

/// How often it is looked whether a transaction has come to its end.
const LOOK: Duration = Duration::from_millis(20);
/// A partition that gives nothing for so long, although its end has not come, can't be read.
const PATIENCE: Duration = Duration::from_secs(3 * client::CALL.as_secs());

/// Assigns the partition to `reader` and calls `each` for every committed record from its first one to the end as it was at
/// the call. The reader has to announce the partition's end.
pub fn read_to_end(
    reader: &BaseConsumer<Quiet>,
    topic: &str,
    partition: i32,
    mut each: impl FnMut(&BorrowedMessage<'_>),
) -> anyhow::Result<()> {
    // By its number: librdkafka asks where the logical beginning is only half a second after it did not know the leader yet.
    let (first, end) = ends(reader, topic, partition)?;
    if first == end {
        return Ok(());
    }
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(topic, partition, Offset::Offset(first))?;
    reader.assign(&assignment).with_context(|| format!("assigning {topic}/{partition}"))?;
    let mut deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        match reader.poll(Duration::from_millis(100)) {
            Some(Ok(message)) if message.topic() == topic && message.partition() == partition => {
                each(&message);
                deadline = Instant::now() + PATIENCE;
                if message.offset() + 1 >= end {
                    return Ok(());
                }
            }
            Some(Err(KafkaError::PartitionEOF(at))) if at == partition => return Ok(()),
            Some(Err(error)) if !is_noise(&error) => return Err(error.into()),
            _ => {}
        }
    }
    bail!("{topic}/{partition} was not read to its end: nothing came for {} s", PATIENCE.as_secs())
}

/// The first offset that is still there, and the one behind the last committed record.
///
/// For a committed reader the end is the last stable offset: nothing that could still be aborted lies before it. A topic that
/// was made a moment ago is waited for.
pub fn ends(
    reader: &BaseConsumer<Quiet>,
    topic: &str,
    partition: i32,
) -> anyhow::Result<(i64, i64)> {
    use rdkafka::types::RDKafkaErrorCode as Code;
    let deadline = Instant::now() + client::CALL;
    loop {
        match reader.fetch_watermarks(topic, partition, client::CALL) {
            Err(KafkaError::MetadataFetch(
                Code::UnknownPartition | Code::UnknownTopicOrPartition | Code::LeaderNotAvailable,
            )) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(50)),
            ends => {
                return ends.with_context(|| format!("asking for the ends of {topic}/{partition}"));
            }
        }
    }
}

/// WaitTimers until everything that has been written to a topic is committed or aborted: whoever ends a transaction is told so before
/// every partition is.
pub fn await_committed(settings: &Settings, topic: &str, partitions: i32) -> anyhow::Result<()> {
    let uncommitted = client::uncommitted(settings)?;
    let committed = client::scanner(settings, "ekspiper")?;
    let patience = Duration::from_millis(client::TRANSACTION_TIMEOUT_MS) + PATIENCE;
    let deadline = Instant::now() + patience;
    for partition in 0..partitions {
        let (_, written) = ends(&uncommitted, topic, partition)?;
        while ends(&committed, topic, partition)?.1 < written {
            if Instant::now() > deadline {
                bail!(
                    "a transaction stays open in {topic}/{partition}, so what lies behind it can't be read"
                );
            }
            std::thread::sleep(LOOK);
        }
    }
    Ok(())
}

/// Errors from polling that librdkafka gets over by itself.
pub(crate) fn is_noise(error: &KafkaError) -> bool {
    use rdkafka::types::RDKafkaErrorCode as Code;
    matches!(
        error,
        KafkaError::MessageConsumption(
            Code::AllBrokersDown
                | Code::BrokerTransportFailure
                | Code::Resolve
                | Code::OperationTimedOut
                | Code::RequestTimedOut
                | Code::NotLeaderForPartition
                | Code::LeaderNotAvailable
                | Code::NotCoordinator
                | Code::CoordinatorNotAvailable
                | Code::CoordinatorLoadInProgress
        ) | KafkaError::Global(Code::AllBrokersDown | Code::BrokerTransportFailure | Code::Resolve)
    )
}
