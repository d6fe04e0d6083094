//! Looking into a partition without consuming it.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};

use crate::incoming::Head;
use crate::kafka::{self, Quiet};
use crate::position::{Place, Position};
use crate::settings::Settings;
use crate::tail;

/// How far before the end a last record is looked for at first. Markers of transactions take offsets too.
const BACK_FIRST: i64 = 64;

/// A reader that is used for looking only.
pub(crate) struct Probe {
    reader: BaseConsumer<Quiet>,
}

/// A record that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) offset: i64,
    pub(crate) position: Option<Position>,
    /// What it names as the record before it.
    pub(crate) previous: Option<Place>,
}

impl Probe {
    pub(crate) fn new(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self { reader: kafka::scanner(settings, "ekspiper")? })
    }

    /// The first offset that is still there, and the one behind the last committed record.
    pub(crate) fn ends(&self, topic: &str, partition: i32) -> anyhow::Result<(i64, i64)> {
        tail::ends(&self.reader, topic, partition)
    }

    /// The first committed record at or after `offset`, which lies within the partition's ends.
    pub(crate) fn at(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
    ) -> anyhow::Result<Option<Seen>> {
        let mut found = None;
        self.scan(topic, partition, offset, |seen| {
            found = Some(seen);
            false
        })?;
        Ok(found)
    }

    /// The last committed record.
    pub(crate) fn last(&self, topic: &str, partition: i32) -> anyhow::Result<Option<Seen>> {
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

    /// Offset and position of the first committed record at or after `offset` that has a position.
    pub(crate) fn placed_at(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
    ) -> anyhow::Result<Option<(i64, Position)>> {
        let mut found = None;
        self.scan(topic, partition, offset, |seen| {
            found = seen.position.map(|position| (seen.offset, position));
            found.is_none()
        })?;
        Ok(found)
    }

    /// The offset of the first record whose sequence number is at least `sequence`, or the end.
    pub(crate) fn find(&self, topic: &str, partition: i32, sequence: u64) -> anyhow::Result<i64> {
        let (mut low, mut high) = self.ends(topic, partition)?;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.placed_at(topic, partition, middle)? {
                Some((offset, position)) if position.sequence < sequence => low = offset + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// Shows records from `offset` to the end, until `each` says that it has seen enough.
    fn scan(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
        mut each: impl FnMut(Seen) -> bool,
    ) -> anyhow::Result<()> {
        let mut assignment = TopicPartitionList::new();
        assignment.add_partition_offset(topic, partition, Offset::Offset(offset))?;
        self.reader.assign(&assignment)?;
        let deadline = Instant::now() + 3 * kafka::CALL;
        let outcome = loop {
            match self.reader.poll(Duration::from_millis(100)) {
                Some(Ok(message))
                    if message.topic() == topic && message.partition() == partition =>
                {
                    let head = Head::of(&message);
                    let (position, previous) = (head.position, head.previous);
                    let seen = Seen { offset: message.offset(), position, previous };
                    if !each(seen) {
                        break Ok(());
                    }
                }
                Some(Err(KafkaError::PartitionEOF(at))) if at == partition => break Ok(()),
                Some(Err(error)) if !tail::is_noise(&error) => break Err(error.into()),
                _ if Instant::now() > deadline => {
                    break Err(anyhow::anyhow!("{topic}/{partition} does not answer"));
                }
                _ => {}
            }
        };
        self.reader.unassign()?;
        outcome
    }
}
