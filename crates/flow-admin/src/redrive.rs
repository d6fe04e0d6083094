//! Re-driven records: inputs that come back out of dead letters, in the order and with the links of a lane of their own.

use std::collections::BTreeMap;

use flow::Namespace;
use flow::tooling::{ATTEMPT, ATTEMPTS_MAX, PREVIOUS, ProducerRecord};
use flow::tooling::{DeadLetter, Header};
use flow::{RecordOrder, SequenceId};

/// An input as it was, on its way into a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedrivenRecord {
    topic: String,
    partition: i32,
    offset: i64,
    place: Option<SequenceId>,
    key: Vec<u8>,
    value: Vec<u8>,
    /// As they were, without the one before it, which is another one now, and with the attempt.
    headers: Vec<(String, Vec<u8>)>,
    attempt: u32,
}

impl RedrivenRecord {
    /// The input of a dead letter that is whole, for the same topic of the lane `to`, which has `partitions`.
    pub fn new(letter: &DeadLetter<'_>, to: &Namespace, partitions: u32) -> Self {
        let place = letter.id();
        let partition = match place {
            Some(SequenceId { sequence, part }) => {
                RecordOrder { sequence, part, count: u32::MAX }.partition(partitions)
            }
            None => letter.partition.rem_euclid(partitions.cast_signed()),
        };
        let stays = |header: &&Header<'_>| ![PREVIOUS, ATTEMPT].contains(&header.key);
        let as_was = letter.headers.iter().filter(stays);
        let before = u32::try_from(letter.attempt).unwrap_or(1).clamp(1, ATTEMPTS_MAX - 1);
        let attempt = before + 1;
        Self {
            topic: format!("{to}.{}", topic_of(letter)),
            partition,
            offset: letter.offset,
            place,
            key: letter.key.to_vec(),
            value: letter.payload.to_vec(),
            headers: as_was
                .map(|header| (header.key.to_owned(), header.value.to_vec()))
                .chain([(ATTEMPT.to_owned(), attempt.to_string().into_bytes())])
                .collect(),
            attempt,
        }
    }

    /// Which input it is, in order. Two lanes may have held the same record at other offsets: where there is a place, that is it.
    fn identity(&self) -> (&str, i32, bool, Option<SequenceId>, i64) {
        let offset = if self.place.is_some() { 0 } else { self.offset };
        (&self.topic, self.partition, self.place.is_none(), self.place, offset)
    }
}

/// The name of the input topic, without network and lane.
fn topic_of<'a>(letter: &DeadLetter<'a>) -> &'a str {
    letter.topic.rsplit('.').next().unwrap_or(letter.topic)
}

/// Puts inputs into the order of their partitions, each once: of two dead letters about one input the later attempt counts.
/// What has no place comes last.
pub fn in_order(mut inputs: Vec<RedrivenRecord>) -> Vec<RedrivenRecord> {
    inputs.sort_by(|a, b| a.identity().cmp(&b.identity()).then(b.attempt.cmp(&a.attempt)));
    inputs.dedup_by(|later, first| later.identity() == first.identity());
    inputs
}

/// The records of ordered inputs, each naming the one that is really before it.
pub(crate) fn linked(inputs: &[RedrivenRecord]) -> Vec<ProducerRecord<'_>> {
    let mut last: BTreeMap<(&str, i32), SequenceId> = BTreeMap::new();
    let mut records = Vec::with_capacity(inputs.len());
    for input in inputs {
        let partition = (input.topic.as_str(), input.partition);
        let previous = last.get(&partition).copied();
        if let Some(place) = input.place {
            last.insert(partition, place);
        }
        records.push(ProducerRecord {
            topic: &input.topic,
            partition: input.partition,
            key: &input.key,
            value: &input.value,
            order: None,
            previous,
            announced_ms: None,
            extra_headers: &input.headers,
        });
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(sequence: i64, offset: i64, attempt: i32) -> DeadLetter<'static> {
        DeadLetter {
            flow: "flow",
            version: "1",
            reason: "why",
            causes: Vec::new(),
            topic: "net.lane.numbers",
            partition: 1,
            offset,
            sequence,
            part: 0,
            key: b"key",
            headers: vec![
                Header { key: "position", value: b"as it was" },
                Header { key: "previous", value: b"1/0" },
                Header { key: "origin", value: b"\xFF" },
                Header { key: "attempt", value: b"1" },
            ],
            payload: b"bytes",
            payload_bytes: 5,
            attempt,
            cut: false,
        }
    }

    fn redriven(letters: &[DeadLetter<'_>]) -> Vec<RedrivenRecord> {
        let scope = Namespace::new("net".parse().unwrap(), Some("again".parse().unwrap()));
        in_order(letters.iter().map(|letter| RedrivenRecord::new(letter, &scope, 4)).collect())
    }

    #[test]
    fn inputs_come_in_order_and_name_the_ones_before_them_in_the_new_lane() {
        let letters = [letter(13, 9, 1), letter(-1, 7, 1), letter(8, 5, 1), letter(5, 3, 1)];
        let inputs = redriven(&letters);
        let records = linked(&inputs);
        let seen: Vec<_> = records
            .iter()
            .map(|it| (it.partition, it.previous.map(|place| place.sequence)))
            .collect();
        assert_eq!(seen, [(0, None), (1, None), (1, Some(5)), (1, Some(13))]);
        assert_eq!(records[0].topic, "net.again.numbers");
        let headers = records[0].extra_headers.iter();
        let headers: Vec<_> =
            headers.map(|(key, value)| (key.as_str(), value.as_slice())).collect();
        let wanted: [(&str, &[u8]); 3] =
            [("position", b"as it was"), ("origin", b"\xFF"), ("attempt", b"2")];
        assert_eq!(headers, wanted);
        assert_eq!((records[0].key, records[0].value), (&b"key"[..], &b"bytes"[..]));
    }

    #[test]
    fn an_input_with_two_dead_letters_comes_once() {
        let inputs =
            redriven(&[letter(5, 3, 2), letter(5, 30, 1), letter(-1, 4, 1), letter(-1, 5, 1)]);
        let attempts: Vec<_> = inputs.iter().map(|it| (it.offset, it.attempt)).collect();
        assert_eq!(attempts, [(3, 3), (4, 2), (5, 2)]);
    }

    #[test]
    fn attempts_are_counted_up_to_a_bound() {
        for (before, after) in [(-5, 2), (0, 2), (1, 2), (7, 8), (i32::MAX, ATTEMPTS_MAX)] {
            assert_eq!(redriven(&[letter(5, 3, before)])[0].attempt, after);
        }
    }
}
