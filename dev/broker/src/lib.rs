//! A real single-node Apache Kafka without Docker.
//!
//! [`Broker::start`] runs one KRaft node on loopback, with exactly-once settings that suit one node. It takes Kafka
//! from an installed distribution (`KAFKA_HOME`), else from Maven (pinned, checked, cached), else from Docker.
//!
//! **Invariants.** The broker listens on loopback only. It never outlives the process that started it, even when that
//! one is killed. A data directory has one broker at a time. No jar runs whose digest is not the pinned one
//! (`KAFKA_HOME` aside).

mod broker;
mod data;
mod distribution;
mod error;
mod jars;
mod java;
mod maven;
mod options;
mod port;
mod process;
mod progress;
mod readiness;
mod settings;

pub use broker::Broker;
pub use distribution::KAFKA_VERSION;
pub use error::Error;
pub use options::Options;
pub use progress::Progress;
