//! The topics of a lane, as a flow needs them.

use anyhow::{Context as _, bail};
use rdkafka::consumer::Consumer;

use crate::kafka::client::{self, Quiet};
use crate::record::namespace::Namespace;
use crate::record::topic::{Extent, TopicSpec};
use crate::settings::Settings;

/// The number of partitions of a topic by its whole name.
///
/// # Errors
/// When the topic does not exist, with how to create it.
pub fn partitions_of(settings: &Settings, topic: &str) -> anyhow::Result<u32> {
    partitions_seen_by(&client::scanner(settings, "ekspiper")?, topic)
}

/// Like [`partitions_of`], by an existing consumer.
pub fn partitions_seen_by<C: Consumer<Quiet>>(reader: &C, topic: &str) -> anyhow::Result<u32> {
    let metadata = reader
        .fetch_metadata(Some(topic), client::CALL)
        .with_context(|| format!("fetching the metadata of the topic {topic}"))?;
    let partitions = metadata.topics().first().map_or(0, |topic| topic.partitions().len());
    if partitions == 0 {
        bail!(
            "the topic {topic} does not exist: create it with `ekspiper topics create`, or check `--network` and `--lane`"
        );
    }
    u32::try_from(partitions).context("the number of partitions is too large")
}

/// The numbers of partitions that a flow reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartitionCounts {
    pub(crate) from: u32,
    pub(crate) to: u32,
}

/// Checks that the topics of a flow exist and fit together.
pub(crate) fn check(
    settings: &Settings,
    inputs: &[TopicSpec],
    outputs: &[TopicSpec],
) -> anyhow::Result<PartitionCounts> {
    let (from, to) = (settings.from(), settings.to());
    let reader = client::scanner(settings, "ekspiper")?;
    let count = |scope: &Namespace, specs: &[TopicSpec]| -> anyhow::Result<Option<u32>> {
        let mut all = None;
        for spec in specs {
            let topic = scope.topic(spec);
            let found = partitions_seen_by(&reader, &topic)?;
            if spec.extent != Extent::Partitioned {
                if found != 1 {
                    bail!("the topic {topic} has {found} partitions, not 1");
                }
                continue;
            }
            if all.is_some_and(|all| all != found) {
                bail!(
                    "the topic {topic} has {found} partitions, and another of its lane has {}",
                    all.unwrap_or_default()
                );
            }
            all = Some(found);
        }
        Ok(all)
    };
    let written = count(&to, outputs)?;
    let read = count(&from, inputs)?;
    let (read, written) = match (read, written) {
        (Some(read), Some(written)) => (read, written),
        (Some(only), None) | (None, Some(only)) => (only, only),
        (None, None) => bail!("a flow reads or writes at least one topic of its lane"),
    };
    if written % read != 0 {
        bail!(
            "the lane {from} has {read} partitions, which does not divide the {written} of {to}: order would be lost"
        );
    }
    Ok(PartitionCounts { from: read, to: written })
}
