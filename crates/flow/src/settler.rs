//! Settles dead letters: writes what became of them, and their inputs into another lane, in one transaction.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::dead_letter::DEAD_LETTERS;
use crate::kafka;
use crate::letterbox::LetterId;
use crate::redriven::{self, Redriven};
use crate::schema_topic;
use crate::settings::Settings;
use crate::settlement::{Settlement, Settlements};
use crate::tail;
use crate::topic::{Described, Topic as _};
use crate::topics;
use crate::transactor::{Lost, Outgoing, Transactor};
use crate::wire::{Decoder, encode};

/// Whoever may settle the dead letters of a lane. Opening one fences the one before.
#[derive(Debug)]
pub struct Settler {
    transactor: Transactor,
    topic: String,
}

/// What is done about letters.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The lane that their inputs are driven into; `None` when they are dropped.
    pub lane: Option<String>,
    /// Who does it.
    pub by: String,
    /// Why; may be empty.
    pub why: String,
}

impl Settler {
    /// Opens the lane that `settings` write. What is read of its dead letters from now on is complete: whatever another
    /// settler has left open is settled, and no settlement waits behind an open transaction of someone else.
    ///
    /// # Errors
    /// When no broker answers, there is no such lane, or a flow that died has a transaction open for longer than it may.
    pub fn open(settings: &Settings) -> anyhow::Result<Self> {
        kafka::check_reachable(settings)?;
        let topic = settings.to().topic(&DEAD_LETTERS);
        let partitions = topics::partitions_of(settings, &topic)?.cast_signed();
        let outputs = [Described::of::<Settlements>()];
        schema_topic::exchange(settings, &Decoder::new(&outputs), &outputs)?;
        let transactor = Transactor::open(settings, &settings.to().group("dlq"))
            .context("opening the transactions of `dlq`")?;
        tail::await_committed(settings, &topic, partitions)?;
        Ok(Self { transactor, topic })
    }

    /// Writes what is done about `letters`, and `inputs`, which have to be in order, in one transaction.
    ///
    /// # Errors
    /// When it did not come about, or nobody knows whether it did: open another settler and look.
    pub fn settle(
        &self,
        letters: impl IntoIterator<Item = LetterId>,
        verdict: &Verdict,
        inputs: &[Redriven],
    ) -> anyhow::Result<()> {
        let at_ms = now_ms();
        let mut settlements = Vec::new();
        for id in letters {
            let settlement = Settlement {
                offset: id.offset,
                lane: verdict.lane.clone(),
                by: verdict.by.clone(),
                why: verdict.why.clone(),
                at_ms,
            };
            let value = encode::<Settlements>(&settlement)?;
            settlements.push((id, id.to_string(), Settlements::position(&settlement), value));
        }
        let settlements = settlements.iter().map(|(id, key, position, value)| Outgoing {
            topic: &self.topic,
            partition: id.partition,
            key: key.as_bytes(),
            value,
            position: Some(*position),
            previous: None,
            announced_ms: None,
            beside: &[],
        });
        let inputs = redriven::linked(inputs);
        self.transactor.commit(inputs.into_iter().chain(settlements), None).map_err(|lost| {
            let fenced = matches!(lost, Lost::Fenced);
            let error = anyhow::Error::from(lost);
            if fenced {
                error.context("someone else has settled letters of this lane meanwhile: look again")
            } else {
                error.context("the same command, given again, goes on from what was committed")
            }
        })
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
