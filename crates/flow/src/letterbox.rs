//! The dead letters of a lane, read with what became of each.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use anyhow::Context as _;
use rdkafka::consumer::BaseConsumer;
use rdkafka::message::{BorrowedMessage, Message as _};

use crate::dead_letter::{DeadLetter, DeadLetters};
use crate::kafka::Quiet;
use crate::settlement::{Settlement, Settlements};
use crate::tail;
use crate::wire::Decoder;

/// What a dead letter is called: where it lies in its lane's `dead-letters`, as `<partition>/<offset>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LetterId {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.partition, self.offset)
    }
}

impl FromStr for LetterId {
    type Err = BadLetterId;

    fn from_str(text: &str) -> Result<Self, BadLetterId> {
        let (partition, offset) = text.split_once('/').ok_or(BadLetterId)?;
        let id = Self {
            partition: partition.parse().map_err(|_| BadLetterId)?,
            offset: offset.parse().map_err(|_| BadLetterId)?,
        };
        if id.partition >= 0 && id.offset >= 0 { Ok(id) } else { Err(BadLetterId) }
    }
}

/// The text is not the id of a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the id of a dead letter, as `3/1207`")]
pub struct BadLetterId;

/// A dead letter as it lies in its topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter<'m> {
    /// What it is called.
    pub id: LetterId,
    /// When it was written, in milliseconds since the epoch.
    pub at_ms: i64,
    /// What it says.
    pub says: DeadLetter<'m>,
}

/// What a lane's `dead-letters` hold beside the letters.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Settled {
    /// What became of letters; the others are open.
    pub letters: BTreeMap<LetterId, Settlement>,
    /// Records that are neither letters nor settlements.
    pub unreadable: u64,
}

/// Shows every dead letter of a topic, partition by partition.
pub(crate) fn read(
    reader: &BaseConsumer<Quiet>,
    decoder: &Decoder,
    topic: &str,
    partitions: i32,
    mut each: impl FnMut(Letter<'_>),
) -> anyhow::Result<Settled> {
    let mut settled = Settled::default();
    for partition in 0..partitions {
        tail::read_to_end(reader, topic, partition, |message| {
            let value = message.payload().unwrap_or_default();
            if let Ok(says) = decoder.decode::<DeadLetters>(value) {
                each(Letter { id: id_of(message), at_ms: time_of(message), says });
            } else if let Ok(settlement) = decoder.decode::<Settlements>(value) {
                let id = LetterId { partition, offset: settlement.offset };
                // The first word counts: what is settled stays so.
                settled.letters.entry(id).or_insert(settlement);
            } else {
                settled.unreadable += 1;
            }
        })
        .with_context(|| format!("reading {topic}"))?;
    }
    Ok(settled)
}

fn id_of(message: &BorrowedMessage<'_>) -> LetterId {
    LetterId { partition: message.partition(), offset: message.offset() }
}

fn time_of(message: &BorrowedMessage<'_>) -> i64 {
    message.timestamp().to_millis().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_id_are_one() {
        let id = LetterId { partition: 3, offset: 1_207 };
        assert_eq!(id.to_string(), "3/1207");
        assert_eq!("3/1207".parse(), Ok(id));
        for text in ["", "3", "3/", "/7", "-1/7", "3/-7", "3/7/1"] {
            assert_eq!(text.parse::<LetterId>(), Err(BadLetterId), "{text}");
        }
    }
}
