//! Chunks to send.

use std::convert::Infallible;
use std::time::Duration;

use fluent::msgpack::TranscodeError;
use fluent::{Chunk, Entries, EventTime, Mode, Sender, SenderSettings};
use serde_json::{Value, json};

pub(crate) const MODES: [Mode; 4] =
    [Mode::Message, Mode::Forward, Mode::PackedForward, Mode::CompressedPackedForward];

/// A chunk of one event, numbered `number`.
pub(crate) fn chunk(number: u64) -> Chunk {
    chunk_of(&number.to_string(), &[number])
}

/// A chunk of one event for each number.
pub(crate) fn chunk_of(id: &str, numbers: &[u64]) -> Chunk {
    let mut entries = Entries::default();
    for &number in numbers {
        let time = EventTime { seconds: 1_700_000_000, nanoseconds: 5 };
        let Ok(()) = entries.push::<Infallible>(time, |record| {
            record.uint("number", number);
            record.str("text", "é");
            Ok(())
        });
    }
    Chunk { tag: "test.events".to_owned(), id: id.to_owned(), entries }
}

/// A chunk of `bytes` and a few more, in one event.
pub(crate) fn large_chunk(id: &str, bytes: usize) -> Chunk {
    let mut entries = Entries::default();
    let Ok(()) = entries.push::<Infallible>(EventTime::default(), |record| {
        record.str("number", &"x".repeat(bytes));
        Ok(())
    });
    Chunk { tag: "test.large".to_owned(), id: id.to_owned(), entries }
}

/// A sender with a long timeout.
pub(crate) fn sender(address: impl ToString) -> Sender {
    Sender::new(SenderSettings::to(address.to_string()))
}

/// A sender with a short timeout.
pub(crate) fn impatient_sender(address: impl ToString) -> Sender {
    let ack_timeout = Duration::from_millis(100);
    Sender::new(SenderSettings { ack_timeout, ..SenderSettings::to(address.to_string()) })
}

/// A record with every kind of value; whole numbers up to `largest`.
pub(crate) fn every_kind_of_value(number: u32, position: u32, largest: u64) -> Value {
    json!({
        "_id": format!("{number}-{position}"),
        "text": "é \" \\",
        "list": [1, -2, 0.5, null, true, [], {}],
        "map": {"largest": largest, "low": -5_000_000_000_i64},
    })
}

/// A chunk of such records.
pub(crate) fn events(number: u32, count: u32, largest: u64) -> Chunk {
    let mut entries = Entries::default();
    for position in 0..count {
        let time = EventTime { seconds: 1_700_000_000 + number, nanoseconds: position };
        let record = every_kind_of_value(number, position, largest).to_string();
        let pushed = entries.push::<TranscodeError>(time, |map| map.json_members(&record));
        pushed.unwrap();
    }
    Chunk { tag: "a.b".to_owned(), id: format!("chunk-{number}"), entries }
}
