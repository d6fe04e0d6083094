//! A chunk, the unit of acknowledgement, in the four message modes.

use std::borrow::Cow;
use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use crate::Entries;
use crate::msgpack::put;

/// Events under one tag, acknowledged together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The tag, by which the receiver routes the events.
    pub tag: String,
    /// The id in the receiver's acknowledgement.
    pub id: String,
    /// The events.
    pub entries: Entries,
}

/// The four modes of a message that carries events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// One event.
    Message,
    /// A list of events.
    Forward,
    /// Events packed into one binary, which a receiver can store without decoding it.
    #[default]
    PackedForward,
    /// The same, compressed by gzip.
    CompressedPackedForward,
}

/// Why a chunk can't be encoded in a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A message in that mode carries exactly one event.
    #[error("a chunk of {count} events in message mode, which carries one")]
    NotOneEvent {
        /// How many the chunk has.
        count: u32,
    },
    /// Every length in MessagePack has 32 bits.
    #[error("a chunk of {bytes} bytes, and 4 GiB is the most")]
    TooLarge {
        /// How many the chunk has.
        bytes: usize,
    },
}

/// A message in three parts, so that the events need not be copied.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) head: Vec<u8>,
    pub(crate) body: Cow<'a, [u8]>,
    pub(crate) tail: Vec<u8>,
}

impl Chunk {
    /// The message as bytes.
    ///
    /// # Errors
    /// When the chunk has no form in this mode.
    pub fn encode(&self, mode: Mode) -> Result<Vec<u8>, EncodeError> {
        let frame = self.frame(mode)?;
        Ok([&frame.head, &*frame.body, &frame.tail].concat())
    }

    pub(crate) fn frame(&self, mode: Mode) -> Result<Frame<'_>, EncodeError> {
        let mut head = Vec::new();
        let mut body = Cow::Borrowed(self.entries.encoded());
        match mode {
            Mode::Message => {
                let count = self.entries.count();
                if count != 1 {
                    return Err(EncodeError::NotOneEvent { count });
                }
                put::array_header(&mut head, 4);
                put::str(&mut head, &self.tag);
                // Time and record are items of the message itself: without the header of their pair.
                body = Cow::Borrowed(&self.entries.encoded()[1..]);
            }
            Mode::Forward => {
                put::array_header(&mut head, 3);
                put::str(&mut head, &self.tag);
                put::array_header(&mut head, self.entries.count());
            }
            Mode::PackedForward | Mode::CompressedPackedForward => {
                if mode == Mode::CompressedPackedForward {
                    body = Cow::Owned(gzip(&body));
                }
                let bytes = u32::try_from(body.len())
                    .map_err(|_| EncodeError::TooLarge { bytes: body.len() })?;
                put::array_header(&mut head, 3);
                put::str(&mut head, &self.tag);
                put::bin_header(&mut head, bytes);
            }
        }
        Ok(Frame { head, body, tail: self.options(mode) })
    }

    fn options(&self, mode: Mode) -> Vec<u8> {
        let mut out = Vec::new();
        let compressed = mode == Mode::CompressedPackedForward;
        put::map_header(&mut out, if compressed { 3 } else { 2 });
        put::str(&mut out, "chunk");
        put::str(&mut out, &self.id);
        put::str(&mut out, "size");
        put::uint(&mut out, u64::from(self.entries.count()));
        if compressed {
            put::str(&mut out, "compressed");
            put::str(&mut out, "gzip");
        }
        out
    }
}

/// Fast: records repeat their keys, so that more effort gains little.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("a vector takes every write")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EventTime;
    use crate::msgpack::{TranscodeError, Value};

    fn chunk(events: u32) -> Chunk {
        let mut entries = Entries::default();
        for seconds in 0..events {
            entries
                .push(EventTime { seconds, nanoseconds: 0 }, |record| {
                    record.str("k", "v");
                    Ok::<_, TranscodeError>(())
                })
                .unwrap();
        }
        Chunk { tag: "t".to_owned(), id: "i".to_owned(), entries }
    }

    fn text(chunk: &Chunk, mode: Mode) -> String {
        Value::read(&chunk.encode(mode).unwrap()).unwrap().to_string()
    }

    #[test]
    fn each_mode_has_the_shape_that_the_protocol_gives_it() {
        assert_eq!(
            text(&chunk(1), Mode::Message),
            r#"["t",[0,[0,0,0,0,0,0,0,0]],{"k":"v"},{"chunk":"i","size":1}]"#
        );
        assert_eq!(
            text(&chunk(1), Mode::Forward),
            r#"["t",[[[0,[0,0,0,0,0,0,0,0]],{"k":"v"}]],{"chunk":"i","size":1}]"#
        );
        assert_eq!(
            text(&chunk(1), Mode::PackedForward),
            r#"["t",[146,215,0,0,0,0,0,0,0,0,0,129,161,107,161,118],{"chunk":"i","size":1}]"#
        );
        let compressed = text(&chunk(1), Mode::CompressedPackedForward);
        assert!(compressed.starts_with(r#"["t",[31,139,"#), "{compressed}");
        assert!(
            compressed.ends_with(r#",{"chunk":"i","size":1,"compressed":"gzip"}]"#),
            "{compressed}"
        );
    }

    #[test]
    fn message_mode_takes_exactly_one_event() {
        for count in [0, 2] {
            assert_eq!(
                chunk(count).frame(Mode::Message).unwrap_err(),
                EncodeError::NotOneEvent { count }
            );
        }
    }
}
