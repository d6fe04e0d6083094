//! Checks that a topic holds exactly the expected records: once, in order, byte for byte, each linked to its predecessor.

use std::collections::{BTreeMap, BTreeSet};

use flow::{RecordOrder, Topic};

use crate::Record;

/// A difference between a topic and the records expected in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are plain; each holds the position of the record")]
pub enum TopicFault {
    Missing(String),
    Doubled(String),
    Unexpected(String),
    OutOfOrder(String),
    OtherBytes(String),
    OtherPartition(String),
    /// Names another predecessor than the record before it.
    OtherPrevious(String),
}

/// A record that is expected: key and value.
type Expected = (Vec<u8>, Vec<u8>);

/// Checks `records`, all of the topic of `T` with `partitions` partitions, against the records that it should hold.
pub fn check_topic<'a, T: Topic>(
    records: &[Record],
    partitions: u32,
    expected: impl IntoIterator<Item = T::Record<'a>>,
) -> Vec<TopicFault> {
    let mut wanted: BTreeMap<String, (RecordOrder, Expected)> = BTreeMap::new();
    for record in expected {
        let position = T::order(&record);
        let mut key = Vec::new();
        T::key(&record, &mut key);
        let value = flow::encode::<T>(&record).unwrap();
        wanted.insert(position.to_string(), (position, (key, value)));
    }
    let mut faults = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut last: BTreeMap<i32, RecordOrder> = BTreeMap::new();
    for record in records {
        let text = record.position().to_owned();
        if !seen.insert(text.clone()) {
            faults.insert(TopicFault::Doubled(text.clone()));
        }
        let Some((position, (key, value))) = wanted.get(&text) else {
            faults.insert(TopicFault::Unexpected(text));
            continue;
        };
        if (&record.key, &record.value) != (key, value) {
            faults.insert(TopicFault::OtherBytes(text.clone()));
        }
        if position.partition(partitions) != record.partition {
            faults.insert(TopicFault::OtherPartition(text.clone()));
        }
        let before = last.insert(record.partition, *position);
        if before.is_some_and(|before| before.id() >= position.id()) {
            faults.insert(TopicFault::OutOfOrder(text.clone()));
        }
        if record.header("previous") != before.map(|it| it.id().to_string()).as_deref() {
            faults.insert(TopicFault::OtherPrevious(text));
        }
    }
    faults.extend(wanted.into_keys().filter(|text| !seen.contains(text)).map(TopicFault::Missing));
    faults.into_iter().collect()
}
