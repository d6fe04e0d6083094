//! An ingestor: a name under which blocks are committed to a lane, and how far it has come.

use std::sync::Arc;

use anyhow::Context as _;
use rdkafka::consumer::Consumer;
use rdkafka::message::Message as _;

use crate::kafka::client;
use crate::kafka::partition_peek::PartitionPeek;
use crate::kafka::topics;
use crate::kafka::watermarks;
use crate::record::namespace::Namespace;
use crate::record::pointer::Pointer;
use crate::record::topic::{Topic, TopicSchema, TopicSpec};
use crate::schema::schema_topic::{self, SCHEMAS};
use crate::schema::single_object::{DecodeError, Decoder};
use crate::settings::Settings;
use crate::source::checkpoint::{Checkpoint, Checkpoints};
use crate::source::pointer_reset::PointerReset;

/// Separates an ingestor's name from the time in the key of a checkpoint that an operator has set.
const OVERRIDE: &str = "/override/";

/// Commits blocks to a lane under one name: its group, its transactional id, and the key of its checkpoints.
#[derive(Debug, Clone)]
pub struct Ingestor {
    pub(crate) settings: Arc<Settings>,
    pub(crate) namespace: Namespace,
    pub(crate) name: String,
    /// Partitions of what it writes.
    pub(crate) partitions: u32,
    /// The ingestion version.
    pub(crate) version: i32,
    pub(crate) decoder: Decoder,
}

/// The state of an ingestor: how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IngestorState {
    pub(crate) checkpoint: Option<Checkpoint>,
    /// For each partition of the output the last sequence number written there.
    pub(crate) written: Vec<Option<u64>>,
}

/// Why an ingestor could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Only an operator can help.
    #[error("{0}")]
    Refused(String),
    /// Another instance has opened the same ingestor.
    #[error("another instance has taken over")]
    Fenced,
    /// Retried.
    #[error("the pointer can't be read")]
    Failed(#[source] anyhow::Error),
}

impl Ingestor {
    /// The ingestor of the source `flow` in the lane that `settings` write, which writes `T`.
    ///
    /// # Errors
    /// When no broker answers, or a topic is missing or does not fit, with what to do about it.
    pub fn find<T: Topic>(settings: &Settings, flow: &str, version: i32) -> anyhow::Result<Self> {
        client::check_reachable(settings)?;
        let written = [T::SPEC, Checkpoints::SPEC, SCHEMAS];
        let partitions = topics::check(settings, &[], &written)?.to;
        let outputs = [TopicSchema::of::<T>(), TopicSchema::of::<Checkpoints>()];
        let decoder = Decoder::new(&outputs);
        schema_topic::exchange(settings, &decoder, &outputs)?;
        let (settings, namespace) = (Arc::new(settings.clone()), settings.to());
        let name = namespace.group(flow);
        Ok(Self { settings, namespace, name, partitions, version, decoder })
    }

    /// `<network>[.<lane>].<flow>`
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The latest checkpoint. The active instance is not disturbed.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn latest(&self) -> anyhow::Result<Option<Checkpoint>> {
        latest_checkpoint(&self.settings, &self.namespace, &self.name, &self.decoder)
    }

    /// Every checkpoint that an operator has set, oldest first.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn overrides(&self) -> anyhow::Result<Vec<Checkpoint>> {
        let prefix = format!("{}{OVERRIDE}", self.name);
        let mut overrides = Vec::new();
        each(&self.settings, &self.namespace, &self.decoder, |key, checkpoint| {
            if let Some(checkpoint) = checkpoint
                && key.starts_with(prefix.as_bytes())
            {
                overrides.push(checkpoint);
            }
        })?;
        overrides.into_iter().collect::<Result<_, _>>().context("reading an override")
    }

    /// The key of a checkpoint that was set at this time.
    pub(crate) fn override_key(&self, at_ms: i64) -> String {
        format!("{}{OVERRIDE}{at_ms}", self.name)
    }

    /// How many instances are in the ingestor's group: one of them is active.
    ///
    /// # Errors
    /// When no broker answers.
    pub fn instances(&self) -> anyhow::Result<usize> {
        let reader = client::scanner(&self.settings, "ekspiper")?;
        let groups = reader
            .fetch_group_list(Some(&self.name), client::CALL)
            .with_context(|| format!("fetching the members of {}", self.name))?;
        Ok(groups.groups().iter().map(|group| group.members().len()).sum())
    }

    /// What resetting the pointer to `to` would do. Nothing is changed, and the active instance is not disturbed.
    ///
    /// # Errors
    /// When the pointer is not for this binary, or can't be read.
    pub fn dry_run_reset<T: Topic>(&self, to: &Pointer) -> Result<PointerReset, OpenError> {
        Ok(PointerReset::new(&self.state(&T::SPEC)?, to))
    }

    /// How far the ingestor that writes `output` has come.
    ///
    /// Another ingestor of the lane may have a transaction open in `checkpoints`, which hides what lies behind it: its end is waited
    /// for.
    pub(crate) fn state(&self, output: &TopicSpec) -> Result<IngestorState, OpenError> {
        let checkpoints = self.namespace.topic(&Checkpoints::SPEC);
        watermarks::await_committed(&self.settings, &checkpoints, 1).map_err(OpenError::Failed)?;
        let Some(checkpoint) = self.latest().map_err(OpenError::Failed)? else {
            let written = self.seen(output).map_err(OpenError::Failed)?;
            return Ok(IngestorState { checkpoint: None, written });
        };
        let (name, partitions) = (&self.name, self.partitions);
        if checkpoint.version > self.version {
            return Err(OpenError::Refused(format!(
                "the pointer of {name} is of ingestion version {}, this binary of {}: use a newer binary, or another lane",
                checkpoint.version, self.version
            )));
        }
        let then = checkpoint.written.len();
        if u32::try_from(then).ok() != Some(partitions) {
            return Err(OpenError::Refused(format!(
                "{name} wrote to {then} partitions, and there are {partitions} now"
            )));
        }
        let written =
            checkpoint.written.iter().map(|sequence| u64::try_from(*sequence).ok()).collect();
        Ok(IngestorState { checkpoint: Some(checkpoint), written })
    }

    /// The last sequence number in each partition of the output, where there is no checkpoint.
    fn seen(&self, output: &TopicSpec) -> anyhow::Result<Vec<Option<u64>>> {
        let (probe, topic) = (PartitionPeek::new(&self.settings)?, self.namespace.topic(output));
        let partitions = 0..i32::try_from(self.partitions).context("too many partitions")?;
        let last = |partition| {
            let seen = probe.last(&topic, partition)?;
            anyhow::Ok(seen.and_then(|seen| seen.order).map(|order| order.sequence))
        };
        partitions.map(last).collect()
    }
}

impl IngestorState {
    /// The newest sequence number in the output.
    pub(crate) fn newest(&self) -> Option<u64> {
        self.written.iter().flatten().max().copied()
    }

    pub(crate) fn pointer(&self) -> Option<Pointer> {
        self.checkpoint.as_ref().map(Checkpoint::pointer)
    }
}

/// Reads the latest checkpoint of `ingestor`.
pub fn latest_checkpoint(
    settings: &Settings,
    namespace: &Namespace,
    ingestor: &str,
    decoder: &Decoder,
) -> anyhow::Result<Option<Checkpoint>> {
    let read = || {
        let mut latest = None;
        each(settings, namespace, decoder, |key, checkpoint| {
            if key == ingestor.as_bytes() {
                latest = checkpoint;
            }
        })?;
        anyhow::Ok(latest)
    };
    let found = match read()? {
        // A newer writer has published its schema before its first use.
        Some(Err(DecodeError::UnknownSchema(_))) => {
            schema_topic::learn_all(settings, decoder)?;
            read()?
        }
        found => found,
    };
    found.transpose().with_context(|| {
        format!("reading the pointer of {ingestor} in {}", namespace.topic(&Checkpoints::SPEC))
    })
}

/// Calls `each` with key and value of every record of `checkpoints`; the value is `None` where the key was deleted.
fn each(
    settings: &Settings,
    namespace: &Namespace,
    decoder: &Decoder,
    mut each: impl FnMut(&[u8], Option<Result<Checkpoint, DecodeError>>),
) -> anyhow::Result<()> {
    let topic = namespace.topic(&Checkpoints::SPEC);
    let reader = client::scanner(settings, "ekspiper")?;
    watermarks::read_to_end(&reader, &topic, 0, |message| {
        let value = message.payload().map(|value| decoder.decode::<Checkpoints>(value));
        each(message.key().unwrap_or_default(), value);
    })
    .with_context(|| format!("reading {topic}"))
}
