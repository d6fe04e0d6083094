//! A consumed record: in librdkafka's memory, or kept.

use rdkafka::Message as _;
use rdkafka::message::BorrowedMessage;

use crate::kafka::headers::{RecordHead, each_header};

/// A consumed record, borrowed from librdkafka or from an [`OwnedRecord`].
#[derive(Clone, Copy)]
pub(crate) struct ConsumedRecord<'m> {
    pub(crate) head: RecordHead,
    pub(crate) value: &'m [u8],
    origin: Origin<'m>,
}

/// A consumed record that outlives librdkafka's memory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct OwnedRecord {
    pub(crate) head: RecordHead,
    pub(crate) key: Vec<u8>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) value: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Origin<'m> {
    Message(&'m BorrowedMessage<'m>),
    Kept(&'m OwnedRecord),
}

impl<'m> ConsumedRecord<'m> {
    /// A record as the reader returns it.
    pub(crate) fn of(message: &'m BorrowedMessage<'m>) -> Self {
        let value = message.payload().unwrap_or_default();
        Self { head: RecordHead::of(message), value, origin: Origin::Message(message) }
    }

    pub(crate) fn key(&self) -> &'m [u8] {
        match self.origin {
            Origin::Message(message) => message.key().unwrap_or_default(),
            Origin::Kept(record) => &record.key,
        }
    }

    pub(crate) fn to_owned_record(self) -> OwnedRecord {
        let message = match self.origin {
            Origin::Kept(record) => return record.clone(),
            Origin::Message(message) => message,
        };
        let mut headers = Vec::new();
        each_header(message, |key, value| {
            headers.push((key.to_owned(), value.unwrap_or_default().to_vec()));
        });
        OwnedRecord {
            head: self.head,
            key: self.key().to_vec(),
            headers,
            value: self.value.to_vec(),
        }
    }
}

impl OwnedRecord {
    pub(crate) fn as_consumed(&self) -> ConsumedRecord<'_> {
        ConsumedRecord { head: self.head, value: &self.value, origin: Origin::Kept(self) }
    }
}
