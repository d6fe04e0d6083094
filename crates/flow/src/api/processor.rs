//! A pure step from Kafka to Kafka.

use crate::api::collector::Collector;
use crate::observe::metrics_handle::MetricsHandle;
use crate::record::reject::{OnReject, Reject};
use crate::record::topic::{Topic, Topics};
use crate::schema::single_object::Decoder;

/// One step of a pipeline: a pure function from one record to the records that it implies.
///
/// The runtime owns Kafka: it commits outputs and input offsets in one transaction. Outputs go to the partition of their
/// position, so they have to belong to the input's sequence number.
pub trait Processor: Clone + Send + 'static {
    /// Names the consumer group, the metric label and the Helm entry.
    const NAME: &'static str;
    /// What becomes of an input that can never succeed.
    const ON_REJECT: OnReject = OnReject::DeadLetter;
    /// Whether a transaction must hold all parts of a sequence number or none: for a step that remembers parts of one
    /// sequence number between calls. All parts have to be written in one transaction by whoever writes the input.
    const WHOLE_SEQUENCES: bool = false;
    /// What is read.
    type Input: Topic;
    /// What is written: a topic or a tuple of topics.
    type Output: Topics;

    /// Puts what `input` implies into `out`. Depends on `input` and, with [`Processor::WHOLE_SEQUENCES`], on the parts of
    /// the same sequence number before it. What was put is dropped when this fails.
    ///
    /// # Errors
    /// A [`Reject`] for input that can never succeed. A panic is one too.
    fn process(
        &mut self,
        input: <Self::Input as Topic>::Record<'_>,
        out: &mut Collector,
    ) -> Result<(), Reject>;

    /// Is told, before the first input, every record that this partition of a compacted output holds: what earlier attempts
    /// and instances have announced there. Called before anything is processed, in the order of the topic.
    fn recall(&mut self, value: &[u8], decoder: &Decoder) {
        let _ = (value, decoder);
    }

    /// Reports what has been counted; called after each input.
    fn report(&mut self, meter: &MetricsHandle) {
        let _ = meter;
    }
}
