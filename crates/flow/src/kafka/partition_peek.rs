//! Peeking into a partition without consuming it.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::client::{self, Quiet};
use crate::kafka::headers::RecordHead;
use crate::kafka::watermarks;
use crate::record::record_order::{RecordOrder, SequenceId};
use crate::settings::Settings;

/// How far before the end a last record is looked for at first. The markers of transactions take offsets too.
const BACK_FIRST: i64 = 64;

/// A consumer that commits nothing.
pub struct PartitionPeek {
    reader: BaseConsumer<Quiet>,
}

/// A record, without key and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeekedRecord {
    pub offset: i64,
    pub order: Option<RecordOrder>,
    /// The record before it, as its header names it.
    pub previous: Option<SequenceId>,
}

impl PartitionPeek {
    /// Connects.
    ///
    /// # Errors
    /// When the client settings are refused.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self { reader: client::scanner(settings, "ekspiper")? })
    }

    /// The low watermark, and the offset behind the last committed record.
    pub fn ends(&self, topic: &str, partition: i32) -> anyhow::Result<(i64, i64)> {
        watermarks::ends(&self.reader, topic, partition)
    }

    /// The first committed record at or after `offset`, which lies within the partition's ends.
    pub fn at(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
    ) -> anyhow::Result<Option<PeekedRecord>> {
        let mut found = None;
        self.scan(topic, partition, offset, |seen| {
            found = Some(seen);
            false
        })?;
        Ok(found)
    }

    /// The last committed record.
    pub fn last(&self, topic: &str, partition: i32) -> anyhow::Result<Option<PeekedRecord>> {
        let (low, high) = self.ends(topic, partition)?;
        let mut back = BACK_FIRST;
        loop {
            let from = (high - back).max(low);
            let mut found = None;
            self.scan(topic, partition, from, |seen| {
                found = Some(seen);
                true
            })?;
            if found.is_some() || from == low {
                return Ok(found);
            }
            back = back.saturating_mul(8);
        }
    }

    /// Offset and order of the first committed record at or after `offset` that has an order.
    pub fn ordered_at(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
    ) -> anyhow::Result<Option<(i64, RecordOrder)>> {
        let mut found = None;
        self.scan(topic, partition, offset, |seen| {
            found = seen.order.map(|order| (seen.offset, order));
            found.is_none()
        })?;
        Ok(found)
    }

    /// The offset of the first record whose sequence number is at least `sequence`, or the end.
    pub fn find(&self, topic: &str, partition: i32, sequence: u64) -> anyhow::Result<i64> {
        let (mut low, mut high) = self.ends(topic, partition)?;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.ordered_at(topic, partition, middle)? {
                Some((offset, order)) if order.sequence < sequence => low = offset + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// Calls `each` with the records from `offset` to the end, until it returns false.
    fn scan(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
        mut each: impl FnMut(PeekedRecord) -> bool,
    ) -> anyhow::Result<()> {
        let mut assignment = TopicPartitionList::new();
        assignment.add_partition_offset(topic, partition, Offset::Offset(offset))?;
        self.reader.assign(&assignment)?;
        let deadline = Instant::now() + 3 * client::CALL;
        let outcome = loop {
            match self.reader.poll(Duration::from_millis(100)) {
                Some(Ok(message))
                    if message.topic() == topic && message.partition() == partition =>
                {
                    let head = RecordHead::of(&message);
                    let (order, previous) = (head.order, head.previous);
                    let seen = PeekedRecord { offset: message.offset(), order, previous };
                    if !each(seen) {
                        break Ok(());
                    }
                }
                Some(Err(KafkaError::PartitionEOF(at))) if at == partition => break Ok(()),
                Some(Err(error)) if !watermarks::is_transient(&error) => break Err(error.into()),
                _ if Instant::now() > deadline => {
                    break Err(anyhow::anyhow!("{topic}/{partition} did not answer"));
                }
                _ => {}
            }
        };
        self.reader.unassign()?;
        outcome
    }
}
