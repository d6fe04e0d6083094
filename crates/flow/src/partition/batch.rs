//! The batch: what one transaction will hold.

use std::time::{Duration, Instant};

use crate::api::collector::Emitted;
use crate::kafka::headers::RecordHead;
use crate::partition::phase::BatchStatus;
use crate::record::record_order::SequenceId;

/// A transaction holds at most this many inputs.
const INPUTS_MAX: usize = 10_000;
/// A batch is open for at most this long.
const AGE_MAX: Duration = Duration::from_millis(500);

/// The outputs of complete inputs, and how far they go.
#[derive(Debug)]
pub(crate) struct Batch {
    bytes_max: usize,
    outputs: Emitted,
    inputs: usize,
    input_bytes: usize,
    since: Option<Instant>,
    end: Option<BatchEnd>,
    announced_ms: Vec<u64>,
    lingered: bool,
}

/// How far the inputs of a batch go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchEnd {
    /// The offset to go on from.
    pub(crate) next_offset: i64,
    /// The last input that had an order.
    pub(crate) read: Option<SequenceId>,
}

impl Batch {
    /// An empty batch that is full at `bytes_max` bytes of inputs or of outputs.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            outputs: Emitted::default(),
            inputs: 0,
            input_bytes: 0,
            since: None,
            end: None,
            announced_ms: Vec::new(),
            lingered: false,
        }
    }

    pub(crate) const fn outputs(&self) -> &Emitted {
        &self.outputs
    }

    pub(crate) const fn inputs(&self) -> usize {
        self.inputs
    }

    /// How far it goes; `None` while it is empty.
    pub(crate) const fn end(&self) -> Option<BatchEnd> {
        self.end
    }

    /// When the outside announced what the inputs came from, one for each sequence number that is complete.
    pub(crate) fn announced_ms(&self) -> &[u64] {
        &self.announced_ms
    }

    pub(crate) fn status(&self) -> BatchStatus {
        if self.inputs == 0 {
            BatchStatus::Empty
        } else if self.inputs >= INPUTS_MAX
            || self.outputs.bytes().max(self.input_bytes) >= self.bytes_max
            || self.since.is_some_and(|since| since.elapsed() >= AGE_MAX)
        {
            BatchStatus::Full
        } else if self.lingered {
            BatchStatus::Lingered
        } else {
            BatchStatus::Open
        }
    }

    /// Adds a complete input with its outputs, which are empty afterwards.
    pub(crate) fn add(&mut self, head: &RecordHead, input_bytes: usize, outputs: &mut Emitted) {
        self.outputs.append(outputs, head.announced_ms);
        self.since.get_or_insert_with(Instant::now);
        self.lingered = false;
        self.inputs += 1;
        self.input_bytes += input_bytes;
        let before = self.end.and_then(|end| end.read);
        let read = head.order.map(super::super::record::record_order::RecordOrder::id).or(before);
        self.end = Some(BatchEnd { next_offset: head.offset + 1, read });
        if head.order.is_some_and(super::super::record::record_order::RecordOrder::is_last) {
            self.announced_ms.extend(head.announced_ms);
        }
    }

    /// No other record has come in time.
    pub(crate) const fn linger(&mut self) {
        self.lingered = true;
    }

    pub(crate) fn clear(&mut self) {
        self.outputs.clear();
        self.inputs = 0;
        self.input_bytes = 0;
        self.since = None;
        self.end = None;
        self.announced_ms.clear();
        self.lingered = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::record_order::RecordOrder;

    fn head(offset: i64, order: Option<RecordOrder>) -> RecordHead {
        RecordHead { offset, order, announced_ms: Some(7), ..RecordHead::default() }
    }

    #[test]
    fn a_batch_goes_up_to_its_last_input_and_the_last_one_with_an_order() {
        let (mut batch, mut none) = (Batch::new(100), Emitted::default());
        let order = RecordOrder { sequence: 2, part: 0, count: 2 };
        batch.add(&head(5, Some(order)), 10, &mut none);
        batch.add(&head(6, None), 10, &mut none);
        assert_eq!(batch.end(), Some(BatchEnd { next_offset: 7, read: Some(order.id()) }));
        assert!(batch.announced_ms().is_empty(), "part 1 is to come");
        batch.add(&head(7, Some(RecordOrder { part: 1, ..order })), 10, &mut none);
        assert_eq!((batch.inputs(), batch.announced_ms()), (3, &[7][..]));
        batch.clear();
        assert_eq!((batch.status(), batch.end()), (BatchStatus::Empty, None));
    }

    #[test]
    fn a_batch_is_full_at_its_bytes_and_lingers_until_more_comes() {
        let (mut batch, mut none) = (Batch::new(100), Emitted::default());
        batch.add(&head(5, None), 60, &mut none);
        assert_eq!(batch.status(), BatchStatus::Open);
        batch.linger();
        assert_eq!(batch.status(), BatchStatus::Lingered);
        batch.add(&head(6, None), 30, &mut none);
        assert_eq!(batch.status(), BatchStatus::Open);
        batch.add(&head(7, None), 10, &mut none);
        assert_eq!(batch.status(), BatchStatus::Full);
    }
}
