//! A record that waits until its schema is published.

use std::time::Instant;

use crate::backoff::Backoff;
use crate::kafka::client;
use crate::kafka::consumed_record::ConsumedRecord;
use crate::kafka::owned_record::OwnedRecord;
use crate::observe::health::{HealthState, PartitionHealth};
use crate::partition::context::FlowContext;
use crate::schema::schema_topic;
use crate::schema::single_object::Fingerprint;

/// The record, with the means to find out what it says.
pub(crate) struct Held {
    input: OwnedRecord,
    value: Vec<u8>,
    fingerprint: Fingerprint,
    backoff: Backoff,
    due: Instant,
}

impl Held {
    pub(crate) fn new(incoming: ConsumedRecord<'_>, fingerprint: Fingerprint) -> Self {
        let backoff = Backoff::new(client::RETRY_FIRST, client::RETRY_LONGEST);
        let (input, value) = (incoming.to_input(), incoming.value.to_vec());
        Self { input, value, fingerprint, backoff, due: Instant::now() }
    }

    pub(crate) fn incoming(&self) -> ConsumedRecord<'_> {
        ConsumedRecord::kept(&self.input, &self.value)
    }

    pub(crate) fn is_due(&self) -> bool {
        Instant::now() >= self.due
    }

    /// Reads the published schemas. If the record's is still not among them, it is due again after a wait.
    pub(crate) fn look_up(&mut self, plan: &FlowContext, part: &PartitionHealth) {
        let why = format!("the schema {} is not known yet", self.fingerprint);
        tracing::warn!(flow = plan.flow, part = part.name(), why, "looking it up");
        part.set(HealthState::Retrying(why));
        plan.meter.retried("schema");
        if let Err(error) = schema_topic::learn_all(&plan.settings, &plan.decoder) {
            tracing::warn!(error = format!("{error:#}"), "the schemas can't be read");
        }
        self.due = Instant::now() + self.backoff.next_wait();
    }
}
