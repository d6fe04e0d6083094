//! Kafka clients, configured as the guarantees need them.

pub(crate) mod client;
pub(crate) mod consumed_record;
pub(crate) mod headers;
pub(crate) mod partition_peek;
pub(crate) mod partition_reader;
pub(crate) mod topics;
pub(crate) mod transactional_producer;
pub(crate) mod watermarks;
