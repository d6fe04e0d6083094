//! Why servers did not give what was asked for: one error type for a single server and for the whole pool.

mod connection_error;
mod error_class;
mod invalid_response;
mod retry_policy;
mod rpc_error;

use std::fmt::{self, Display};
use std::time::Duration;

use xrpl_codec::Unverified;

pub use connection_error::ConnectionError;
pub use error_class::ErrorClass;
pub use invalid_response::InvalidResponse;
pub use retry_policy::{HealthImpact, RetryTarget};
pub use rpc_error::RpcError;

/// An error of a server, or of a pool of them. [`Error::retry_target`] says who may be asked next, [`Error::health_impact`]
/// what it says about the server; both follow from one table, `error/retry_policy.rs`.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The server answered with an error.
    #[error(transparent)]
    Rpc(RpcError),
    /// The connection, or the reply, was lost.
    #[error(transparent)]
    Connection(ConnectionError),
    /// The reply is not what the protocol says.
    #[error("reply has {what}: {excerpt}")]
    Malformed {
        /// What is wrong with it.
        what: String,
        /// Its beginning.
        excerpt: String,
    },
    /// The reply is well formed and false: the server is quarantined.
    #[error("invalid response")]
    InvalidResponse(#[source] InvalidResponse),
    /// The server is of another network than the configured one.
    #[error("server is of the network {found}, not of {expected}")]
    WrongNetwork {
        /// The configured network.
        expected: u32,
        /// The network of the server.
        found: u32,
    },
    /// The ledger is what its hash says and not what else was expected of it: a fact about the request.
    #[error("what is expected contradicts itself")]
    Contradiction(#[source] Unverified),
    /// Every server of the pool that could be asked does not have it.
    #[error("none of {servers} servers has it")]
    NotFound {
        /// The number of servers that were asked.
        servers: usize,
        /// Whether the ledger is so far behind the newest one that servers do not wait for it any more.
        past: bool,
    },
    /// Every server of the pool that has it gave an invalid response.
    #[error("no server can prove it: {}", PerServer(.0))]
    Unproven(Vec<(String, InvalidResponse)>),
    /// No server of the pool answered before the deadline.
    #[error("no server answered within {deadline:?}: {}", PerServer(.failures))]
    Unavailable {
        /// The time for which servers were asked.
        deadline: Duration,
        /// The latest error of each server that was asked.
        failures: Vec<(String, Self)>,
    },
}

impl Error {
    /// Whether the same request may succeed later. Of an error that is not transient no waiting changes anything.
    pub fn is_transient(&self) -> bool {
        self.retry_target() != RetryTarget::Nowhere
    }

    /// Whether the server says that it is asked too much.
    pub fn is_overload(&self) -> bool {
        self.health_impact() == HealthImpact::Overload
    }

    /// Whether the server does not have the ledger, or not what was asked for in it.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::Rpc(error) if error.is_absence())
    }

    /// Whether the server does not have the ledger.
    pub fn lacks_ledger(&self) -> bool {
        matches!(self, Self::Rpc(error) if error.lacks_ledger())
    }

    pub(crate) fn malformed(what: impl ToString, reply: &str) -> Self {
        Self::Malformed { what: what.to_string(), excerpt: connection_error::excerpt(reply) }
    }
}

impl From<RpcError> for Error {
    fn from(error: RpcError) -> Self {
        Self::Rpc(error)
    }
}

impl From<ConnectionError> for Error {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Rpc(error) => Self::Rpc(error),
            error => Self::Connection(error),
        }
    }
}

impl From<InvalidResponse> for Error {
    fn from(response: InvalidResponse) -> Self {
        Self::InvalidResponse(response)
    }
}

/// Servers and the error of each.
struct PerServer<'a, E>(&'a [(String, E)]);

impl<E: std::error::Error> Display for PerServer<'_, E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("none could be asked");
        }
        for (position, (url, error)) in self.0.iter().enumerate() {
            write!(formatter, "{}{url}: {error}", if position == 0 { "" } else { "; " })?;
            // An error has one source and there may be several servers, so the causes are part of the text.
            let causes = std::iter::successors(error.source(), |cause| cause.source());
            causes.into_iter().try_for_each(|cause| write!(formatter, ": {cause}"))?;
        }
        Ok(())
    }
}
