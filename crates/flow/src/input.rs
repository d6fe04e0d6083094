//! A record as it was read, with what its headers say.

use rdkafka::Message as _;
use rdkafka::message::{BorrowedMessage, Headers as _};

use crate::dead_letter::{DeadLetter, Header};
use crate::failure::Reject;
use crate::position::{Place, Position};
use crate::transactor::{ANNOUNCED, POSITION, PREVIOUS};

/// Of the input's bytes a dead letter holds at most so many, so that it fits a record of a megabyte.
const DEAD_LETTER_BYTES_MAX: usize = 900_000;

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// `None` when the header is missing or is no position.
    pub(crate) position: Option<Position>,
    pub(crate) previous: Option<Place>,
    pub(crate) announced_ms: Option<u64>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) key: Vec<u8>,
}

impl Input {
    /// Reads all but the value, which stays where it is.
    pub(crate) fn of(message: &BorrowedMessage<'_>) -> Self {
        let mut input = Self {
            partition: message.partition(),
            offset: message.offset(),
            position: None,
            previous: None,
            announced_ms: None,
            headers: Vec::new(),
            key: message.key().unwrap_or_default().to_vec(),
        };
        let Some(headers) = message.headers() else { return input };
        for header in headers.iter() {
            let text = header.value.and_then(|value| std::str::from_utf8(value).ok());
            match (header.key, text) {
                (POSITION, Some(text)) => input.position = text.parse().ok(),
                (PREVIOUS, Some(text)) => input.previous = text.parse().ok(),
                (ANNOUNCED, Some(text)) => input.announced_ms = text.parse().ok(),
                _ => {}
            }
            input.headers.push((header.key.to_owned(), header.value.unwrap_or_default().to_vec()));
        }
        input
    }

    /// The dead letter that this becomes when `flow` rejects it.
    pub(crate) fn dead_letter<'a>(
        &'a self,
        flow: &'a str,
        topic: &'a str,
        value: &'a [u8],
        reject: &'a Reject,
    ) -> DeadLetter<'a> {
        let place = self.position.map(Position::place);
        DeadLetter {
            flow,
            version: env!("CARGO_PKG_VERSION"),
            reason: reject.reason(),
            causes: reject.causes(),
            topic,
            partition: self.partition,
            offset: self.offset,
            sequence: place.map_or(-1, |place| i64::try_from(place.sequence).unwrap_or(i64::MAX)),
            part: place.map_or(-1, |place| i32::try_from(place.part).unwrap_or(i32::MAX)),
            key: &self.key,
            headers: self.headers.iter().map(|(key, value)| Header { key, value }).collect(),
            payload: &value[..value.len().min(DEAD_LETTER_BYTES_MAX)],
            payload_bytes: i64::try_from(value.len()).unwrap_or(i64::MAX),
        }
    }
}
