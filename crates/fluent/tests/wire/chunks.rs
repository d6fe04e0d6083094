//! Chunks to send.

use std::convert::Infallible;
use std::time::Duration;

use fluent::{Chunk, Entries, EventTime, Mode, Sender, SenderSettings};

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

/// A sender that is sure of an answer: it waits far longer than one takes.
pub(crate) fn sender(address: impl ToString) -> Sender {
    Sender::new(SenderSettings::to(address.to_string()))
}

/// A sender that is told not to wait.
pub(crate) fn impatient_sender(address: impl ToString) -> Sender {
    let ack_timeout = Duration::from_millis(100);
    Sender::new(SenderSettings { ack_timeout, ..SenderSettings::to(address.to_string()) })
}
