//! One message as received: its events and their tag.

use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use fluent::msgpack::{Array, DecodeError, Map, Value};
use fluent::{Entry, Mode};

/// The events of one message, validated on arrival and decoded lazily.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The tag, by which events are routed.
    pub tag: String,
    /// The id that the acknowledgement names; a message without one is not acknowledged.
    pub chunk: Option<String>,
    /// The form of the message.
    pub mode: Mode,
    entries: Bytes,
    count: u64,
}

/// Why bytes are not a message of the protocol.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BatchError {
    #[error("not a message of the protocol")]
    Decode(#[source] DecodeError),
    #[error("compressed events that can't be decompressed")]
    Gzip(#[source] io::Error),
    #[error("compressed events of more than {bytes_max} bytes")]
    TooLarge { bytes_max: usize },
    #[error("events compressed by something other than gzip: {0:?}")]
    UnknownCompression(String),
}

impl From<DecodeError> for BatchError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl Batch {
    /// The events in their order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        Entry::stream(&self.entries).map(|entry| entry.expect("each entry was read on arrival"))
    }

    /// How many events there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many bytes the events take, before compression.
    pub fn bytes(&self) -> usize {
        self.entries.len()
    }

    /// Reads a whole message; `None` if it is a heartbeat.
    pub(crate) fn decode(
        message: &Bytes,
        decompressed_bytes_max: usize,
    ) -> Result<Option<Self>, BatchError> {
        let mut items = match Value::read(message)? {
            Value::Nil => return Ok(None),
            Value::Array(items) => items,
            other => return Err(other.unexpected("message").into()),
        };
        let tag = next(&mut items)?.text()?.to_owned();
        let before = items.encoded();
        let (mode, entries) = match next(&mut items)? {
            Value::Array(entries) => (Mode::Forward, message.slice_ref(entries.encoded())),
            packed @ (Value::Bin(_) | Value::Str(_)) => {
                (Mode::PackedForward, message.slice_ref(packed.bytes()?))
            }
            _ => {
                next(&mut items)?;
                (Mode::Message, pair(&before[..before.len() - items.encoded().len()]))
            }
        };
        let options = Options::decode(items)?;
        let (mode, entries) = match (mode, options.compressed) {
            (Mode::PackedForward, Some("gzip")) => {
                (Mode::CompressedPackedForward, gunzip(&entries, decompressed_bytes_max)?)
            }
            (Mode::PackedForward, Some(other)) if other != "text" => {
                return Err(BatchError::UnknownCompression(other.to_owned()));
            }
            _ => (mode, entries),
        };
        let mut count = 0;
        for entry in Entry::stream(&entries) {
            entry?;
            count += 1;
        }
        Ok(Some(Self { tag, chunk: options.chunk.map(str::to_owned), mode, entries, count }))
    }
}

#[derive(Default)]
struct Options<'a> {
    chunk: Option<&'a str>,
    compressed: Option<&'a str>,
}

impl<'a> Options<'a> {
    fn decode(mut items: Array<'a>) -> Result<Self, DecodeError> {
        let options: Map<'a> = match items.next().transpose()? {
            None | Some(Value::Nil) => return Ok(Self::default()),
            Some(Value::Map(options)) => options,
            Some(other) => return Err(other.unexpected("map of options")),
        };
        if let Some(further) = items.next().transpose()? {
            return Err(further.unexpected("the end"));
        }
        let text = |value: Option<Value<'a>>| match value {
            None | Some(Value::Nil) => Ok(None),
            Some(value) => value.text().map(Some),
        };
        Ok(Self {
            chunk: text(options.get("chunk")?)?,
            compressed: text(options.get("compressed")?)?,
        })
    }
}

fn next<'a>(items: &mut Array<'a>) -> Result<Value<'a>, DecodeError> {
    items
        .next()
        .unwrap_or(Err(DecodeError::Unexpected { expected: "message", found: "too few items" }))
}

/// The entry that a message of one event would be in a list.
fn pair(time_and_record: &[u8]) -> Bytes {
    /// The header of an array of two.
    const PAIR: u8 = 0x92;
    [&[PAIR], time_and_record].concat().into()
}

fn gunzip(bytes: &[u8], decompressed_bytes_max: usize) -> Result<Bytes, BatchError> {
    let mut out = Vec::new();
    let beyond = u64::try_from(decompressed_bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(bytes).take(beyond).read_to_end(&mut out).map_err(BatchError::Gzip)?;
    if out.len() > decompressed_bytes_max {
        return Err(BatchError::TooLarge { bytes_max: decompressed_bytes_max });
    }
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use fluent::{Chunk, Entries, EventTime};

    const MODES: [Mode; 4] =
        [Mode::Message, Mode::Forward, Mode::PackedForward, Mode::CompressedPackedForward];

    fn message(chunk: &Chunk, mode: Mode) -> Bytes {
        chunk.encode(mode).unwrap().into()
    }

    fn chunk_of(records: &[(u32, u64)]) -> Chunk {
        let mut entries = Entries::default();
        for &(seconds, number) in records {
            entries
                .push(EventTime { seconds, nanoseconds: 1 }, |record| {
                    record.uint("number", number);
                    Ok::<_, DecodeError>(())
                })
                .unwrap();
        }
        Chunk { tag: "a.b".to_owned(), id: "id".to_owned(), entries }
    }

    proptest! {
        #[test]
        fn a_chunk_arrives_as_it_was_in_every_mode(records in prop::collection::vec(any::<(u32, u64)>(), 0..50)) {
            let chunk = chunk_of(&records);
            for mode in MODES.into_iter().filter(|&mode| mode != Mode::Message || records.len() == 1) {
                let batch = Batch::decode(&message(&chunk, mode), 1 << 20).unwrap().unwrap();
                prop_assert_eq!((&*batch.tag, batch.chunk.as_deref(), batch.mode), ("a.b", Some("id"), mode));
                let numbers: Vec<_> = batch.entries().map(|entry| {
                    let Entry { time, record } = entry;
                    let Some(Value::Uint(number)) = record.get("number").unwrap() else { panic!("no number") };
                    (time.seconds, number)
                }).collect();
                prop_assert_eq!(&numbers, &records);
                prop_assert_eq!((batch.count(), batch.bytes()), (records.len() as u64, chunk.entries.bytes()));
            }
        }

        #[test]
        fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Batch::decode(&bytes.into(), 1000).is_ok();
        }

        #[test]
        fn a_damaged_message_is_a_message_or_an_error(
            mode in prop::sample::select(&MODES),
            at in any::<prop::sample::Index>(),
            byte: u8,
        ) {
            let mut bytes = message(&chunk_of(&[(1, 2)]), mode).to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(Some(batch)) = Batch::decode(&bytes.into(), 1000) {
                prop_assert_eq!(batch.entries().count() as u64, batch.count());
            }
        }
    }

    #[test]
    fn a_nil_is_a_heartbeat() {
        assert!(Batch::decode(&Bytes::from_static(&[0xc0]), 0).unwrap().is_none());
    }

    #[test]
    fn options_may_be_absent_or_nil() {
        for end in [&[][..], &[0xc0], &[0x80]] {
            let count = if end.is_empty() { 2 } else { 3 };
            let bytes = [&[0x90 | count, 0xa1, b't', 0x90][..], end].concat();
            assert_eq!(Batch::decode(&bytes.into(), 0).unwrap().unwrap().chunk, None);
        }
    }

    #[test]
    fn events_may_be_packed_in_several_gzip_members() {
        let one = message(&chunk_of(&[(1, 2)]), Mode::CompressedPackedForward);
        let Value::Array(mut items) = Value::read(&one).unwrap() else { panic!("no message") };
        let packed = items.nth(1).unwrap().unwrap().bytes().unwrap();
        let twice = gunzip(&[packed, packed].concat(), 1000).unwrap();
        assert_eq!(Entry::stream(&twice).count(), 2);
    }

    #[test]
    fn a_small_message_does_not_become_a_large_one() {
        let chunk = chunk_of(&[(1, 1); 10_000]);
        let bytes = message(&chunk, Mode::CompressedPackedForward);
        assert!(bytes.len() < 10_000);
        let error = Batch::decode(&bytes, 100_000).unwrap_err();
        assert!(matches!(error, BatchError::TooLarge { bytes_max: 100_000 }), "{error}");
    }

    #[test]
    fn what_compresses_is_gzip_or_nothing() {
        let bytes = |name: &[u8]| {
            let length = 0xa0 | u8::try_from(name.len()).unwrap();
            let options = [&[0x81, 0xaa][..], b"compressed", &[length], name].concat();
            Bytes::from([&[0x93, 0xa1, b't', 0xc4, 0][..], &options].concat())
        };
        assert_eq!(Batch::decode(&bytes(b"text"), 0).unwrap().unwrap().mode, Mode::PackedForward);
        assert!(
            matches!(Batch::decode(&bytes(b"zstd"), 0), Err(BatchError::UnknownCompression(name)) if name == "zstd")
        );
        assert!(matches!(Batch::decode(&bytes(b"gzip"), 0), Err(BatchError::Gzip(_))));
    }
}
