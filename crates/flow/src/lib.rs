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

// In the order of a record's way.
mod flow;
mod process;
pub mod settings;
mod api;
mod group;
mod partition;
mod source;
mod schema;
mod kafka;
mod record;
mod observe;
mod backoff;
mod kill_point;
mod sleep;

pub use api::async_processor::AsyncProcessor;
pub use api::collector::Collector;
pub use api::processor::Processor;
pub use api::sink::{RenderError, Sink, SinkChunk, SinkRecord};
pub use api::source::{Block, Blocks, Source, SourceError};
pub use flow::Flow;
pub use observe::metrics_handle::{LABEL_VALUES_MAX, MetricsHandle};
pub use process::{NoSettings, main};
pub use record::dead_letter::{DEAD_LETTERS, DeadLetters};
pub use record::namespace::{InvalidName, Name, Namespace};
pub use record::pointer::{InvalidPointer, Pointer};
pub use record::record_order::{InvalidRecordOrder, RecordOrder, SequenceId};
pub use record::reject::{OnReject, ProcessError, Reject};
pub use record::topic::{Cleanup, Extent, Topic, TopicSchema, TopicSpec, Topics};
pub use schema::schema_topic::SCHEMAS;
pub use schema::single_object::{DecodeError, Decoder, encode};
pub use settings::{Lane, Settings, Start};

/// For programs that run flows in a process of their own, beside other things: health, metrics, log, signals.
pub mod host {
    pub use tokio_util::sync::CancellationToken;

    pub use crate::flow::{Process, Running};
    pub use crate::kill_point::{DIE_AT, KillPoint, arm as arm_kill_point};
    pub use crate::observe::admin::{Healths, listen, serve};
    pub use crate::observe::health::Health;
    pub use crate::observe::health_state::HealthState;
    pub use crate::observe::metrics::Metrics;
    pub use crate::observe::snapshot::{FlowMetrics, HistogramSnapshot};
    pub use crate::process::{has_ansi, log_filter, log_to_stderr, stop_on_signal};
    pub use crate::settings::{LogFormat, ProcessSettings};
    pub use crate::sleep::sleep;
}

/// How a source's blocks are committed: the contract of an ingestor, for those who commit, read or reset a pointer themselves.
pub mod ingest {
    pub use crate::record::pointer::{InvalidCommit, check_commit};
    pub use crate::source::checkpoint::{Checkpoint, Checkpoints, Override};
    pub use crate::source::committer::{CommitError, Committer, ResetError};
    pub use crate::source::ingestor::{Ingestor, OpenError};
    pub use crate::source::pointer_reset::{InvalidReset, PointerReset};
}

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
    pub use crate::record::dead_letter::{DeadLetter, Header};
    pub use crate::record::progress::{MissingRecords, Progress};
    pub use crate::schema::schema_topic::{exchange, learn_all};
    pub use crate::schema::single_object::Fingerprint;
    pub use crate::source::ingestor::latest_checkpoint;
}
