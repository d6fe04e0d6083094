//! The asynchronous processor: from Kafka to Kafka, by asking the outside.

use std::future::Future;

use crate::api::collector::Collector;
use crate::observe::metrics_handle::MetricsHandle;
use crate::record::reject::{OnReject, ProcessError};
use crate::record::topic::{Topic, Topics};

/// One step of a pipeline that asks the outside. Inputs are processed concurrently, and outputs written in input order.
pub trait AsyncProcessor: Send + Sync + 'static {
    /// Names the consumer group, the metric label and the Helm entry.
    const NAME: &'static str;
    /// What becomes of an input that can never succeed.
    const ON_REJECT: OnReject = OnReject::DeadLetter;
    /// How many inputs of one partition are processed at a time.
    const IN_FLIGHT_MAX: usize = 8;
    /// What is read.
    type Input: Topic;
    /// What is written: a topic or a tuple of topics.
    type Output: Topics;

    /// Emits what `input` implies to `out`. Called again after a transient error, with an empty `out`.
    ///
    /// # Errors
    /// [`ProcessError::Transient`] is retried for as long as it takes; see there.
    fn process<'a>(
        &'a self,
        input: <Self::Input as Topic>::Record<'a>,
        out: &'a mut Collector,
    ) -> impl Future<Output = Result<(), ProcessError>> + Send;

    /// Reports what has been counted outside of the runtime, such as requests; called now and then.
    fn report(&self, meter: &MetricsHandle) {
        let _ = meter;
    }
}
