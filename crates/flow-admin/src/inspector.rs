//! The inspector: how far the flows of a lane have come, read from Kafka without joining a group.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::dlq_entries::{self, DlqEntry, Resolutions};
use crate::partition_status::PartitionStatus;
use crate::resolution::DlqResolutions;
use flow::Decoder;
use flow::SequenceId;
use flow::Settings;
use flow::ingest::{Checkpoint, Checkpoints};
use flow::tooling::PartitionPeek;
use flow::tooling::Progress;
use flow::tooling::latest_checkpoint;
use flow::tooling::{self, Quiet};
use flow::{DEAD_LETTERS, DeadLetters};
use flow::{Topic as _, TopicSchema, TopicSpec};

/// Reads the state of a lane. Keeps its connections, so that repeated calls are cheap.
pub struct Inspector {
    settings: Settings,
    probe: PartitionPeek,
    reader: BaseConsumer<Quiet>,
    decoder: Decoder,
    /// By group: a client that fetches a group's offsets has to name it when it connects.
    groups: HashMap<String, BaseConsumer<Quiet>>,
    /// By topic: the number is the same for as long as the topic is there.
    partitions: HashMap<String, i32>,
}

/// What a partition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstRecord {
    /// The place of its first record.
    pub first: SequenceId,
    /// The place of the record that was before it, be it deleted or not; `None` for the first of the lane.
    pub before: Option<SequenceId>,
}

impl Inspector {
    /// Connects to the brokers of `settings`.
    ///
    /// # Errors
    /// When none answers, in words that say what to do.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        tooling::check_reachable(settings)?;
        Ok(Self {
            settings: settings.clone(),
            probe: PartitionPeek::new(settings)?,
            reader: tooling::scanner(settings, "ekspiper")?,
            decoder: Decoder::new(&[
                TopicSchema::of::<Checkpoints>(),
                TopicSchema::of::<DeadLetters>(),
                TopicSchema::of::<DlqResolutions>(),
            ]),
            groups: HashMap::new(),
            partitions: HashMap::new(),
        })
    }

    /// The pointer that the source `flow` of the lane has committed.
    ///
    /// # Errors
    /// When the lane's `checkpoints` can't be read.
    pub fn pointer(&mut self, flow: &str) -> anyhow::Result<Option<Checkpoint>> {
        let scope = self.settings.to();
        self.partitions(&scope.topic(&Checkpoints::SPEC))?;
        latest_checkpoint(&self.settings, &scope, &scope.group(flow), &self.decoder)
    }

    /// How far the lane's flow `flow` has come in each partition of its `inputs`.
    ///
    /// # Errors
    /// When an input does not exist or no broker answers.
    pub fn partition_status(
        &mut self,
        flow: &str,
        inputs: &[TopicSchema],
    ) -> anyhow::Result<Vec<PartitionStatus>> {
        let mut asked = TopicPartitionList::new();
        for input in inputs {
            let topic = self.settings.from().topic(&input.spec);
            for partition in 0..self.partitions(&topic)? {
                asked.add_partition(&topic, partition);
            }
        }
        // The group's offsets first: the ends can only grow, so nothing is taken for drained that is not.
        let group = self.settings.to().group(flow);
        let committed = self
            .group(&group)?
            .committed_offsets(asked.clone(), tooling::CALL)
            .with_context(|| format!("fetching the offsets of {group}"))?;
        let begins = self.ends(&asked, Offset::Beginning)?;
        let ends = self.ends(&asked, Offset::End)?;
        let mut status = Vec::with_capacity(asked.count());
        for element in committed.elements() {
            element.error().with_context(|| format!("fetching the offsets of {group}"))?;
            let (topic, partition) = (element.topic(), element.partition());
            let end_of = |ends: &TopicPartitionList| offset_in(ends, topic, partition);
            let (begin, end) = (end_of(&begins)?, end_of(&ends)?);
            let committed = match element.offset() {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            };
            let from = committed.unwrap_or(begin).max(begin);
            let seen = if from < end { self.probe.at(topic, partition, from)? } else { None };
            status.push(PartitionStatus {
                topic: topic.to_owned(),
                partition,
                begin,
                end,
                committed,
                read: Progress::from_text(element.metadata()).ok().and_then(|it| it.read),
                behind: seen.map_or(0, |seen| u64::try_from(end - seen.offset).unwrap_or(0)),
                next: seen.and_then(|seen| seen.order).map(flow::RecordOrder::id),
            });
        }
        Ok(status)
    }

    /// The number of partitions of a topic of the lane that is read.
    ///
    /// # Errors
    /// When it does not exist, in words that say what to do.
    pub fn partitions_of(&self, spec: &TopicSpec) -> anyhow::Result<u32> {
        tooling::partitions_of(&self.settings, &self.settings.from().topic(spec))
    }

    /// What each partition of a topic of the lane that is read holds first; `None` where it holds nothing.
    ///
    /// # Errors
    /// When the topic does not exist, or no broker answers.
    pub fn first_records(&mut self, spec: &TopicSpec) -> anyhow::Result<Vec<Option<FirstRecord>>> {
        let topic = self.settings.from().topic(spec);
        let mut held = Vec::new();
        for partition in 0..self.partitions(&topic)? {
            let (begin, end) = self.probe.ends(&topic, partition)?;
            let seen = if begin < end { self.probe.at(&topic, partition, begin)? } else { None };
            held.push(seen.and_then(|seen| {
                seen.order.map(|first| FirstRecord { first: first.id(), before: seen.previous })
            }));
        }
        Ok(held)
    }

    /// Waits until all that has been written to a topic of the lane is committed or aborted.
    ///
    /// # Errors
    /// When it does not exist, or a transaction stays open for longer than it may.
    pub fn await_committed(&mut self, spec: &TopicSpec) -> anyhow::Result<()> {
        let topic = self.settings.to().topic(spec);
        let partitions = self.partitions(&topic)?;
        tooling::await_committed(&self.settings, &topic, partitions)
    }

    /// Calls `each` with every dead letter of the lane, open or not. Returns the resolutions.
    ///
    /// # Errors
    /// When the lane's `dead-letters` can't be read.
    pub fn read_dead_letters(
        &mut self,
        each: impl FnMut(DlqEntry<'_>),
    ) -> anyhow::Result<Resolutions> {
        let topic = self.settings.to().topic(&DEAD_LETTERS);
        let partitions = self.partitions(&topic)?;
        // Of a newer writer, too.
        tooling::learn_all(&self.settings, &self.decoder)?;
        let resolutions = dlq_entries::read(&self.reader, &self.decoder, &topic, partitions, each)?;
        self.reader.unassign()?;
        Ok(resolutions)
    }

    /// The schemas that it has met so far.
    pub const fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// How many open dead letters the lane has, by the flow that wrote them.
    ///
    /// # Errors
    /// When the lane's `dead-letters` can't be read.
    pub fn count_open_dead_letters(&mut self) -> anyhow::Result<BTreeMap<String, u64>> {
        let mut flows = BTreeMap::new();
        let resolutions = self.read_dead_letters(|entry| {
            flows.insert(entry.id, entry.says.flow.to_owned());
        })?;
        let mut counts = BTreeMap::new();
        for (id, flow) in flows {
            if !resolutions.by_id.contains_key(&id) {
                *counts.entry(flow).or_default() += 1;
            }
        }
        if resolutions.unreadable > 0 {
            counts.insert("unreadable".to_owned(), resolutions.unreadable);
        }
        Ok(counts)
    }

    fn partitions(&mut self, topic: &str) -> anyhow::Result<i32> {
        if let Some(partitions) = self.partitions.get(topic) {
            return Ok(*partitions);
        }
        let partitions = i32::try_from(tooling::partitions_of(&self.settings, topic)?)
            .context("the number of partitions is too large")?;
        self.partitions.insert(topic.to_owned(), partitions);
        Ok(partitions)
    }

    fn group(&mut self, group: &str) -> anyhow::Result<&BaseConsumer<Quiet>> {
        if !self.groups.contains_key(group) {
            let consumer = tooling::scanner(&self.settings, group)?;
            self.groups.insert(group.to_owned(), consumer);
        }
        Ok(&self.groups[group])
    }

    /// The first or the last stable offsets of all `asked` partitions, in one request a broker.
    fn ends(
        &self,
        asked: &TopicPartitionList,
        which: Offset,
    ) -> anyhow::Result<TopicPartitionList> {
        let mut ends = asked.clone();
        ends.set_all_offsets(which)?;
        self.reader
            .offsets_for_times(ends, tooling::CALL)
            .context("fetching the ends of partitions")
    }
}

impl std::fmt::Debug for Inspector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspector").field("settings", &self.settings).finish_non_exhaustive()
    }
}

fn offset_in(offsets: &TopicPartitionList, topic: &str, partition: i32) -> anyhow::Result<i64> {
    let element = offsets
        .find_partition(topic, partition)
        .with_context(|| format!("no answer about the ends of {topic}/{partition}"))?;
    element.error().with_context(|| format!("fetching the ends of {topic}/{partition}"))?;
    match element.offset() {
        Offset::Offset(offset) => Ok(offset),
        // librdkafka's word for a partition without a record.
        _ => Ok(0),
    }
}
