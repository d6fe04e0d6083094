//! A record that is being taken up: in librdkafka's memory, or held back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rdkafka::Message as _;
use rdkafka::message::{BorrowedMessage, Headers as _};

use crate::kafka::owned_record::OwnedRecord;
use crate::kafka::transactional_producer::{ANNOUNCED, ATTEMPT, ATTEMPTS_MAX, POSITION, PREVIOUS};
use crate::record::record_order::{RecordOrder, SequenceId};

/// Where a record lies, and what its headers say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordHead {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// `None` when the header is missing or is no position.
    pub order: Option<RecordOrder>,
    /// The record before it in its partition, as its header names it.
    pub previous: Option<SequenceId>,
    /// When the outside announced what it came from, in milliseconds since the epoch.
    pub announced_ms: Option<u64>,
    /// Which attempt this is, if it is not the first.
    pub attempt: Option<u32>,
}

impl RecordHead {
    /// Reads the headers of a message.
    pub fn of(message: &BorrowedMessage<'_>) -> Self {
        let mut head =
            Self { partition: message.partition(), offset: message.offset(), ..Self::default() };
        each_header(message, |key, value| {
            let text = value.and_then(|value| std::str::from_utf8(value).ok());
            match (key, text) {
                (POSITION, Some(text)) => head.order = text.parse().ok(),
                (PREVIOUS, Some(text)) => head.previous = text.parse().ok(),
                (ANNOUNCED, Some(text)) => head.announced_ms = text.parse().ok(),
                (ATTEMPT, Some(text)) => {
                    head.attempt = text.parse().ok().filter(|n| (1..=ATTEMPTS_MAX).contains(n));
                }
                _ => {}
            }
        });
        head
    }
}

/// Shows the headers of a message, up to the first one that has no readable name: it was written by a stranger.
fn each_header(message: &BorrowedMessage<'_>, mut each: impl FnMut(&str, Option<&[u8]>)) {
    let Some(headers) = message.headers() else { return };
    for index in 0..headers.count() {
        // librdkafka's bindings panic at such a name.
        let header = catch_unwind(AssertUnwindSafe(|| headers.get(index)));
        let Ok(header) = header else { return };
        each(header.key, header.value);
    }
}

/// A record that is being taken up.
#[derive(Clone, Copy)]
pub(crate) struct ConsumedRecord<'m> {
    pub(crate) head: RecordHead,
    pub(crate) value: &'m [u8],
    whole: Whole<'m>,
}

#[derive(Clone, Copy)]
enum Whole<'m> {
    Message(&'m BorrowedMessage<'m>),
    OwnedRecord(&'m OwnedRecord),
}

impl<'m> ConsumedRecord<'m> {
    /// A record as it is read.
    pub(crate) fn read(message: &'m BorrowedMessage<'m>) -> Self {
        let value = message.payload().unwrap_or_default();
        Self { head: RecordHead::of(message), value, whole: Whole::Message(message) }
    }

    /// A record that was kept.
    pub(crate) const fn kept(input: &'m OwnedRecord, value: &'m [u8]) -> Self {
        Self { head: input.head, value, whole: Whole::OwnedRecord(input) }
    }

    /// Its key.
    pub(crate) fn key(&self) -> &'m [u8] {
        match self.whole {
            Whole::Message(message) => message.key().unwrap_or_default(),
            Whole::OwnedRecord(input) => &input.key,
        }
    }

    /// Keeps all but the value.
    pub(crate) fn to_input(self) -> OwnedRecord {
        let message = match self.whole {
            Whole::OwnedRecord(input) => return input.clone(),
            Whole::Message(message) => message,
        };
        let mut headers = Vec::new();
        each_header(message, |key, value| {
            headers.push((key.to_owned(), value.unwrap_or_default().to_vec()));
        });
        OwnedRecord { head: self.head, key: self.key().to_vec(), headers }
    }
}
