//! What the kinds of flow look like to a partition's loop: a step takes records and returns what became of them.

pub(crate) mod asynchronous;
pub(crate) mod pure;
pub(crate) mod sink;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::api::collector::Emitted;
use crate::kafka::consumed_record::{ConsumedRecord, OwnedRecord};
use crate::kafka::headers::RecordHead;
use crate::partition::context::TaskContext;
use crate::record::reject::Reject;
use crate::schema::single_object::Fingerprint;

/// Makes the step of a task. The step notifies when an input in work is complete.
pub(crate) type MakeStep = Arc<dyn Fn(TaskContext, Arc<Notify>) -> Box<dyn Step> + Send + Sync>;

/// Turns records into what becomes of them, in input order.
pub(crate) trait Step: Send {
    /// Takes a record. What becomes of it is returned by [`Step::next_completed`], after what became of those before it.
    ///
    /// # Errors
    /// When the record's schema is unknown: the step has not taken it. To be given again once the schema is known.
    fn push(&mut self, record: ConsumedRecord<'_>) -> Result<(), UnknownSchema>;

    /// The next inputs that are complete, in input order.
    fn next_completed(&mut self) -> Option<Completed>;

    /// Whether another record may be pushed.
    fn has_room(&self) -> bool;

    /// Whether inputs are in work outside of the calls here.
    fn is_pending(&self) -> bool;

    /// A record of a compacted output, written by an earlier attempt or instance.
    fn restore_state(&mut self, _value: &[u8]) {}

    /// Nothing more will be pushed: what waits for more is complete as it is.
    fn finish(&mut self) {}

    /// Outputs that have been copied, empty: their memory may be used again.
    fn recycle(&mut self, _outputs: Emitted) {}
}

/// The schema that a record was written with is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnknownSchema(pub(crate) Fingerprint);

/// Inputs that are complete.
#[derive(Debug)]
pub(crate) enum Completed {
    /// One.
    Input(CompletedInput),
    /// Several that belong together: they are committed in one transaction, all or none.
    Group(Vec<CompletedInput>),
}

/// An input, and what became of it.
#[derive(Debug)]
pub(crate) struct CompletedInput {
    pub(crate) head: RecordHead,
    /// The bytes of its value.
    pub(crate) bytes: usize,
    pub(crate) outcome: Outcome,
}

/// What became of an input.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Its outputs; none for a record that a receiver has acknowledged.
    Outputs(Emitted),
    /// It can never succeed.
    Rejected(Box<OwnedRecord>, Reject),
}

impl CompletedInput {
    pub(crate) fn of(record: &ConsumedRecord<'_>, outputs: Emitted) -> Self {
        let outcome = Outcome::Outputs(outputs);
        Self { head: record.head, bytes: record.value.len(), outcome }
    }

    pub(crate) fn rejected(record: OwnedRecord, reject: Reject) -> Self {
        let (head, bytes) = (record.head, record.value.len());
        Self { head, bytes, outcome: Outcome::Rejected(Box::new(record), reject) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::record::dead_letter::{DeadLetter, DeadLetters};
    use crate::schema::single_object::encode;

    /// A dead letter with this payload as an input, at `offset`.
    pub(crate) fn record(offset: i64, order: Option<&str>, payload: &[u8]) -> OwnedRecord {
        let letter = DeadLetter {
            flow: "flow",
            version: "1",
            reason: "why",
            causes: Vec::new(),
            topic: "topic",
            partition: 0,
            offset,
            sequence: -1,
            part: -1,
            key: b"",
            headers: Vec::new(),
            payload,
            payload_bytes: 0,
            attempt: 1,
            cut: false,
        };
        let order = order.map(|order| order.parse().unwrap());
        let head = RecordHead { offset, order, ..RecordHead::default() };
        OwnedRecord {
            head,
            value: encode::<DeadLetters>(&letter).unwrap(),
            ..OwnedRecord::default()
        }
    }

    /// The offsets of completed inputs; rejected ones are negative.
    pub(crate) fn described(completed: &Completed) -> Vec<i64> {
        let inputs = match completed {
            Completed::Input(input) => std::slice::from_ref(input),
            Completed::Group(inputs) => inputs,
        };
        let offset = |input: &CompletedInput| match input.outcome {
            Outcome::Outputs(_) => input.head.offset,
            Outcome::Rejected(..) => -input.head.offset,
        };
        inputs.iter().map(offset).collect()
    }
}
