//! A real single-node Apache Kafka without Docker.
//!
//! [`Broker::start`] runs one KRaft node on loopback, with exactly-once settings that suit one node. Kafka
//! is an installed distribution (`KAFKA_HOME`), else downloaded with Maven (pinned, verified, cached), else run in Docker.
//!
//! **Invariants.** The broker listens on loopback only. It never outlives the process that started it, even if that is
//! killed. A data directory has one broker at a time. No jar runs whose digest is not the pinned one (except in
//! `KAFKA_HOME`).

mod broker;
mod data_dir;
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
