//! Why a request to a server failed, by what a caller does next.

use super::{Blame, Disposition, Loss, Refusal};
use xrpl_codec::{Hash256, Unverified};

/// Why a server did not give what was asked for. The variant says what to do next.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ServerError {
    /// The same server may answer soon.
    #[error(transparent)]
    RetryHere(Refusal),
    /// Another server may answer.
    #[error(transparent)]
    RetryElsewhere(Refusal),
    /// No server will answer this request: its answer is a fact.
    #[error(transparent)]
    Never(Refusal),
    /// The connection, or the reply, was lost: the same may work on a new connection or elsewhere.
    #[error(transparent)]
    Lost(Loss),
    /// The reply is not what the protocol says: asked elsewhere.
    #[error("reply has {what}: {excerpt}")]
    Malformed {
        /// What is wrong with it.
        what: String,
        /// Its beginning.
        excerpt: String,
    },
    /// The reply is well formed and false: the server is not to be trusted for a while.
    #[error("server's answer is false")]
    Lying(#[source] Lie),
    /// The server is not of our network: it is not asked.
    #[error("server is of the network {found}, not of {expected}")]
    Foreign {
        /// The network that is ours.
        expected: u32,
        /// The one that the server is in.
        found: u32,
    },
}

/// What was false in a reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lie {
    /// The bytes of a ledger break a rule.
    #[error(transparent)]
    Ledger(Unverified),
    /// The reply is about another ledger, or another entry, than the one asked for.
    #[error("asked for {asked}, answered for {answered}")]
    Other {
        /// What was asked for.
        asked: Hash256,
        /// What the reply names.
        answered: Hash256,
    },
    /// Another hash was announced for a ledger than enough servers agree about.
    #[error("ledger {index} was announced as {announced}, and others agree on {agreed}")]
    Outvoted {
        /// The ledger.
        index: u32,
        /// What the server announced.
        announced: Hash256,
        /// What the others say.
        agreed: Hash256,
    },
    /// A `LedgerHashes` entry names another ledger than the chain of headers does.
    #[error("ledger {index} was named {named} and is {proven}")]
    FalseName {
        /// The ledger.
        index: u32,
        /// What the entry says.
        named: Hash256,
        /// What the header after it says.
        proven: Hash256,
    },
}

/// [`ServerError`] without its details: one label each for counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorClass {
    /// Busy, or not synced.
    RetryHere,
    /// The server lacks something.
    RetryElsewhere,
    /// The request cannot be answered by anyone.
    Never,
    /// Connections and time limits.
    Lost,
    /// Not the protocol.
    Malformed,
    /// False.
    Lying,
    /// Another network.
    Foreign,
}

impl ErrorClass {
    /// Every class, in the order in which [`EndpointStatus`](super::EndpointStatus) counts them.
    pub const ALL: [Self; 7] = [
        Self::RetryHere,
        Self::RetryElsewhere,
        Self::Never,
        Self::Lost,
        Self::Malformed,
        Self::Lying,
        Self::Foreign,
    ];

    /// The class as a label of a metric.
    pub fn label(self) -> &'static str {
        match self {
            Self::RetryHere => "retry-here",
            Self::RetryElsewhere => "retry-elsewhere",
            Self::Never => "never",
            Self::Lost => "lost",
            Self::Malformed => "malformed",
            Self::Lying => "lying",
            Self::Foreign => "foreign",
        }
    }
}

impl ServerError {
    /// The error without its details.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::RetryHere(_) => ErrorClass::RetryHere,
            Self::RetryElsewhere(_) => ErrorClass::RetryElsewhere,
            Self::Never(_) => ErrorClass::Never,
            Self::Lost(loss) if loss.is_malformed() => ErrorClass::Malformed,
            Self::Lost(_) => ErrorClass::Lost,
            Self::Malformed { .. } => ErrorClass::Malformed,
            Self::Lying(_) => ErrorClass::Lying,
            Self::Foreign { .. } => ErrorClass::Foreign,
        }
    }

    /// Whether the server says that it is asked too much.
    pub fn is_overload(&self) -> bool {
        self.remedy().blame == Blame::Overload
    }

    /// Whether the server does not have the ledger, or not what was asked for in it.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::RetryElsewhere(refusal) if refusal.is_absence())
    }

    /// Whether the server does not have the ledger.
    pub fn lacks_ledger(&self) -> bool {
        matches!(self, Self::RetryElsewhere(refusal) if refusal.lacks_ledger())
    }

    pub(super) fn malformed(what: impl ToString, reply: &str) -> Self {
        Self::Malformed { what: what.to_string(), excerpt: super::loss::excerpt(reply) }
    }
}

impl From<Refusal> for ServerError {
    fn from(refusal: Refusal) -> Self {
        match refusal.remedy().next {
            Disposition::RetryHere => Self::RetryHere(refusal),
            Disposition::RetryElsewhere => Self::RetryElsewhere(refusal),
            Disposition::Never => Self::Never(refusal),
        }
    }
}

impl From<Loss> for ServerError {
    fn from(loss: Loss) -> Self {
        match loss {
            Loss::Refused(refusal) => refusal.into(),
            loss => Self::Lost(loss),
        }
    }
}
