//! A record as it was read, with what its headers say.

use crate::dead_letter::{DeadLetter, Header};
use crate::failure::Reject;
use crate::incoming::Head;
use crate::outbox::RECORD_BYTES_MAX;
use crate::position::Position;

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
    pub(crate) head: Head,
    pub(crate) key: Vec<u8>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
}

impl Input {
    /// The dead letter that this becomes when `flow` rejects it: cut where it would not fit a record.
    pub(crate) fn dead_letter<'a>(
        &'a self,
        flow: &'a str,
        topic: &'a str,
        value: &'a [u8],
        reject: &'a Reject,
    ) -> DeadLetter<'a> {
        let place = self.head.position.map(Position::place);
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
        let payload = &value[..value.len().min(RECORD_BYTES_MAX.saturating_sub(taken))];
        DeadLetter {
            flow,
            version: env!("CARGO_PKG_VERSION"),
            reason: reject.reason(),
            causes,
            topic,
            partition: self.head.partition,
            offset: self.head.offset,
            sequence: place.map_or(-1, |place| i64::try_from(place.sequence).unwrap_or(i64::MAX)),
            part: place.map_or(-1, |place| i32::try_from(place.part).unwrap_or(i32::MAX)),
            key,
            cut: key.len() < self.key.len()
                || headers.len() < self.headers.len()
                || payload.len() < value.len(),
            payload,
            payload_bytes: i64::try_from(value.len()).unwrap_or(i64::MAX),
            attempt: self.head.attempt.map_or(1, u32::cast_signed),
            headers,
        }
    }
}
