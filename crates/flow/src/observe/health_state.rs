//! The state of a partition.

use std::fmt;

/// The state of a partition, or of a source's active role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HealthState {
    /// It is being prepared.
    Starting,
    /// It works, or would if there were something to do.
    Running,
    /// Another instance does the work.
    Standby,
    /// It retries after an error.
    Retrying(String),
    /// It has stopped, and only an operator can help.
    Halted(String),
    /// It has done all that was asked for.
    Finished,
}

impl HealthState {
    pub(super) const NAMES: [&'static str; 6] =
        ["starting", "running", "standby", "retrying", "halted", "finished"];

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Starting => Self::NAMES[0],
            Self::Running => Self::NAMES[1],
            Self::Standby => Self::NAMES[2],
            Self::Retrying(_) => Self::NAMES[3],
            Self::Halted(_) => Self::NAMES[4],
            Self::Finished => Self::NAMES[5],
        }
    }

    pub(super) const fn is_ready(&self) -> bool {
        matches!(self, Self::Running | Self::Standby | Self::Finished)
    }

    /// Whether a worker is at it that shows heartbeats.
    pub(super) const fn has_heartbeat(&self) -> bool {
        matches!(self, Self::Starting | Self::Running | Self::Retrying(_))
    }
}

impl fmt::Display for HealthState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retrying(why) | Self::Halted(why) => write!(f, "{}: {why}", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}
