//! What tools of an operator need of flows: how far they have come, their dead letters, their topics.

mod avro_json;
mod dlq_entries;
mod existing_topic;
mod inspector;
mod partition_status;
mod redrive;
mod resolution;
mod resolver;
mod tail_reader;
pub mod topics;

pub use avro_json::avro_to_json;
pub use dlq_entries::{DlqEntry, DlqEntryId, InvalidDlqEntryId, Resolutions};
pub use existing_topic::ExistingTopic;
pub use inspector::{FirstRecord, Inspector};
pub use partition_status::PartitionStatus;
pub use redrive::{RedrivenRecord, in_order};
pub use resolution::{DlqResolutions, Resolution};
pub use resolver::{Decision, Resolver};
pub use tail_reader::TailReader;
