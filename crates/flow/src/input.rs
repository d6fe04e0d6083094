//! A record as it was read, with what its headers say.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rdkafka::Message as _;
use rdkafka::message::{BorrowedMessage, Headers as _};

use crate::dead_letter::{DeadLetter, Header};
use crate::failure::Reject;
use crate::outbox::RECORD_BYTES_MAX;
use crate::position::{Place, Position};
use crate::transactor::{ANNOUNCED, POSITION, PREVIOUS};

/// A dead letter keeps so much of the input's key, of each cause, and of its headers in all; the rest is left to the value.
const KEY_BYTES_MAX: usize = 64 << 10;
const CAUSE_CHARS_MAX: usize = 4 << 10;
const CAUSES_MAX: usize = 16;
const HEADER_BYTES_MAX: usize = 64 << 10;
/// What a dead letter holds beside them.
const DEAD_LETTER_FRAME_BYTES: usize = 8 << 10;

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    ///
    /// A record with a header that has no readable name is taken to have none: it was written by a stranger.
    pub(crate) fn of(message: &BorrowedMessage<'_>) -> Self {
        // librdkafka's bindings panic there.
        catch_unwind(AssertUnwindSafe(|| Self::with_headers(message)))
            .unwrap_or_else(|_| Self::without_headers(message))
    }

    fn without_headers(message: &BorrowedMessage<'_>) -> Self {
        Self {
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().unwrap_or_default().to_vec(),
            ..Self::default()
        }
    }

    fn with_headers(message: &BorrowedMessage<'_>) -> Self {
        let mut input = Self::without_headers(message);
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

    /// The dead letter that this becomes when `flow` rejects it: cut where it would not fit a record.
    pub(crate) fn dead_letter<'a>(
        &'a self,
        flow: &'a str,
        topic: &'a str,
        value: &'a [u8],
        reject: &'a Reject,
    ) -> DeadLetter<'a> {
        let place = self.position.map(Position::place);
        let causes: Vec<String> = reject
            .causes()
            .into_iter()
            .take(CAUSES_MAX)
            .map(|cause| cause.chars().take(CAUSE_CHARS_MAX).collect())
            .collect();
        let mut headers_left = HEADER_BYTES_MAX;
        let headers: Vec<Header<'_>> = self
            .headers
            .iter()
            .map_while(|(key, value)| {
                headers_left = headers_left.checked_sub(key.len() + value.len() + 16)?;
                Some(Header { key, value })
            })
            .collect();
        let key = &self.key[..self.key.len().min(KEY_BYTES_MAX)];
        let taken = DEAD_LETTER_FRAME_BYTES
            + 2 * key.len()
            + (HEADER_BYTES_MAX - headers_left)
            + causes.iter().map(String::len).sum::<usize>();
        let payload_max = RECORD_BYTES_MAX.saturating_sub(taken);
        DeadLetter {
            flow,
            version: env!("CARGO_PKG_VERSION"),
            reason: reject.reason(),
            causes,
            topic,
            partition: self.partition,
            offset: self.offset,
            sequence: place.map_or(-1, |place| i64::try_from(place.sequence).unwrap_or(i64::MAX)),
            part: place.map_or(-1, |place| i32::try_from(place.part).unwrap_or(i32::MAX)),
            key,
            headers,
            payload: &value[..value.len().min(payload_max)],
            payload_bytes: i64::try_from(value.len()).unwrap_or(i64::MAX),
        }
    }
}
