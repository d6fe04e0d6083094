//! Flows between Kafka topics, exactly once and in order.
//!
//! A flow is one of four things: a [`Source`] (the outside to Kafka), a [`Processor`] (Kafka to Kafka, pure), a [`Fetcher`]
//! (Kafka to Kafka, asking the outside) or a [`Sink`] (Kafka to the outside). What it means is in its file; how it runs is
//! here: partitions, transactions, retries, dead letters, health, metrics.
//!
//! # Invariants
//! - What a flow reads, writes and rejects is committed in one transaction, or nothing of it is.
//! - Outputs are in the order of inputs, whatever was done concurrently, and lie in partition *sequence mod P*.
//! - A worker reads the committed offset only after it has opened its partition's transactional id.
//! - A transaction begins when results are there; nothing outside is waited for while it is open.
//! - A record whose predecessor is not the last record read stops its partition.

mod admin;
mod attempts;
mod backoff;
mod batch;
mod begin;
mod checkpoint;
mod committer;
mod dead_letter;
mod failure;
mod fetch_step;
mod fetcher;
mod flow;
mod follower;
mod found_topic;
mod gathering;
mod health;
mod held;
mod incoming;
mod ingestor;
mod input;
mod inspector;
mod kafka;
mod kill_point;
mod leader;
mod letterbox;
mod membership;
mod meter;
mod metrics;
mod outbox;
mod plan;
mod pointer;
mod position;
mod probe;
mod processor;
mod progress;
mod pure_step;
mod redriven;
mod rejects_max;
mod relocation;
mod remarks;
mod rounds;
mod run;
mod schema_topic;
mod scope;
mod settings;
mod settlement;
mod settler;
mod settling;
mod share_status;
mod shown;
mod sink;
mod sink_step;
mod source;
mod step;
mod stop;
mod succession;
mod tail;
mod tally;
mod topic;
pub mod topics;
mod transactor;
mod waits;
mod wire;
mod worker;

pub use admin::{listen, serve};
pub use backoff::Backoff;
pub use checkpoint::{Checkpoint, Checkpoints, Override};
pub use committer::{CommitError, Committer, MoveError};
pub use dead_letter::{DEAD_LETTERS, DeadLetter, DeadLetters, Header};
pub use failure::{FetchError, OnReject, Reject};
pub use fetcher::Fetcher;
pub use flow::{Flow, Process, Running};
pub use follower::Follower;
pub use found_topic::FoundTopic;
pub use health::{Health, State};
pub use ingestor::{Ingestor, OpenError};
pub use inspector::{Held, Inspector};
pub use kill_point::{DIE_AT, KillPoint, arm as arm_kill_point};
pub use letterbox::{BadLetterId, Letter, LetterId, Settled};
pub use meter::{EndpointCounts, KINDS_MAX, Meter, ReceiverCounts};
pub use metrics::Metrics;
pub use outbox::Outbox;
pub use pointer::{BadPointer, InvalidCommit, Pointer, check_commit};
pub use position::{NotAPosition, Place, Position};
pub use processor::Processor;
pub use progress::Missing;
pub use redriven::{Redriven, in_order};
pub use rejects_max::{BadRejectsMax, RejectsMax};
pub use relocation::{BadMove, Relocation};
pub use run::{NoSettings, log_filter, log_to_stderr, main, stop_on_signal};
pub use schema_topic::SCHEMAS;
pub use scope::{BadName, Name, Scope};
pub use settings::{
    BadKeyValue, BadStart, KeyValue, Lane, LogFormat, ProcessSettings, Settings, Start,
};
pub use settlement::{Settlement, Settlements};
pub use settler::{Settler, Verdict};
pub use share_status::ShareStatus;
pub use sink::{Chunk, Readable, RenderError, Sink};
pub use source::{Block, Blocks, Source, SourceError};
pub use stop::Stop;
pub use topic::{Cleanup, Described, Extent, Topic, TopicSpec, Topics};
pub use wire::{DecodeError, Decoder, Fingerprint, encode};
