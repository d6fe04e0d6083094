//! Follows a topic for someone who watches: the newest records, whichever flow reads or writes them.

use std::marker::PhantomData;
use std::time::Duration;

use anyhow::Context as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};

use flow::Decoder;
use flow::Settings;
use flow::tooling::{self, Quiet};
use flow::{Topic, TopicSchema};

/// So far before the end it begins in each partition. Markers of transactions take offsets too.
const BACK: i64 = 16;
/// So many records are shown at a time, so that who watches has time for something else.
const RECORDS_MAX: usize = 20_000;

/// Reads what is committed to a topic, from shortly before its end on, and remembers nothing.
pub struct TailReader<T> {
    reader: BaseConsumer<Quiet>,
    decoder: Decoder,
    topic: PhantomData<T>,
}

impl<T: Topic> TailReader<T> {
    /// Begins at the end of `T` in the lane that is read.
    ///
    /// # Errors
    /// When the topic does not exist, or no broker answers.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        let topic = settings.from().topic(&T::SPEC);
        let partitions = tooling::partitions_of(settings, &topic)?;
        let reader = tooling::tail_reader(settings)?;
        let mut assignment = TopicPartitionList::new();
        for partition in 0..partitions {
            let partition =
                i32::try_from(partition).context("the number of partitions is too large")?;
            let (low, high) = reader
                .fetch_watermarks(&topic, partition, tooling::CALL)
                .with_context(|| format!("asking for the ends of {topic}/{partition}"))?;
            let from = Offset::Offset((high - BACK).max(low));
            assignment.add_partition_offset(&topic, partition, from)?;
        }
        reader.assign(&assignment)?;
        Ok(Self { reader, decoder: Decoder::new(&[TopicSchema::of::<T>()]), topic: PhantomData })
    }

    /// Shows what has come since the last call; records of one partition are in order. Does not wait.
    pub fn poll(&self, mut each: impl FnMut(T::Record<'_>)) {
        for _ in 0..RECORDS_MAX {
            match self.reader.poll(Duration::ZERO) {
                None => return,
                Some(Ok(message)) => {
                    let value = message.payload().unwrap_or_default();
                    match self.decoder.decode::<T>(value) {
                        Ok(record) => each(record),
                        Err(error) => tracing::debug!(%error, topic = T::SPEC.name, "not shown"),
                    }
                }
                Some(Err(error)) => tracing::debug!(%error, topic = T::SPEC.name, "following"),
            }
        }
    }
}

impl<T: Topic> std::fmt::Debug for TailReader<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TailReader").field("topic", &T::SPEC.name).finish_non_exhaustive()
    }
}
