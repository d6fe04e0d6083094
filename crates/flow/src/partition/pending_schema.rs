//! A record that waits until its schema is published.

use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::kafka::consumed_record::{ConsumedRecord, OwnedRecord};
use crate::observe::health_state::HealthState;
use crate::partition::context::TaskContext;
use crate::partition::step::UnknownSchema;
use crate::schema::schema_topic;

const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LONGEST: Duration = Duration::from_secs(3);

/// The record, and when the published schemas are read again.
pub(crate) struct PendingSchema {
    record: OwnedRecord,
    schema: UnknownSchema,
    backoff: Backoff,
    due: Instant,
}

impl PendingSchema {
    pub(crate) fn new(record: ConsumedRecord<'_>, schema: UnknownSchema) -> Self {
        let backoff = Backoff::new(RETRY_FIRST, RETRY_LONGEST);
        Self { record: record.to_owned_record(), schema, backoff, due: Instant::now() }
    }

    pub(crate) fn record(&self) -> ConsumedRecord<'_> {
        self.record.as_consumed()
    }

    /// When [`PendingSchema::look_up`] should be called.
    pub(crate) const fn due(&self) -> Instant {
        self.due
    }

    /// Reads the published schemas. If the record's is still not among them, it is due again after a wait.
    pub(crate) fn look_up(&mut self, task: &TaskContext) {
        let (flow, partition) = (&task.flow, task.health.name());
        let why = format!("the schema {} is not published yet", self.schema.0);
        tracing::warn!(flow = flow.flow, partition, why, "looking up a schema");
        task.health.set(HealthState::Retrying(why));
        flow.counts.retried("schema");
        if let Err(error) = schema_topic::learn_all(&flow.settings, &flow.decoder) {
            tracing::warn!(error = format!("{error:#}"), "the schemas can't be read");
        }
        self.due = Instant::now() + self.backoff.next_wait();
    }
}
