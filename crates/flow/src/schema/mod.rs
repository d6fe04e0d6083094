//! Avro on the wire, and the topic that holds every schema.

pub(crate) mod schema_topic;
pub(crate) mod single_object;
