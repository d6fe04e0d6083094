//! Where a worker begins: at the committed offset, or where that is missing at a place that loses and doubles nothing.

use anyhow::Context as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::client::{self, Quiet};
use crate::kafka::partition_peek::PartitionPeek;
use crate::kafka::topics;
use crate::kafka::watermarks;
use crate::partition::context::{FlowContext, TopicPartition};
use crate::record::progress::Progress;
use crate::record::record_order::RecordOrder;
use crate::record::topic::Extent;
use crate::settings::Start;

/// The offset to read first, and what has been done before it.
#[derive(Debug)]
pub(crate) struct StartPosition {
    pub(crate) offset: i64,
    pub(crate) progress: Progress,
}

/// Why a worker can't begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// Only an operator can help.
    #[error("{0}")]
    Halt(String),
    /// Tried again.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// Finds the beginning. To be called after the partition's transactional id has been opened, so that nobody else can commit.
pub(crate) fn find(
    plan: &FlowContext,
    share: TopicPartition,
    reader: &BaseConsumer<Quiet>,
) -> Result<StartPosition, StartError> {
    let topic = plan.topic(share);
    let (then, now) = (plan.partitions.from, topics::partitions_seen_by(reader, &topic)?);
    if then != now {
        return Err(StartError::Halt(format!(
            "{topic} had {then} partitions when the flow started and has {now}: another number is another lane"
        )));
    }
    let mut asked = TopicPartitionList::new();
    asked.add_partition(&topic, share.partition);
    let committed =
        reader.committed_offsets(asked, client::CALL).context("asking for the committed offset")?;
    let element = committed
        .find_partition(&topic, share.partition)
        .context("no answer about the committed offset")?;
    element.error().context("asking for the committed offset")?;
    match element.offset() {
        Offset::Offset(offset) => resume(plan, share, reader, offset, element.metadata()),
        _ => start(plan, share),
    }
}

fn resume(
    plan: &FlowContext,
    share: TopicPartition,
    reader: &BaseConsumer<Quiet>,
    offset: i64,
    metadata: &str,
) -> Result<StartPosition, StartError> {
    let (topic, partition) = (plan.topic(share), share.partition);
    let group = &plan.group;
    let progress = Progress::from_text(metadata).map_err(|_| {
        StartError::Halt(format!(
            "the offset of {group} at {topic}/{partition} was not committed by a flow"
        ))
    })?;
    let (then, now) = (progress.partitions, plan.partitions.from);
    if then != now {
        return Err(StartError::Halt(format!(
            "{topic} had {then} partitions when it was last read and has {now}"
        )));
    }
    let (low, high) = watermarks::ends(reader, &topic, partition)?;
    if offset > high {
        return Err(StartError::Halt(format!(
            "{topic}/{partition} ends at {high}, but {offset} was committed: the topic was made anew"
        )));
    }
    // Below the first offset records were deleted unread; the first one that is left names what it should follow.
    Ok(StartPosition { offset: offset.max(low), progress })
}

fn start(plan: &FlowContext, share: TopicPartition) -> Result<StartPosition, StartError> {
    let (topic, partition) = (plan.topic(share), share.partition);
    let probe = PartitionPeek::new(&plan.settings)?;
    let mut progress = Progress { partitions: plan.partitions.from, ..Progress::default() };
    let mut newest: Option<(String, RecordOrder)> = None;
    for output in plan.outputs.iter().filter(|output| is_ours(plan, output)) {
        let name = plan.to.topic(&output.spec);
        for to in fed_by(partition, plan) {
            let Some(order) = probe.last(&name, to)?.and_then(|seen| seen.order) else {
                continue;
            };
            let key = format!("{name}/{to}");
            progress.written.insert(key.clone(), order.id());
            if newest.as_ref().is_none_or(|(_, newest)| *newest < order) {
                newest = Some((key, order));
            }
        }
    }
    let (low, high) = probe.ends(&topic, partition)?;
    let offset = match (plan.settings.start, &newest) {
        (None, Some((key, order))) => {
            return Err(StartError::Halt(format!(
                "{} has no committed offset at {topic}/{partition}, but {key} has records up to {order}: say `--start`",
                plan.group
            )));
        }
        (None | Some(Start::First), _) => low,
        (Some(Start::Latest), _) => high,
        (Some(Start::Sequence(sequence)), _) => probe.find(&topic, partition, sequence)?,
        (Some(Start::Hash(_)), _) => {
            return Err(StartError::Halt(
                "a hash is a start for a source: say a sequence number".into(),
            ));
        }
    };
    if let Some((key, written)) = newest {
        let first = if offset < high {
            probe.placed_at(&topic, partition, offset)?.map(|(_, order)| order)
        } else {
            None
        };
        if first.is_some_and(|first| first.sequence <= written.sequence) {
            return Err(StartError::Halt(format!(
                "{key} has records up to {written}: beginning there would double them"
            )));
        }
    }
    Ok(StartPosition { offset, progress })
}

/// Whether this flow is the only writer of a topic.
fn is_ours(plan: &FlowContext, output: &crate::record::topic::TopicSchema) -> bool {
    output.spec.extent == Extent::Partitioned && plan.outputs.last() != Some(output)
}

/// The output partitions that an input partition feeds.
pub(crate) fn fed_by(partition: i32, plan: &FlowContext) -> impl Iterator<Item = i32> {
    let (from, to) = (plan.partitions.from, plan.partitions.to);
    let step = usize::try_from(from).expect("a number of partitions fits");
    (partition..i32::try_from(to).expect("a number of partitions fits")).step_by(step)
}
