//! Flows between Kafka topics, exactly once and in order.
//!
//! A flow is one of four things: a [`Source`] (the outside to Kafka), a [`Processor`] (Kafka to Kafka, pure), a [`AsyncProcessor`]
//! (Kafka to Kafka, asking the outside) or a [`Sink`] (Kafka to the outside). What it means is in its file; how it runs is
//! here: partitions, transactions, retries, dead letters, health, metrics.
//!
//! # Invariants
//! - What a flow reads, writes and rejects is committed in one transaction, or nothing of it is.
//! - Outputs are in the order of inputs, whatever was done concurrently, and lie in partition *sequence mod P*.
//! - A worker reads the committed offset only after it has opened its partition's transactional id.
//! - A transaction begins when results are there; nothing outside is waited for while it is open.
//! - A record whose predecessor is not the last record read stops its partition.

mod api;
mod backoff;
mod flow;
mod group;
mod kafka;
mod kill_point;
mod observe;
mod partition;
mod process;
mod record;
mod schema;
mod settings;
mod sleep;
mod source;

pub use api::async_processor::AsyncProcessor;
pub use api::collector::Collector;
pub use api::processor::Processor;
pub use api::sink::{RenderError, Sink, SinkChunk, SinkRecord};
pub use api::source::{Block, Blocks, Source, SourceError};
pub use flow::{Flow, Process, Running};
pub use kill_point::{DIE_AT, KillPoint, arm as arm_kill_point};
pub use observe::admin::{Healths, listen, serve};
pub use observe::health::Health;
pub use observe::health_state::HealthState;
pub use observe::metrics::Metrics;
pub use observe::metrics_handle::{LABEL_VALUES_MAX, MetricsHandle};
pub use observe::snapshot::{FlowMetrics, HistogramSnapshot};
pub use process::{NoSettings, has_ansi, log_filter, log_to_stderr, main, stop_on_signal};
pub use record::dead_letter::{DEAD_LETTERS, DeadLetter, DeadLetters, Header};
pub use record::namespace::{InvalidName, Name, Namespace};
pub use record::pointer::{InvalidCommit, InvalidPointer, Pointer, check_commit};
pub use record::progress::MissingRecords;
pub use record::record_order::{InvalidRecordOrder, RecordOrder, SequenceId};
pub use record::reject::{OnReject, ProcessError, Reject};
pub use record::topic::{Cleanup, Extent, Topic, TopicSchema, TopicSpec, Topics};
pub use schema::schema_topic::SCHEMAS;
pub use schema::single_object::{DecodeError, Decoder, Fingerprint, encode};
pub use settings::kafka_config::{InvalidKafkaConfig, KafkaConfig, KafkaConfigParser};
pub use settings::reject_limit::{InvalidRejectLimit, RejectLimit};
pub use settings::{InvalidStart, Lane, LogFormat, ProcessSettings, Settings, Start};
pub use sleep::sleep;
pub use source::checkpoint::{Checkpoint, Checkpoints, Override};
pub use source::committer::{CommitError, Committer, ResetError};
pub use source::ingestor::{Ingestor, OpenError};
pub use source::pointer_reset::{InvalidReset, PointerReset};
pub use tokio_util::sync::CancellationToken;

/// What tools of an operator use of the runtime's insides (`crates/flow-admin`). A flow needs none of it.
pub mod tooling {
    pub use crate::kafka::client::{
        CALL, Quiet, check_reachable, client, scanner, tail_reader, uncommitted,
    };
    pub use crate::kafka::headers::{ATTEMPT, ATTEMPTS_MAX, PREVIOUS, RecordHead};
    pub use crate::kafka::partition_peek::PartitionPeek;
    pub use crate::kafka::topics::{partitions_of, partitions_seen_by};
    pub use crate::kafka::transactional_producer::{
        ProducerRecord, TransactionError, TransactionalProducer,
    };
    pub use crate::kafka::watermarks::{await_committed, ends, read_to_end};
    pub use crate::record::progress::Progress;
    pub use crate::schema::schema_topic::{exchange, learn_all};
    pub use crate::source::ingestor::latest_checkpoint;
}
