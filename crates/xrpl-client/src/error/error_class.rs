//! Errors without their details, to count them.

use super::{ConnectionError, Error, RetryTarget};

/// An [`Error`] without its details: one label each for counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorClass {
    /// An error reply of a server that is busy, or not synced.
    RetrySameServer,
    /// An error reply of a server that lacks something.
    RetryOtherServer,
    /// A request that no server will answer.
    Rejected,
    /// Connections and time limits.
    Connection,
    /// A reply that is not what the protocol says.
    Malformed,
    /// A reply that is false.
    InvalidResponse,
    /// A server of another network.
    WrongNetwork,
}

impl ErrorClass {
    /// Every class, in the order in which [`EndpointStatus`](crate::EndpointStatus) counts them.
    pub const ALL: [Self; 7] = [
        Self::RetrySameServer,
        Self::RetryOtherServer,
        Self::Rejected,
        Self::Connection,
        Self::Malformed,
        Self::InvalidResponse,
        Self::WrongNetwork,
    ];

    /// The class as a label of a metric.
    pub fn label(self) -> &'static str {
        match self {
            Self::RetrySameServer => "retry_same_server",
            Self::RetryOtherServer => "retry_other_server",
            Self::Rejected => "rejected",
            Self::Connection => "connection",
            Self::Malformed => "malformed",
            Self::InvalidResponse => "invalid_response",
            Self::WrongNetwork => "wrong_network",
        }
    }
}

impl Error {
    /// The error without its details.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Rpc(_) | Self::NotFound { .. } | Self::Contradiction(_) => {
                match self.retry_target() {
                    RetryTarget::SameServer => ErrorClass::RetrySameServer,
                    RetryTarget::OtherServer => ErrorClass::RetryOtherServer,
                    RetryTarget::Nowhere => ErrorClass::Rejected,
                }
            }
            Self::Connection(ConnectionError::TooLarge { .. })
            | Self::Connection(ConnectionError::ProtocolViolation { .. })
            | Self::Malformed { .. } => ErrorClass::Malformed,
            Self::Connection(_) | Self::Unavailable { .. } => ErrorClass::Connection,
            Self::InvalidResponse(_) | Self::Unproven(_) => ErrorClass::InvalidResponse,
            Self::WrongNetwork { .. } => ErrorClass::WrongNetwork,
        }
    }
}
