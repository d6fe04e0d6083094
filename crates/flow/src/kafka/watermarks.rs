//! Watermarks of a partition, and reading it to its present end.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rdkafka::Message as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::client::{self, Quiet};
use crate::settings::Settings;

/// How often an open transaction is polled for its end.
const POLL: Duration = Duration::from_millis(20);
/// A partition that returns nothing for this long before its end can't be read.
const STALL_MAX: Duration = Duration::from_secs(3 * client::CALL.as_secs());

/// Assigns the partition to `reader` and calls `each` for every committed record from its first one to the end as it was at
/// the call. The reader needs `enable.partition.eof`.
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
    let mut deadline = Instant::now() + STALL_MAX;
    while Instant::now() < deadline {
        match reader.poll(Duration::from_millis(100)) {
            Some(Ok(message)) if message.topic() == topic && message.partition() == partition => {
                each(&message);
                deadline = Instant::now() + STALL_MAX;
                if message.offset() + 1 >= end {
                    return Ok(());
                }
            }
            Some(Err(KafkaError::PartitionEOF(at))) if at == partition => return Ok(()),
            Some(Err(error)) if !is_transient(&error) => return Err(error.into()),
            _ => {}
        }
    }
    bail!("{topic}/{partition} was not read to its end: no record for {} s", STALL_MAX.as_secs())
}

/// The low watermark, and the offset behind the last record that this reader sees.
///
/// With `read_committed` that is the last stable offset: nothing that could still be aborted lies before it. A topic that was
/// created a moment ago is waited for.
pub fn ends<C: Consumer<Quiet>>(
    reader: &C,
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
                return ends
                    .with_context(|| format!("fetching the watermarks of {topic}/{partition}"));
            }
        }
    }
}

/// Waits until everything that has been written to a topic is committed or aborted: a producer learns that its transaction has
/// ended before every partition does.
pub fn await_committed(settings: &Settings, topic: &str, partitions: i32) -> anyhow::Result<()> {
    let uncommitted = client::uncommitted(settings)?;
    let committed = client::scanner(settings, "ekspiper")?;
    let limit = Duration::from_millis(client::TRANSACTION_TIMEOUT_MS) + STALL_MAX;
    let deadline = Instant::now() + limit;
    for partition in 0..partitions {
        let (_, written) = ends(&uncommitted, topic, partition)?;
        while ends(&committed, topic, partition)?.1 < written {
            if Instant::now() > deadline {
                bail!(
                    "a transaction stays open in {topic}/{partition}, so what lies behind it can't be read"
                );
            }
            std::thread::sleep(POLL);
        }
    }
    Ok(())
}

/// Errors from polling that librdkafka recovers from by itself.
pub(crate) fn is_transient(error: &KafkaError) -> bool {
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
