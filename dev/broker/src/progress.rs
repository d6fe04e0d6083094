//! What a broker that starts is doing, for a person who waits.

use std::fmt;

/// A step of the start, told as it begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Progress {
    /// Another process fetches into the same cache.
    Waiting,
    /// Apache Kafka's jars come through Maven.
    Fetching {
        /// Jars that came so far.
        jars: usize,
        /// Jars that there are.
        jars_max: usize,
    },
    /// An empty data directory is made ready.
    Formatting,
    /// The broker was launched and does not answer yet.
    Starting,
    /// The broker answers.
    Ready,
}

impl fmt::Display for Progress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting => write!(out, "waiting for another process that fetches Apache Kafka"),
            Self::Fetching { jars, jars_max } => {
                write!(out, "fetching Apache Kafka, {jars} of {jars_max} jars")
            }
            Self::Formatting => write!(out, "formatting Apache Kafka's data directory"),
            Self::Starting => write!(out, "starting Apache Kafka"),
            Self::Ready => write!(out, "Apache Kafka is ready"),
        }
    }
}

/// Is told of each step.
pub(crate) type Tell<'a> = &'a (dyn Fn(Progress) + Send + Sync);
