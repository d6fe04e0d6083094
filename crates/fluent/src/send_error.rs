//! Why a chunk was not acknowledged.

use std::io;
use std::time::Duration;

use crate::msgpack::DecodeError;
use crate::{EncodeError, TlsFailure};

/// Why a chunk counts as not delivered. Unless it is [`Encode`](Self::Encode), the same chunk may be sent again; the
/// receiver may have it already.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The chunk has no form in this mode: it can never be sent.
    #[error("the chunk can't be encoded")]
    Encode(#[source] EncodeError),
    /// No connection was made.
    #[error("can't connect to the receiver {address}")]
    Connect {
        /// `host:port` as given.
        address: String,
        /// What the system said; [`io::ErrorKind::TimedOut`] when it said nothing in time.
        source: io::Error,
    },
    /// The receiver and this sender have no TLS between them. What a receiver refuses may be known only with the first chunk.
    #[error("no TLS with the receiver {address}")]
    Tls {
        /// `host:port` as given.
        address: String,
        /// What was refused.
        source: TlsFailure,
    },
    /// The handshake failed.
    #[error("the receiver {address} and this sender don't trust each other")]
    Handshake {
        /// `host:port` as given.
        address: String,
        /// At which step.
        source: HandshakeError,
    },
    /// The connection broke while the chunk was written.
    #[error("writing a chunk to the receiver failed")]
    Write(#[source] io::Error),
    /// The receiver stopped taking bytes.
    #[error("the receiver took no more bytes of a chunk for {timeout:?}")]
    WriteTimeout {
        /// How long was waited.
        timeout: Duration,
    },
    /// The connection broke before the acknowledgement.
    #[error("reading an acknowledgement from the receiver failed")]
    Read(#[source] io::Error),
    /// The receiver took the chunk and said nothing.
    #[error("the receiver did not acknowledge a chunk within {timeout:?}")]
    AckTimeout {
        /// How long was waited.
        timeout: Duration,
    },
    /// The receiver took the chunk and closed.
    #[error("the receiver closed the connection without acknowledging")]
    Closed,
    /// The receiver acknowledged something else.
    #[error("the receiver acknowledged {found:?} in place of {expected:?}")]
    WrongAck {
        /// The chunk's id.
        expected: String,
        /// What the receiver named.
        found: String,
    },
    /// The receiver said something although nothing was to be acknowledged.
    #[error("the receiver sent something before a chunk was sent")]
    Unasked,
    /// The receiver asks for a handshake, and this sender has no key.
    #[error("the receiver asks for a shared key")]
    KeyRequired,
    /// What the receiver said is no acknowledgement: not MessagePack, not a map, too long, or cut off.
    #[error("the receiver's answer is not an acknowledgement")]
    BadResponse(#[source] DecodeError),
}

/// At which step a handshake failed.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The other end did nothing, or closed, before the handshake was complete.
    #[error("the connection ended, or nothing came in time")]
    Incomplete,
    /// The connection broke.
    #[error("the connection broke")]
    Io(#[source] io::Error),
    /// A step is not what the protocol has there.
    #[error("a step of the handshake is malformed")]
    Malformed(#[source] DecodeError),
    /// The receiver does not accept this sender.
    #[error("the receiver refuses: {reason}")]
    Refused {
        /// In the receiver's words.
        reason: String,
    },
    /// The receiver does not know the key.
    #[error("the receiver proved no knowledge of the shared key")]
    WrongDigest,
}

impl SendError {
    /// Whether the receiver was given all the time that there is, and did nothing with it.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::WriteTimeout { .. } | Self::AckTimeout { .. })
    }

    /// The same, told as what it is if the connection broke because of TLS.
    pub(crate) fn or_tls(self, address: &str) -> Self {
        let io = match &self {
            Self::Write(error) | Self::Read(error) => error,
            Self::Handshake { source: HandshakeError::Io(error), .. } => error,
            _ => return self,
        };
        match TlsFailure::of(io) {
            Some(source) => Self::Tls { address: address.to_owned(), source },
            None => self,
        }
    }

    /// A short name of the variant, for metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Encode(_) => "encode",
            Self::Connect { .. } => "connect",
            Self::Tls { .. } => "tls",
            Self::Handshake { .. } => "handshake",
            Self::Write(_) => "write",
            Self::WriteTimeout { .. } => "write_timeout",
            Self::Read(_) => "read",
            Self::AckTimeout { .. } => "ack_timeout",
            Self::Closed => "closed",
            Self::WrongAck { .. } => "wrong_ack",
            Self::Unasked => "unasked",
            Self::KeyRequired => "key_required",
            Self::BadResponse(_) => "bad_response",
        }
    }
}
