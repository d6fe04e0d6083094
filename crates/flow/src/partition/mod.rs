//! One partition of one input, from fencing its former owner to its last commit.

pub(crate) mod batch;
pub(crate) mod batch_builder;
pub(crate) mod context;
pub(crate) mod partition_loop;
pub(crate) mod pending_schema;
pub(crate) mod phase;
pub(crate) mod record_links;
pub(crate) mod rejects;
pub(crate) mod start_offset;
pub(crate) mod step;
pub(crate) mod worker;
pub(crate) mod worker_metrics;
