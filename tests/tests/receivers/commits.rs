//! The offsets that the sink has committed.

use ekspiper_tests::{Kafka, Lane, Reader};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};
use schemas::{LedgerRecords, TransactionRecords};
use std::time::Duration;

use flow::Topic as _;

use crate::feed::PARTITIONS;

/// Records that were committed, and records that there are.
pub(crate) fn committed(lane: &Lane) -> (i64, i64) {
    let kafka = Kafka::shared();
    let mut config = kafka.client();
    config.set("group.id", lane.group("fluent-sink"));
    let consumer: BaseConsumer = config.create().unwrap();
    let reader = Reader::committed(kafka);
    let (mut partitions, mut records) = (TopicPartitionList::new(), 0);
    for spec in [TransactionRecords::SPEC, LedgerRecords::SPEC] {
        let topic = lane.topic(&spec);
        for partition in 0..PARTITIONS.cast_signed() {
            partitions.add_partition(&topic, partition);
            records += reader.ends(&topic, partition).1;
        }
    }
    let offsets = consumer.committed_offsets(partitions, Duration::from_secs(30)).unwrap();
    let offset = |offset| if let Offset::Offset(offset) = offset { offset } else { 0 };
    (offsets.elements().iter().map(|it| offset(it.offset())).sum(), records)
}
