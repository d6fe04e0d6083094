//! Observability: health, status messages, metrics, the admin endpoint.

pub(crate) mod admin;
pub(crate) mod health;
pub(crate) mod health_state;
pub(crate) mod histogram;
pub(crate) mod labels;
pub(crate) mod metrics;
pub(crate) mod metrics_handle;
pub(crate) mod partition_progress;
pub(crate) mod snapshot;
pub(crate) mod status_messages;
pub(crate) mod text_format;
pub(crate) mod wait_timers;
