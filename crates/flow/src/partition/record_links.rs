//! Record links: each output names the record before it in its partition.

use std::collections::BTreeMap;

use crate::api::collector::Emitted;
use crate::kafka::transactional_producer::ProducerRecord;
use crate::record::progress::Progress;
use crate::record::record_order::SequenceId;

/// The last record of each output partition, as of the last commit.
#[derive(Debug)]
pub(crate) struct RecordLinks {
    topics: Vec<String>,
    partitions: u32,
    progress: Progress,
}

impl RecordLinks {
    /// Goes on from `progress` in `topics`, the last of which holds the dead letters.
    pub(crate) const fn new(topics: Vec<String>, partitions: u32, progress: Progress) -> Self {
        Self { topics, partitions, progress }
    }

    /// What has been committed.
    pub(crate) const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Links records to those before them. Returns them with the progress that is made once they are committed; `read` is the
    /// last input that had an order.
    pub(crate) fn link<'a>(
        &'a self,
        emitted: &'a Emitted,
        read: Option<SequenceId>,
    ) -> (Vec<ProducerRecord<'a>>, Progress) {
        let mut last: BTreeMap<(usize, i32), Option<SequenceId>> = BTreeMap::new();
        let mut records = Vec::with_capacity(emitted.records().len());
        for record in emitted.records() {
            let (topic, partition) = (record.topic, record.order.partition(self.partitions));
            let end = last.entry((topic, partition)).or_insert_with(|| self.end(topic, partition));
            records.push(ProducerRecord {
                topic: &self.topics[topic],
                partition,
                key: emitted.key(record),
                value: emitted.value(record),
                order: Some(record.order),
                previous: *end,
                announced_ms: record.announced_ms,
                extra_headers: &[],
            });
            if !self.is_dead_letters(topic) {
                *end = Some(record.order.id());
            }
        }
        let mut progress = self.progress.clone();
        progress.read = read.or(progress.read);
        for ((topic, partition), end) in last {
            if let Some(id) = end {
                progress.written.insert(self.name(topic, partition), id);
            }
        }
        (records, progress)
    }

    /// Records are committed: `progress` is what [`RecordLinks::link`] returned with them.
    pub(crate) fn advance(&mut self, progress: Progress) {
        self.progress = progress;
    }

    fn end(&self, topic: usize, partition: i32) -> Option<SequenceId> {
        self.progress.written.get(&self.name(topic, partition)).copied()
    }

    fn name(&self, topic: usize, partition: i32) -> String {
        format!("{}/{partition}", self.topics[topic])
    }

    /// Several flows write to the dead letters, so they are not linked.
    fn is_dead_letters(&self, topic: usize) -> bool {
        topic + 1 == self.topics.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::collector::Collector;
    use crate::record::dead_letter::{DEAD_LETTERS, DeadLetter, DeadLetters};
    use crate::record::topic::TopicSchema;

    fn letter(sequence: i64) -> DeadLetter<'static> {
        DeadLetter {
            flow: "flow",
            version: "1",
            reason: "why",
            causes: Vec::new(),
            topic: "topic",
            partition: 0,
            offset: 0,
            sequence,
            part: 0,
            key: b"",
            headers: Vec::new(),
            payload: b"",
            payload_bytes: 0,
            attempt: 1,
            cut: false,
        }
    }

    fn link(topics: &[&str], sequences: &[i64]) -> (Vec<Option<String>>, Progress) {
        let mut collector = Collector::new(&[TopicSchema::of::<DeadLetters>()]);
        for sequence in sequences {
            collector.emit::<DeadLetters>(&letter(*sequence)).unwrap();
        }
        let mut progress = Progress { partitions: 2, ..Progress::default() };
        progress.written.insert("out/1".into(), SequenceId { sequence: 3, part: 1 });
        let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
        let links = RecordLinks::new(topics, 2, progress);
        let emitted = collector.take();
        let read = Some(SequenceId { sequence: 9, part: 0 });
        let (records, progress) = links.link(&emitted, read);
        let previous = records.iter().map(|record| record.previous.map(|id| id.to_string()));
        (previous.collect(), progress)
    }

    #[test]
    fn each_record_names_the_one_before_it_in_its_partition() {
        let (previous, progress) = link(&["out", "last"], &[4, 5, 6, 9]);
        let wanted = [None, Some("3/1"), Some("4/0"), Some("5/0")];
        assert_eq!(previous, wanted.map(|id| id.map(str::to_owned)));
        let ends: Vec<_> =
            progress.written.iter().map(|(name, id)| format!("{name} {id}")).collect();
        assert_eq!(ends, ["out/0 6/0", "out/1 9/0"]);
        assert_eq!(progress.read, Some(SequenceId { sequence: 9, part: 0 }));
    }

    #[test]
    fn records_that_several_flows_write_are_not_linked() {
        let (previous, progress) = link(&[DEAD_LETTERS.name], &[4, 6]);
        assert_eq!(previous, [None, None]);
        assert_eq!(progress.written.len(), 1);
    }
}
