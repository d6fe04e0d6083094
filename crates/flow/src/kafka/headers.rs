//! The headers that every record of ours has.

use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rdkafka::message::{BorrowedMessage, Header, Headers as _, Message as _, OwnedHeaders};

use crate::record::record_order::{RecordOrder, SequenceId};

/// The record's order within its lane, as `sequence/part/count`.
pub(crate) const POSITION: &str = "position";
/// The record before it in its partition, as `sequence/part`; absent from a lane's first.
pub const PREVIOUS: &str = "previous";
/// When the outside announced what the record came from, in milliseconds since the epoch.
pub(crate) const ANNOUNCED: &str = "announced-ms";
/// Which attempt at the record this is, for one that was re-driven into its flow.
pub const ATTEMPT: &str = "attempt";
/// Attempts are not counted beyond this.
pub const ATTEMPTS_MAX: u32 = 1_000_000;

/// The longest text of a header: an order has a number of 20 digits and two of 10.
const TEXT_BYTES_MAX: usize = 48;

/// Where a record lies, and what its headers say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordHead {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// When the producer created it, in milliseconds since the epoch.
    pub timestamp_ms: Option<i64>,
    /// `None` when the header is missing or is no order.
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
        let mut head = Self {
            partition: message.partition(),
            offset: message.offset(),
            timestamp_ms: message.timestamp().to_millis(),
            ..Self::default()
        };
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

/// Calls `each` for the headers of a message, up to the first whose name is not readable: another program wrote that.
pub(crate) fn each_header(
    message: &BorrowedMessage<'_>,
    mut each: impl FnMut(&str, Option<&[u8]>),
) {
    let Some(headers) = message.headers() else { return };
    for index in 0..headers.count() {
        // librdkafka's bindings panic at such a name.
        let header = catch_unwind(AssertUnwindSafe(|| headers.get(index)));
        let Ok(header) = header else { return };
        each(header.key, header.value);
    }
}

/// The headers of a record to write: those of `extra`, then the ones that are given.
pub(crate) fn headers(
    extra: &[(String, Vec<u8>)],
    order: Option<RecordOrder>,
    previous: Option<SequenceId>,
    announced_ms: Option<u64>,
) -> OwnedHeaders {
    let mut text = Text { bytes: [0; TEXT_BYTES_MAX], length: 0 };
    let mut headers = OwnedHeaders::new_with_capacity(3 + extra.len());
    for (key, value) in extra {
        headers = headers.insert(header(key, value));
    }
    if let Some(order) = order {
        headers = headers.insert(header(POSITION, text.of(order)));
    }
    if let Some(previous) = previous {
        headers = headers.insert(header(PREVIOUS, text.of(previous)));
    }
    if let Some(announced_ms) = announced_ms {
        headers = headers.insert(header(ANNOUNCED, text.of(announced_ms)));
    }
    headers
}

const fn header<'a>(key: &'a str, value: &'a [u8]) -> Header<'a, &'a [u8]> {
    Header { key, value: Some(value) }
}

/// Text of a few numbers, on the stack.
struct Text {
    bytes: [u8; TEXT_BYTES_MAX],
    length: usize,
}

impl Text {
    fn of(&mut self, shown: impl fmt::Display) -> &[u8] {
        self.length = 0;
        write!(self, "{shown}").expect("the text of a header is short");
        &self.bytes[..self.length]
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}
