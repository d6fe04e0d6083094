//! Resolves dead letters: writes what became of them, and their inputs into another lane, in one transaction.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::dlq_entries::DlqEntryId;
use crate::redrive::{self, RedrivenRecord};
use crate::resolution::{DlqResolutions, Resolution};
use flow::DEAD_LETTERS;
use flow::Settings;
use flow::tooling;
use flow::tooling::{ProducerRecord, TransactionError, TransactionalProducer};
use flow::{Decoder, encode};
use flow::{Topic as _, TopicSchema};

/// Resolves the dead letters of a lane. Opening a resolver fences the one before.
#[derive(Debug)]
pub struct Resolver {
    transactor: TransactionalProducer,
    topic: String,
}

/// What is done about dead letters.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The lane that their inputs are driven into; `None` when they are dropped.
    pub lane: Option<String>,
    /// Who does it.
    pub by: String,
    /// Why; may be empty.
    pub why: String,
}

impl Resolver {
    /// Opens the lane that `settings` write. What is read of its dead letters from then on is complete: the transactions of another
    /// resolver, and those that flows have open in the topic, have ended.
    ///
    /// # Errors
    /// When no broker answers, there is no such lane, or a flow that died has a transaction open for longer than it may.
    pub fn open(settings: &Settings) -> anyhow::Result<Self> {
        tooling::check_reachable(settings)?;
        let topic = settings.to().topic(&DEAD_LETTERS);
        let partitions = tooling::partitions_of(settings, &topic)?.cast_signed();
        let outputs = [TopicSchema::of::<DlqResolutions>()];
        tooling::exchange(settings, &Decoder::new(&outputs), &outputs)?;
        let transactor = TransactionalProducer::open(settings, &settings.to().group("dlq"))
            .context("opening the transactions of `dlq`")?;
        tooling::await_committed(settings, &topic, partitions)?;
        Ok(Self { transactor, topic })
    }

    /// Writes the resolution of `dead_letters`, and `inputs`, which have to be in order, in one transaction.
    ///
    /// # Errors
    /// When it did not come about, or nobody knows whether it did: open another settler and look.
    pub fn resolve(
        &self,
        dead_letters: impl IntoIterator<Item = DlqEntryId>,
        decision: &Decision,
        inputs: &[RedrivenRecord],
    ) -> anyhow::Result<()> {
        let at_ms = now_ms();
        let mut resolutions = Vec::new();
        for id in dead_letters {
            let resolution = Resolution {
                offset: id.offset,
                lane: decision.lane.clone(),
                by: decision.by.clone(),
                why: decision.why.clone(),
                at_ms,
            };
            let value = encode::<DlqResolutions>(&resolution)?;
            resolutions.push((id, id.to_string(), DlqResolutions::order(&resolution), value));
        }
        let resolutions = resolutions.iter().map(|(id, key, order, value)| ProducerRecord {
            topic: &self.topic,
            partition: id.partition,
            key: key.as_bytes(),
            value,
            order: Some(*order),
            previous: None,
            announced_ms: None,
            extra_headers: &[],
        });
        let inputs = redrive::linked(inputs);
        self.transactor.commit(inputs.into_iter().chain(resolutions), None).map_err(|lost| {
            let fenced = matches!(lost, TransactionError::Fenced);
            let error = anyhow::Error::from(lost);
            if fenced {
                error.context(
                    "another operator has resolved dead letters of this lane: list them again",
                )
            } else {
                error.context("repeat the command: it continues from what was committed")
            }
        })
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
