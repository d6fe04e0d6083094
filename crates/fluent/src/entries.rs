//! Events to send, encoded as they are added.

use crate::EventTime;
use crate::msgpack::{MapWriter, Value, put, write_map};

/// The events of a chunk, encoded as every mode sends them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    encoded: Vec<u8>,
    count: u32,
}

impl Entries {
    /// Adds an event whose record consists of the members that `record` adds. If `record` fails, nothing is added.
    pub fn push<E>(
        &mut self,
        time: EventTime,
        record: impl FnOnce(&mut MapWriter<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        write_entry(&mut self.encoded, time, record)?;
        self.count += 1;
        Ok(())
    }

    /// Takes `count` events that were written by [`write_entry`] one after the other.
    pub fn from_written(encoded: Vec<u8>, count: u32) -> Self {
        Self { encoded, count }
    }

    /// Adds the events of another list after its own.
    pub fn append(&mut self, other: &Self) {
        self.encoded.extend_from_slice(&other.encoded);
        self.count += other.count;
    }

    /// Each event by itself, in their order.
    ///
    /// # Panics
    /// If what was taken by [`Entries::from_written`] are no events.
    pub fn singly(&self) -> impl Iterator<Item = Self> {
        let mut rest = &*self.encoded;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (_, after) = Value::read_first(rest).expect("events follow one another");
            let (event, after) = rest.split_at(rest.len() - after.len());
            rest = after;
            Some(Self { encoded: event.to_vec(), count: 1 })
        })
    }

    /// How many events there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// How many bytes they take, before compression.
    pub fn bytes(&self) -> usize {
        self.encoded.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Removes all, and keeps the memory.
    pub fn clear(&mut self) {
        self.encoded.clear();
        self.count = 0;
    }

    pub(crate) fn encoded(&self) -> &[u8] {
        &self.encoded
    }
}

/// Appends one event to `out`, as [`Entries::push`] does, for callers that collect events themselves.
pub fn write_entry<E>(
    out: &mut Vec<u8>,
    time: EventTime,
    record: impl FnOnce(&mut MapWriter<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let before = out.len();
    put::array_header(out, 2);
    time.encode(out);
    write_map(out, record).inspect_err(|_| out.truncate(before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Entry;

    #[test]
    fn a_record_that_fails_adds_no_event() {
        let mut entries = Entries::default();
        entries.push(EventTime::default(), |record| record.json_members(r#"{"a": 1}"#)).unwrap();
        entries.push(EventTime::default(), |record| record.json_members(r#"{"b": }"#)).unwrap_err();
        assert_eq!((entries.count(), Entry::stream(entries.encoded()).count()), (1, 1));
    }

    #[test]
    fn appended_events_follow() {
        let time = |seconds| EventTime { seconds, nanoseconds: 0 };
        let of = |seconds| {
            let mut entries = Entries::default();
            entries.push::<()>(time(seconds), |_| Ok(())).unwrap();
            entries
        };
        let mut entries = of(1);
        entries.append(&of(2));
        let times: Vec<_> = Entry::stream(entries.encoded()).map(|it| it.unwrap().time).collect();
        assert_eq!(times, [time(1), time(2)]);
        assert_eq!(entries.count(), 2);
        assert_eq!(entries.singly().collect::<Vec<_>>(), [of(1), of(2)]);
        entries.clear();
        assert!(entries.is_empty());
        assert_eq!(entries.bytes(), 0);
    }
}
