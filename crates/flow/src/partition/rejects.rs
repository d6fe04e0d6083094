//! What becomes of rejected inputs: dead letters within the limit, or a halt.

use std::collections::VecDeque;

use crate::api::collector::{Collector, Emitted};
use crate::kafka::consumed_record::OwnedRecord;
use crate::observe::labels::{ByFlow, ByReason};
use crate::partition::batch::Batch;
use crate::partition::context::TaskContext;
use crate::partition::step::{Completed, CompletedInput, Outcome};
use crate::record::dead_letter::{DeadLetter, DeadLetters, Header};
use crate::record::reject::{OnReject, Reject};
use crate::record::topic::RECORD_BYTES_MAX;
use crate::settings::RejectLimit;

/// A dead letter keeps this much of the input's key, of each cause, and of its headers in all; the rest is left to the value.
const KEY_BYTES_MAX: usize = 64 << 10;
const CAUSE_CHARS_MAX: usize = 4 << 10;
const CAUSES_MAX: usize = 16;
const HEADER_BYTES_MAX: usize = 64 << 10;
/// What a dead letter holds beside them.
const DEAD_LETTER_FRAME_BYTES: usize = 8 << 10;

/// Adds complete inputs to a batch, rejected ones by the flow's policy.
pub(crate) struct Rejects {
    task: TaskContext,
    window: RejectWindow,
    dead_letters: Collector,
    topic: String,
}

/// Why the partition halts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Halt(pub(crate) String);

impl Rejects {
    pub(crate) fn new(task: TaskContext) -> Self {
        Self {
            window: RejectWindow::new(task.flow.settings.rejects_max),
            dead_letters: Collector::new(&task.flow.outputs),
            topic: task.flow.topic(task.at),
            task,
        }
    }

    /// Adds inputs that are complete together, all or none. Returns the memory of their outputs, to be used again.
    ///
    /// # Errors
    /// [`Halt`] when an input was rejected that may not be: then nothing was added.
    pub(crate) fn add(&mut self, completed: Completed, batch: &mut Batch) -> Result<Emitted, Halt> {
        let inputs = match completed {
            Completed::Input(CompletedInput {
                head,
                bytes,
                outcome: Outcome::Outputs(mut outputs),
            }) => {
                self.window.pass();
                batch.add(&head, bytes, &mut outputs);
                return Ok(outputs);
            }
            Completed::Input(input) => vec![input],
            Completed::Group(inputs) => inputs,
        };
        let mut window = self.window.clone();
        for input in &inputs {
            if let Outcome::Rejected(record, reject) = &input.outcome {
                self.check(record, reject, &mut window)?;
            }
            window.pass();
        }
        self.window = window;
        let mut spare = Emitted::default();
        for CompletedInput { head, bytes, outcome } in inputs {
            let mut outputs = match outcome {
                Outcome::Outputs(outputs) => outputs,
                Outcome::Rejected(record, reject) => self.dead_letter(&record, &reject),
            };
            batch.add(&head, bytes, &mut outputs);
            spare = outputs;
        }
        Ok(spare)
    }

    /// Whether a rejected input becomes a dead letter.
    fn check(
        &self,
        record: &OwnedRecord,
        reject: &Reject,
        window: &mut RejectWindow,
    ) -> Result<(), Halt> {
        let (flow, offset) = (&self.task.flow, record.head.offset);
        let by_flow = ByFlow { flow: flow.flow };
        flow.metrics.rejected.get_or_create(&by_flow).inc();
        let by_reason = ByReason { flow: flow.flow, reason: reject.reason() };
        flow.metrics.rejects_by_reason.get_or_create(&by_reason).inc();
        let causes = reject.causes().join(": ");
        if flow.on_reject == OnReject::Halt {
            return Err(Halt(format!("at offset {offset}: {causes}")));
        }
        window.reject().map_err(|too_many| {
            flow.metrics.rejects_exceeded.get_or_create(&by_flow).inc();
            Halt(format!("at offset {offset}: {too_many}; the next one: {causes}"))
        })
    }

    fn dead_letter(&mut self, record: &OwnedRecord, reject: &Reject) -> Emitted {
        let (flow, partition) = (self.task.flow.flow, self.task.health.name());
        let (offset, causes) = (record.head.offset, reject.causes().join(": "));
        tracing::warn!(flow, partition, offset, causes, "rejected, written to dead-letters");
        let letter = dead_letter(record, flow, &self.topic, reject);
        self.dead_letters.emit::<DeadLetters>(&letter).expect("a dead letter fits its schema");
        self.dead_letters.take()
    }
}

/// The dead letter of a record: cut where it would not fit.
fn dead_letter<'a>(
    record: &'a OwnedRecord,
    flow: &'a str,
    topic: &'a str,
    reject: &'a Reject,
) -> DeadLetter<'a> {
    let id = record.head.order.map(super::super::record::record_order::RecordOrder::id);
    let causes: Vec<String> = reject
        .causes()
        .into_iter()
        .take(CAUSES_MAX)
        .map(|cause| cause.chars().take(CAUSE_CHARS_MAX).collect())
        .collect();
    let mut headers_left = HEADER_BYTES_MAX;
    let headers: Vec<Header<'_>> = record
        .headers
        .iter()
        .map_while(|(key, value)| {
            headers_left = headers_left.checked_sub(key.len() + value.len() + 16)?;
            Some(Header { key, value })
        })
        .collect();
    let value = record.value.as_slice();
    let key = &record.key[..record.key.len().min(KEY_BYTES_MAX)];
    let taken = DEAD_LETTER_FRAME_BYTES
        + 2 * key.len()
        + (HEADER_BYTES_MAX - headers_left)
        + causes.iter().map(String::len).sum::<usize>();
    let payload = &value[..value.len().min(RECORD_BYTES_MAX.saturating_sub(taken))];
    DeadLetter {
        flow,
        version: env!("CARGO_PKG_VERSION"),
        reason: reject.reason(),
        causes,
        topic,
        partition: record.head.partition,
        offset: record.head.offset,
        sequence: id.map_or(-1, |id| i64::try_from(id.sequence).unwrap_or(i64::MAX)),
        part: id.map_or(-1, |id| i32::try_from(id.part).unwrap_or(i32::MAX)),
        key,
        cut: key.len() < record.key.len()
            || headers.len() < record.headers.len()
            || payload.len() < value.len(),
        payload,
        payload_bytes: i64::try_from(value.len()).unwrap_or(i64::MAX),
        attempt: record.head.attempt.map_or(1, u32::cast_signed),
        headers,
    }
}

/// As many inputs were rejected as may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{most} of the last {of} inputs were rejected, and more are not allowed (`--rejects-max`)")]
struct TooManyRejects {
    most: u32,
    of: u32,
}

/// The rejects among the last inputs of a partition. Starts again with the worker's attempt.
#[derive(Debug, Clone)]
struct RejectWindow {
    max: RejectLimit,
    inputs: u64,
    /// Which inputs were rejected, the last `most` of them.
    rejected: VecDeque<u64>,
}

impl RejectWindow {
    const fn new(max: RejectLimit) -> Self {
        Self { max, inputs: 0, rejected: VecDeque::new() }
    }

    /// Counts the next input as rejected, if it may be; [`RejectWindow::pass`] follows.
    fn reject(&mut self) -> Result<(), TooManyRejects> {
        let RejectLimit::Among { most, of } = self.max else { return Ok(()) };
        let is_full = self.rejected.len() as u64 >= u64::from(most);
        let oldest = self.rejected.front().copied().unwrap_or(self.inputs);
        if is_full && self.inputs - oldest < u64::from(of) {
            return Err(TooManyRejects { most, of });
        }
        if is_full {
            self.rejected.pop_front();
        }
        self.rejected.push_back(self.inputs);
        Ok(())
    }

    /// The next input is done.
    const fn pass(&mut self) {
        self.inputs += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::headers::RecordHead;
    use crate::partition::context::tests::task_with;
    use crate::record::record_order::RecordOrder;
    use crate::record::topic::TopicSchema;

    fn record(offset: i64) -> OwnedRecord {
        let order = Some(RecordOrder::whole(1));
        let head = RecordHead { offset, order, ..RecordHead::default() };
        OwnedRecord { head, value: b"x".to_vec(), ..OwnedRecord::default() }
    }

    #[test]
    fn of_a_group_with_too_many_rejects_nothing_is_added() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut rejects = Rejects::new(task_with(&runtime, &["--rejects-max", "2/10"]));
        let mut batch = Batch::new(1 << 20);
        let done = |offset| CompletedInput::of(&record(offset).as_consumed(), Emitted::default());
        let rejected = |offset| CompletedInput::rejected(record(offset), Reject::new("why"));
        let group = |inputs: Vec<CompletedInput>| Completed::Group(inputs);
        rejects.add(group(vec![done(1), rejected(2)]), &mut batch).unwrap();
        assert_eq!((batch.inputs(), batch.outputs().records().len()), (2, 1));
        let halt = rejects.add(group(vec![done(3), rejected(4), rejected(5)]), &mut batch);
        let why = halt.unwrap_err().0;
        assert!(why.starts_with("at offset 5: 2 of the last 10 inputs were rejected"), "{why}");
        assert_eq!((batch.inputs(), batch.end().map(|end| end.next_offset)), (2, Some(3)));
        // What was not added does not count either.
        rejects.add(group(vec![rejected(3)]), &mut batch).unwrap();
    }

    #[test]
    fn the_largest_input_has_a_dead_letter_that_fits() {
        let mut record = record(5);
        record.key = vec![0; 300_000];
        record.headers = vec![("header".into(), vec![0; 300_000])];
        record.value = vec![0; 1 << 20];
        let reject = Reject::because("why", anyhow::Error::msg("x".repeat(300_000)));
        let letter = dead_letter(&record, "flow", "topic", &reject);
        assert!(letter.is_cut());
        let mut collector = Collector::new(&[TopicSchema::of::<DeadLetters>()]);
        collector.emit::<DeadLetters>(&letter).unwrap();
    }

    #[test]
    fn a_dead_letter_says_which_attempt_its_input_was() {
        let (mut record, reject) = (record(5), Reject::new("why"));
        assert_eq!(dead_letter(&record, "flow", "topic", &reject).attempt, 1);
        record.head.attempt = Some(4);
        let letter = dead_letter(&record, "flow", "topic", &reject);
        assert_eq!((letter.attempt, letter.is_cut()), (4, false));
    }

    /// Feeds inputs, `x` for one that is to be rejected; returns the first that may not be.
    fn halts_at(max: &str, inputs: impl IntoIterator<Item = char>) -> Option<usize> {
        let mut window = RejectWindow::new(max.parse().unwrap());
        inputs.into_iter().position(|input| {
            if input == 'x' && window.reject().is_err() {
                return true;
            }
            window.pass();
            false
        })
    }

    #[test]
    fn as_many_as_allowed_are_rejected_and_no_more() {
        assert_eq!(halts_at("2/5", "xxx".chars()), Some(2));
        assert_eq!(halts_at("2/5", "xx..x".chars()), Some(4));
        assert_eq!(halts_at("2/5", "x...x.x...x".chars()), None);
        assert_eq!(halts_at("0/1", "....x".chars()), Some(4));
    }

    #[test]
    fn rejects_before_the_window_are_forgotten() {
        assert_eq!(halts_at("2/5", "xx...x....xxx".chars()), Some(12));
        assert_eq!(halts_at("2/5", ".x...x...x".repeat(100).chars()), None);
    }

    #[test]
    fn without_a_limit_anything_may_be_rejected() {
        assert_eq!(halts_at("off", "x".repeat(10_000).chars()), None);
    }
}
