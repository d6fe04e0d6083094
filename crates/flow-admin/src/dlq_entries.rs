//! The dead letters of a lane, with the resolution of each.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use anyhow::Context as _;
use rdkafka::consumer::BaseConsumer;
use rdkafka::message::{BorrowedMessage, Message as _};

use crate::resolution::{DlqResolutions, Resolution};
use flow::DeadLetters;
use flow::Decoder;
use flow::tooling::DeadLetter;
use flow::tooling::{self, Quiet};

/// The id of a dead letter: partition and offset in its lane's `dead-letters`, as `<partition>/<offset>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DlqEntryId {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

impl fmt::Display for DlqEntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.partition, self.offset)
    }
}

impl FromStr for DlqEntryId {
    type Err = InvalidDlqEntryId;

    fn from_str(text: &str) -> Result<Self, InvalidDlqEntryId> {
        let (partition, offset) = text.split_once('/').ok_or(InvalidDlqEntryId)?;
        let id = Self {
            partition: partition.parse().map_err(|_| InvalidDlqEntryId)?,
            offset: offset.parse().map_err(|_| InvalidDlqEntryId)?,
        };
        if id.partition >= 0 && id.offset >= 0 { Ok(id) } else { Err(InvalidDlqEntryId) }
    }
}

/// The text is not the id of a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the id of a dead letter, as `3/1207`")]
pub struct InvalidDlqEntryId;

/// A dead letter in its topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DlqEntry<'m> {
    /// What it is called.
    pub id: DlqEntryId,
    /// When it was written, in milliseconds since the epoch.
    pub at_ms: i64,
    /// What it says.
    pub says: DeadLetter<'m>,
}

/// What a lane's `dead-letters` hold beside the dead letters.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Resolutions {
    /// The resolutions of dead letters; those without one are open.
    pub by_id: BTreeMap<DlqEntryId, Resolution>,
    /// Records that are neither dead letters nor resolutions.
    pub unreadable: u64,
}

/// Calls `each` with every dead letter of a topic, partition by partition.
pub(crate) fn read(
    reader: &BaseConsumer<Quiet>,
    decoder: &Decoder,
    topic: &str,
    partitions: i32,
    mut each: impl FnMut(DlqEntry<'_>),
) -> anyhow::Result<Resolutions> {
    let mut resolutions = Resolutions::default();
    for partition in 0..partitions {
        tooling::read_to_end(reader, topic, partition, |message| {
            let value = message.payload().unwrap_or_default();
            if let Ok(says) = decoder.decode::<DeadLetters>(value) {
                each(DlqEntry { id: id_of(message), at_ms: time_of(message), says });
            } else if let Ok(resolution) = decoder.decode::<DlqResolutions>(value) {
                let id = DlqEntryId { partition, offset: resolution.offset };
                // The first resolution counts.
                resolutions.by_id.entry(id).or_insert(resolution);
            } else {
                resolutions.unreadable += 1;
            }
        })
        .with_context(|| format!("reading {topic}"))?;
    }
    Ok(resolutions)
}

fn id_of(message: &BorrowedMessage<'_>) -> DlqEntryId {
    DlqEntryId { partition: message.partition(), offset: message.offset() }
}

fn time_of(message: &BorrowedMessage<'_>) -> i64 {
    message.timestamp().to_millis().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_id_are_one() {
        let id = DlqEntryId { partition: 3, offset: 1_207 };
        assert_eq!(id.to_string(), "3/1207");
        assert_eq!("3/1207".parse(), Ok(id));
        for text in ["", "3", "3/", "/7", "-1/7", "3/-7", "3/7/1"] {
            assert_eq!(text.parse::<DlqEntryId>(), Err(InvalidDlqEntryId), "{text}");
        }
    }
}
