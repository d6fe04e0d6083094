//! The start offset: the committed one, or where that is missing one that loses and doubles nothing.

use anyhow::Context as _;
use rdkafka::consumer::Consumer;
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::partition_peek::PartitionPeek;
use crate::kafka::partition_reader::PartitionReader;
use crate::kafka::{client, topics, watermarks};
use crate::partition::context::TaskContext;
use crate::record::progress::Progress;
use crate::record::record_order::RecordOrder;
use crate::settings::Start;

/// The offset to read first, and what was done before it.
#[derive(Debug)]
pub(crate) struct StartPosition {
    pub(crate) offset: i64,
    pub(crate) progress: Progress,
}

/// Why a worker can't start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// Only an operator can help.
    #[error("{0}")]
    Halt(String),
    /// Retried.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// Finds the start offset. To be called after the partition's transactional id has been opened, so that nobody else can commit.
pub(crate) fn find(
    task: &TaskContext,
    reader: &PartitionReader,
) -> Result<StartPosition, StartError> {
    let (flow, partition) = (&task.flow, task.at.partition);
    let topic = flow.topic(task.at);
    let (then, now) = (flow.partitions.from, topics::partitions_seen_by(&**reader, &topic)?);
    if then != now {
        return Err(StartError::Halt(format!(
            "{topic} had {then} partitions when the flow started and has {now}: another number needs another lane"
        )));
    }
    let mut asked = TopicPartitionList::new();
    asked.add_partition(&topic, partition);
    let committed =
        reader.committed_offsets(asked, client::CALL).context("fetching the committed offset")?;
    let element = committed
        .find_partition(&topic, partition)
        .context("the answer does not name the committed offset")?;
    element.error().context("fetching the committed offset")?;
    match element.offset() {
        Offset::Offset(offset) => resume(task, reader, offset, element.metadata()),
        _ => start(task),
    }
}

fn resume(
    task: &TaskContext,
    reader: &PartitionReader,
    offset: i64,
    metadata: &str,
) -> Result<StartPosition, StartError> {
    let (flow, partition) = (&task.flow, task.at.partition);
    let (topic, group) = (flow.topic(task.at), &flow.group);
    let progress = Progress::from_text(metadata).map_err(|_| {
        StartError::Halt(format!(
            "the offset of {group} at {topic}/{partition} was not committed by a flow"
        ))
    })?;
    let (then, now) = (progress.partitions, flow.partitions.from);
    if then != now {
        return Err(StartError::Halt(format!(
            "{topic} had {then} partitions when it was last read and has {now}"
        )));
    }
    let (low, high) = watermarks::ends(&**reader, &topic, partition)?;
    if offset > high {
        return Err(StartError::Halt(format!(
            "{topic}/{partition} ends at {high}, but {offset} was committed: the topic was deleted and created again"
        )));
    }
    let mut progress = progress;
    if progress.written_is_cut {
        written(task, &PartitionPeek::new(&flow.settings)?, &mut progress)?;
        progress.written_is_cut = false;
    }
    // Below the low watermark records were deleted unread; the first one that is left names what it should follow.
    Ok(StartPosition { offset: offset.max(low), progress })
}

/// Reads what was written last in each output partition that this one feeds. Returns the newest.
fn written(
    task: &TaskContext,
    peek: &PartitionPeek,
    progress: &mut Progress,
) -> anyhow::Result<Option<(String, RecordOrder)>> {
    let flow = &task.flow;
    let mut newest: Option<(String, RecordOrder)> = None;
    for output in flow.own_outputs() {
        let name = flow.to.topic(&output.spec);
        for to in flow.fed_by(task.at.partition) {
            let Some(order) = peek.last(&name, to)?.and_then(|seen| seen.order) else { continue };
            let key = format!("{name}/{to}");
            progress.written.insert(key.clone(), order.id());
            if newest.as_ref().is_none_or(|(_, newest)| *newest < order) {
                newest = Some((key, order));
            }
        }
    }
    Ok(newest)
}

/// Starts without a committed offset.
fn start(task: &TaskContext) -> Result<StartPosition, StartError> {
    let (flow, partition) = (&task.flow, task.at.partition);
    let topic = flow.topic(task.at);
    let peek = PartitionPeek::new(&flow.settings)?;
    let mut progress = Progress { partitions: flow.partitions.from, ..Progress::default() };
    let newest = written(task, &peek, &mut progress)?;
    let (low, high) = peek.ends(&topic, partition)?;
    let group = &flow.group;
    let offset = match (flow.settings.start, &newest) {
        (None, Some((key, order))) => {
            return Err(StartError::Halt(format!(
                "{group} has no committed offset at {topic}/{partition}, but {key} has records up to {order}: {SAY_START}"
            )));
        }
        (None, None) => {
            begins_the_lane(task, &peek, low, high)?;
            low
        }
        (Some(Start::First), _) => low,
        (Some(Start::Latest), _) => high,
        (Some(Start::Sequence(sequence)), _) => peek.find(&topic, partition, sequence)?,
        (Some(Start::Hash(_)), _) => {
            return Err(StartError::Halt(
                "a hash is a start for a source: give `--start` a sequence number".into(),
            ));
        }
    };
    if let Some((key, written)) = newest {
        let first = if offset < high {
            peek.ordered_at(&topic, partition, offset)?.map(|(_, order)| order)
        } else {
            None
        };
        if first.is_some_and(|first| first.sequence <= written.sequence) {
            return Err(StartError::Halt(format!(
                "{key} has records up to {written}: starting there would write them twice"
            )));
        }
    }
    Ok(StartPosition { offset, progress })
}

/// What to do where the committed offset is missing.
const SAY_START: &str = "if its offsets have expired (`offsets.retention.minutes`), start it once with `--start <the first \
sequence number to process>`, or with `--start first` or `--start latest`";

/// Without a committed offset and without `--start` only a partition that still has its lane's first record is read: otherwise
/// records that were deleted may never have been processed, or those that are left may have been.
fn begins_the_lane(
    task: &TaskContext,
    peek: &PartitionPeek,
    low: i64,
    high: i64,
) -> Result<(), StartError> {
    if low == high && low == 0 {
        return Ok(());
    }
    let (flow, partition) = (&task.flow, task.at.partition);
    let (topic, group) = (flow.topic(task.at), &flow.group);
    let first = if low < high { peek.at(&topic, partition, low)? } else { None };
    match first {
        Some(first) if first.previous.is_none() => Ok(()),
        None if low == 0 => Ok(()),
        _ => Err(StartError::Halt(format!(
            "{group} has no committed offset at {topic}/{partition}, whose first records have been deleted: {SAY_START}"
        ))),
    }
}
