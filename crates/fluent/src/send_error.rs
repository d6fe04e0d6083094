//! Errors of sending a chunk.

use std::io;
use std::time::Duration;

use crate::msgpack::DecodeError;
use crate::{EncodeError, TlsFailure};

/// Why a chunk counts as not delivered. Unless it is [`Encode`](Self::Encode), the same chunk may be sent again;
/// the receiver may have it already.
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
        /// The cause; [`io::ErrorKind::TimedOut`] after the timeout.
        source: io::Error,
    },
    /// TLS failed. What a receiver refuses may be known only with the first chunk.
    #[error("TLS with the receiver {address} failed")]
    Tls {
        /// `host:port` as given.
        address: String,
        /// The cause.
        source: TlsFailure,
    },
    /// The handshake failed.
    #[error("the handshake with the receiver {address} failed")]
    Handshake {
        /// `host:port` as given.
        address: String,
        /// The cause.
        source: HandshakeError,
    },
    /// The connection broke while the chunk was written.
    #[error("writing a chunk to the receiver failed")]
    Write(#[source] io::Error),
    /// The receiver stopped reading.
    #[error("the receiver did not read a chunk within {timeout:?}")]
    WriteTimeout {
        /// The timeout.
        timeout: Duration,
    },
    /// The connection broke before the acknowledgement.
    #[error("reading an acknowledgement from the receiver failed")]
    Read(#[source] io::Error),
    /// The receiver did not respond.
    #[error("the receiver did not acknowledge a chunk within {timeout:?}")]
    AckTimeout {
        /// The timeout.
        timeout: Duration,
    },
    /// The receiver closed the connection after the chunk.
    #[error("the receiver closed the connection without acknowledging")]
    Closed,
    /// The receiver acknowledged another chunk.
    #[error("the receiver acknowledged {found:?} instead of {expected:?}")]
    WrongAck {
        /// The chunk's id.
        expected: String,
        /// The id in the acknowledgement.
        found: String,
    },
    /// The receiver sent data although no chunk was in flight.
    #[error("the receiver sent data before a chunk was sent")]
    Unsolicited,
    /// The receiver requires a shared key, and this sender has none.
    #[error("the receiver requires a shared key")]
    KeyRequired,
    /// The response is not an acknowledgement: not MessagePack, not a map, too long, or truncated.
    #[error("the receiver's response is not an acknowledgement")]
    BadResponse(#[source] DecodeError),
}

/// Why a handshake failed.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The other end closed, or did not respond in time.
    #[error("the connection was closed, or there was no response in time")]
    Incomplete,
    /// The connection broke.
    #[error("the connection broke")]
    Io(#[source] io::Error),
    /// A message is malformed.
    #[error("a message of the handshake is malformed")]
    Malformed(#[source] DecodeError),
    /// The receiver does not accept this sender.
    #[error("the receiver refuses: {reason}")]
    Refused {
        /// The receiver's reason.
        reason: String,
    },
    /// The receiver does not know the key.
    #[error("the receiver has another shared key")]
    WrongDigest,
}

impl SendError {
    /// Whether it is a timeout after connecting.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::WriteTimeout { .. } | Self::AckTimeout { .. })
    }

    /// The same, as a TLS failure if the connection broke because of TLS.
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

    /// Whether the receiver closed the connection after it was given at least a part of the chunk.
    pub fn is_close(&self) -> bool {
        matches!(self, Self::Write(_) | Self::Read(_) | Self::Closed)
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
            Self::Unsolicited => "unsolicited",
            Self::KeyRequired => "key_required",
            Self::BadResponse(_) => "bad_response",
        }
    }
}
