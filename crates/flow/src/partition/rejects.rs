//! What becomes of a rejected input.

use crate::kafka::owned_record::OwnedRecord;
use crate::record::dead_letter::{DeadLetter, Header};
use crate::record::record_order::RecordOrder;
use crate::record::reject::Reject;
use crate::record::topic::RECORD_BYTES_MAX;

/// A dead letter keeps so much of the input's key, of each cause, and of its headers in all; the rest is left to the value.
const KEY_BYTES_MAX: usize = 64 << 10;
const CAUSE_CHARS_MAX: usize = 4 << 10;
const CAUSES_MAX: usize = 16;
const HEADER_BYTES_MAX: usize = 64 << 10;
/// What a dead letter holds beside them.
const DEAD_LETTER_FRAME_BYTES: usize = 8 << 10;

/// The dead letter that a record becomes when `flow` rejects it: cut where it would not fit a record.
pub(crate) fn dead_letter<'a>(
    record: &'a OwnedRecord,
    flow: &'a str,
    topic: &'a str,
    value: &'a [u8],
    reject: &'a Reject,
) -> DeadLetter<'a> {
    let place = record.head.order.map(RecordOrder::id);
    let causes: Vec<String> = reject
        .causes()
        .into_iter()
        .take(CAUSES_MAX)
        .map(|cause| cause.chars().take(CAUSE_CHARS_MAX).collect())
        .collect();
    let mut headers_left = HEADER_BYTES_MAX;
    let headers: Vec<Header<'_>> = record
        .headers
        .iter()
        .map_while(|(key, value)| {
            headers_left = headers_left.checked_sub(key.len() + value.len() + 16)?;
            Some(Header { key, value })
        })
        .collect();
    let key = &record.key[..record.key.len().min(KEY_BYTES_MAX)];
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
        partition: record.head.partition,
        offset: record.head.offset,
        sequence: place.map_or(-1, |place| i64::try_from(place.sequence).unwrap_or(i64::MAX)),
        part: place.map_or(-1, |place| i32::try_from(place.part).unwrap_or(i32::MAX)),
        key,
        cut: key.len() < record.key.len()
            || headers.len() < record.headers.len()
            || payload.len() < value.len(),
        payload,
        payload_bytes: i64::try_from(value.len()).unwrap_or(i64::MAX),
        attempt: record.head.attempt.map_or(1, u32::cast_signed),
        headers,
    }
}
