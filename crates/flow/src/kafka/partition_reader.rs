//! The reader of one partition.

use std::ops::Deref;

use anyhow::Context as _;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::{Offset, TopicPartitionList};
use tokio::runtime::Handle;

use crate::kafka::client::{self, Quiet};
use crate::settings::Settings;

/// A consumer in no group that reads one partition from an offset on.
pub(crate) struct PartitionReader {
    consumer: Option<StreamConsumer<Quiet>>,
}

impl PartitionReader {
    /// One of `readers` in this process; `group` is where it looks up offsets.
    pub(crate) fn new(
        settings: &Settings,
        group: &str,
        readers: u32,
        handle: &Handle,
    ) -> anyhow::Result<Self> {
        let consumer = client::partition_reader(settings, group, readers, handle)?;
        Ok(Self { consumer: Some(consumer) })
    }

    /// Begins to read at `offset`.
    pub(crate) fn assign(&self, topic: &str, partition: i32, offset: i64) -> anyhow::Result<()> {
        let mut assignment = TopicPartitionList::new();
        assignment.add_partition_offset(topic, partition, Offset::Offset(offset))?;
        Consumer::assign(&**self, &assignment).context("assigning the partition")
    }
}

impl Deref for PartitionReader {
    type Target = StreamConsumer<Quiet>;

    fn deref(&self) -> &Self::Target {
        self.consumer.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for PartitionReader {
    /// librdkafka's bindings wait without limit until a consumer is closed: not in the thread of the worker.
    fn drop(&mut self) {
        let consumer = self.consumer.take();
        let closing = std::thread::Builder::new().name("closing a reader".into());
        if let Err(error) = closing.spawn(move || drop(consumer)) {
            tracing::warn!(%error, "a thread could not be started, so a reader stays open");
        }
    }
}
