//! A record that is being taken up: in librdkafka's memory, or held back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rdkafka::Message as _;
use rdkafka::message::{BorrowedMessage, Headers as _};

use crate::input::Input;
use crate::position::{Place, Position};
use crate::transactor::{ANNOUNCED, ATTEMPT, ATTEMPTS_MAX, POSITION, PREVIOUS};

/// Where a record lies, and what its headers say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Head {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// `None` when the header is missing or is no position.
    pub(crate) position: Option<Position>,
    pub(crate) previous: Option<Place>,
    pub(crate) announced_ms: Option<u64>,
    /// Which attempt this is, if it is not the first.
    pub(crate) attempt: Option<u32>,
}

impl Head {
    pub(crate) fn of(message: &BorrowedMessage<'_>) -> Self {
        let mut head =
            Self { partition: message.partition(), offset: message.offset(), ..Self::default() };
        each_header(message, |key, value| {
            let text = value.and_then(|value| std::str::from_utf8(value).ok());
            match (key, text) {
                (POSITION, Some(text)) => head.position = text.parse().ok(),
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
pub(crate) struct Incoming<'m> {
    pub(crate) head: Head,
    pub(crate) value: &'m [u8],
    whole: Whole<'m>,
}

#[derive(Clone, Copy)]
enum Whole<'m> {
    Message(&'m BorrowedMessage<'m>),
    Input(&'m Input),
}

impl<'m> Incoming<'m> {
    /// A record as it is read.
    pub(crate) fn read(message: &'m BorrowedMessage<'m>) -> Self {
        let value = message.payload().unwrap_or_default();
        Self { head: Head::of(message), value, whole: Whole::Message(message) }
    }

    /// A record that was kept.
    pub(crate) const fn kept(input: &'m Input, value: &'m [u8]) -> Self {
        Self { head: input.head, value, whole: Whole::Input(input) }
    }

    /// Its key.
    pub(crate) fn key(&self) -> &'m [u8] {
        match self.whole {
            Whole::Message(message) => message.key().unwrap_or_default(),
            Whole::Input(input) => &input.key,
        }
    }

    /// Keeps all but the value.
    pub(crate) fn to_input(self) -> Input {
        let message = match self.whole {
            Whole::Input(input) => return input.clone(),
            Whole::Message(message) => message,
        };
        let mut headers = Vec::new();
        each_header(message, |key, value| {
            headers.push((key.to_owned(), value.unwrap_or_default().to_vec()));
        });
        Input { head: self.head, key: self.key().to_vec(), headers }
    }
}
