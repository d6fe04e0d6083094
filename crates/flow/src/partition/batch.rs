//! What one transaction will hold.

use std::time::{Duration, Instant};

use crate::api::collector::{Collector, Emitted, Mark};
use crate::kafka::consumed_record::RecordHead;
use crate::kafka::owned_record::OwnedRecord;
use crate::partition::rejects;
use crate::record::dead_letter::DeadLetters;
use crate::record::record_order::SequenceId;
use crate::record::reject::Reject;
use crate::record::topic::{Topic as _, TopicSchema};
use crate::settings::reject_limit::{RejectLimit, TooManyRejects, Window};

/// A transaction holds at most so many inputs.
const INPUTS_MAX: usize = 10_000;
/// A transaction is not gathered for longer than this.
const GATHERING: Duration = Duration::from_millis(500);

/// Outputs and progress, gathered from settled inputs.
#[derive(Debug)]
pub(crate) struct Batch {
    outbox: Collector,
    bytes_max: usize,
    inputs: usize,
    input_bytes: usize,
    since: Option<Instant>,
    settled: Option<Settled>,
    announced_ms: Vec<u64>,
    boundary: Option<Boundary>,
    /// Goes on from batch to batch.
    rejects: Window,
}

/// A place in a batch at which a transaction may end.
#[derive(Debug)]
struct Boundary {
    mark: Mark,
    inputs: usize,
    settled: Option<Settled>,
    announced: usize,
}

/// How far the inputs are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settled {
    /// The offset to go on from.
    pub(crate) next_offset: i64,
    /// The last input that had a place.
    pub(crate) place: Option<SequenceId>,
}

impl Batch {
    /// A batch for a flow that writes `outputs`, the last of which has to be the dead letters.
    pub(crate) fn new(outputs: &[TopicSchema], bytes_max: usize, rejects_max: RejectLimit) -> Self {
        debug_assert!(
            outputs.last().is_some_and(|last| last.spec == DeadLetters::SPEC),
            "rejects have a place to go"
        );
        Self {
            outbox: Collector::new(outputs),
            bytes_max,
            inputs: 0,
            input_bytes: 0,
            since: None,
            settled: None,
            announced_ms: Vec::new(),
            boundary: None,
            rejects: Window::new(rejects_max),
        }
    }

    pub(crate) fn outbox(&mut self) -> &mut Collector {
        &mut self.outbox
    }

    pub(crate) fn emitted(&self) -> &Emitted {
        self.outbox.emitted()
    }

    pub(crate) fn settled(&self) -> Option<Settled> {
        self.settled
    }

    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(crate) fn announced_ms(&self) -> &[u64] {
        &self.announced_ms
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.inputs == 0
    }

    pub(crate) fn is_full(&self) -> bool {
        self.inputs >= INPUTS_MAX
            || self.outbox.emitted().bytes().max(self.input_bytes) >= self.bytes_max
            || self.since.is_some_and(|since| since.elapsed() >= GATHERING)
    }

    /// Takes up an input whose outputs were put since `mark`.
    pub(crate) fn settle(&mut self, head: &RecordHead, input_bytes: usize, mark: Mark) {
        self.outbox.stamp(mark, head.announced_ms);
        self.since.get_or_insert_with(Instant::now);
        self.inputs += 1;
        self.rejects.pass();
        self.input_bytes += input_bytes;
        let place = head.order.map(crate::RecordOrder::id);
        let before = self.settled.and_then(|settled| settled.place);
        self.settled = Some(Settled { next_offset: head.offset + 1, place: place.or(before) });
        if head.order.is_some_and(crate::RecordOrder::is_last) {
            self.announced_ms.extend(head.announced_ms);
        }
    }

    /// Whether another input may be rejected.
    pub(crate) fn check_rejects(&self) -> Result<(), TooManyRejects> {
        self.rejects.check()
    }

    /// Takes up an input that was rejected: its dead letter is all that it leaves.
    pub(crate) fn bury(
        &mut self,
        flow: &str,
        topic: &str,
        input: &OwnedRecord,
        value: &[u8],
        reject: &Reject,
    ) {
        let mark = self.outbox.mark();
        self.outbox.belong_to(None);
        let letter = rejects::dead_letter(input, flow, topic, value, reject);
        self.outbox.put::<DeadLetters>(&letter).expect("a dead letter fits its schema");
        self.rejects.reject();
        self.settle(&input.head, value.len(), mark);
    }

    /// Says that a transaction may end after what has been settled.
    pub(crate) fn reach_boundary(&mut self) {
        self.boundary = Some(Boundary {
            mark: self.outbox.mark(),
            inputs: self.inputs,
            settled: self.settled,
            announced: self.announced_ms.len(),
        });
    }

    /// Forgets what was settled after the last place at which a transaction may end.
    pub(crate) fn return_to_boundary(&mut self) {
        let Some(boundary) = self.boundary.take() else { return self.clear() };
        self.outbox.rewind(boundary.mark);
        self.inputs = boundary.inputs;
        self.settled = boundary.settled;
        self.announced_ms.truncate(boundary.announced);
    }

    pub(crate) fn clear(&mut self) {
        self.outbox.emitted_mut().clear();
        self.inputs = 0;
        self.input_bytes = 0;
        self.since = None;
        self.settled = None;
        self.announced_ms.clear();
        self.boundary = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::record_order::RecordOrder;

    fn batch() -> Batch {
        Batch::new(&[TopicSchema::of::<DeadLetters>()], 1 << 20, RejectLimit::default())
    }

    fn input(offset: i64, order: RecordOrder) -> OwnedRecord {
        let head = RecordHead {
            offset,
            order: Some(order),
            announced_ms: Some(7),
            ..RecordHead::default()
        };
        OwnedRecord { head, ..OwnedRecord::default() }
    }

    #[test]
    fn what_lies_behind_the_last_boundary_is_forgotten() {
        let mut batch = batch();
        let whole = RecordOrder::whole(1);
        batch.bury("flow", "topic", &input(5, whole), b"a", &Reject::new("why"));
        batch.reach_boundary();
        let part = RecordOrder { sequence: 2, part: 0, count: 2 };
        batch.bury("flow", "topic", &input(6, part), b"b", &Reject::new("why"));
        batch.return_to_boundary();
        assert_eq!((batch.inputs(), batch.emitted().records().len()), (1, 1));
        assert_eq!(batch.settled(), Some(Settled { next_offset: 6, place: Some(whole.id()) }));
        assert_eq!(batch.announced_ms(), [7]);
        batch.clear();
        batch.bury("flow", "topic", &input(7, part), b"c", &Reject::new("why"));
        batch.return_to_boundary();
        assert!(batch.is_empty() && batch.settled().is_none());
    }

    #[test]
    fn the_largest_input_has_a_dead_letter_that_fits() {
        let mut batch = batch();
        let mut input = input(5, RecordOrder::whole(1));
        input.key = vec![0; 300_000];
        input.headers = vec![("header".into(), vec![0; 300_000])];
        let reject = Reject::because("why", anyhow::Error::msg("x".repeat(300_000)));
        batch.bury("flow", "topic", &input, &vec![0; 1 << 20], &reject);
        assert_eq!(batch.emitted().records().len(), 1);
        assert!(
            rejects::dead_letter(&input, "flow", "topic", b"", &reject).is_cut(),
            "its key was cut"
        );
    }

    #[test]
    fn a_letter_tells_the_attempt_that_its_input_was() {
        let reject = Reject::new("why");
        let mut input = input(5, RecordOrder::whole(1));
        assert_eq!(rejects::dead_letter(&input, "flow", "topic", b"x", &reject).attempt, 1);
        input.head.attempt = Some(4);
        let letter = rejects::dead_letter(&input, "flow", "topic", b"x", &reject);
        assert_eq!((letter.attempt, letter.is_cut()), (4, false));
    }
}
