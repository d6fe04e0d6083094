//! The processor: a pure function from Kafka to Kafka.

use crate::api::collector::Collector;
use crate::observe::metrics_handle::MetricsHandle;
use crate::record::reject::{OnReject, Reject};
use crate::record::topic::{Topic, Topics};
use crate::schema::single_object::Decoder;

/// One step of a pipeline: a pure function from one record to the records that it implies.
///
/// The runtime owns Kafka: it commits outputs and input offsets in one transaction. Outputs go to the partition of their
/// order, so they have to belong to the input's sequence number.
pub trait Processor: Clone + Send + 'static {
    /// Names the consumer group, the metric label and the Helm entry.
    const NAME: &'static str;
    /// What becomes of an input that can never succeed.
    const ON_REJECT: OnReject = OnReject::DeadLetter;
    /// Whether a transaction must hold all parts of a sequence number or none: for a step that remembers parts of one
    /// sequence number between calls. All parts have to be written in one transaction by the flow before.
    const WHOLE_SEQUENCES: bool = false;
    /// What is read.
    type Input: Topic;
    /// What is written: a topic or a tuple of topics.
    type Output: Topics;

    /// Emits what `input` implies to `out`. Depends on `input` and, with [`Processor::WHOLE_SEQUENCES`], on the parts of
    /// the same sequence number before it. What was emitted is dropped when this fails.
    ///
    /// # Errors
    /// A [`Reject`] for input that can never succeed. A panic is one too.
    fn process(
        &mut self,
        input: <Self::Input as Topic>::Record<'_>,
        out: &mut Collector,
    ) -> Result<(), Reject>;

    /// Receives, before the first input, every record of this partition of a compacted output: what earlier attempts and
    /// instances have written there, in the order of the topic.
    fn restore_state(&mut self, value: &[u8], decoder: &Decoder) {
        let _ = (value, decoder);
    }

    /// Reports what has been counted; called after each input.
    fn report(&mut self, meter: &MetricsHandle) {
        let _ = meter;
    }
}
