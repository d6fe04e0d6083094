//! The progress of a start.

use std::fmt;

/// A step of the start, reported as it begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Progress {
    /// Another process is downloading into the same cache.
    Waiting,
    /// Maven is downloading the jars.
    Downloading {
        /// Jars downloaded so far.
        jars: usize,
        /// The number of jars.
        jars_max: usize,
    },
    /// An empty data directory is being formatted.
    Formatting,
    /// The broker does not respond yet.
    Starting,
    /// The broker responds.
    Ready,
}

impl fmt::Display for Progress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting => {
                write!(out, "waiting for another process that is downloading Apache Kafka")
            }
            Self::Downloading { jars, jars_max } => {
                write!(out, "downloading Apache Kafka, {jars} of {jars_max} jars")
            }
            Self::Formatting => write!(out, "formatting Apache Kafka's data directory"),
            Self::Starting => write!(out, "starting Apache Kafka"),
            Self::Ready => write!(out, "Apache Kafka is ready"),
        }
    }
}

/// Receives each step.
pub(crate) type ProgressFn<'a> = &'a (dyn Fn(Progress) + Send + Sync);
