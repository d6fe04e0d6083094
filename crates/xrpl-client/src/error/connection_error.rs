//! Why a connection, or a reply on it, was lost.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio_tungstenite::tungstenite;
use tungstenite::error::CapacityError;

use super::RpcError;

/// Why no reply came; cloned to everyone who waited on the same connection.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ConnectionError {
    /// No connection could be made.
    #[error("cannot connect")]
    Connect(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// The server answered the upgrade with something else.
    #[error("server answers the upgrade with HTTP {status}: {body}")]
    Http {
        /// The HTTP status.
        status: u16,
        /// The first bytes of the body.
        body: String,
    },
    /// The server closed the connection.
    #[error("server closed the connection with {code}: {reason}")]
    Closed {
        /// The WebSocket closing code; 1005 when the server sent none, 1006 when it just went away.
        code: u16,
        /// The server's reason.
        reason: String,
    },
    /// The connection broke.
    #[error("connection broke")]
    Broken(#[source] Arc<tungstenite::Error>),
    /// No reply in time.
    #[error("no reply within {0:?}")]
    TimedOut(Duration),
    /// A reply above the limit, perhaps one without an end.
    #[error("reply is larger than {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// The server sent a frame that is not what the protocol allows.
    #[error("server sent {what}: {excerpt}")]
    ProtocolViolation {
        /// What was wrong.
        what: &'static str,
        /// The frame's beginning.
        excerpt: String,
    },
    /// The server sent an error that belongs to no request.
    #[error(transparent)]
    Rpc(RpcError),
    /// Nothing came although something was due: no byte after a request, or no new ledger on a stream.
    #[error("nothing came for {0:?}")]
    Silent(Duration),
    /// This side closed the connection.
    #[error("connection was closed")]
    Shutdown,
}

impl ConnectionError {
    /// The closing code of a server that was asked too much, or reads too slowly for its taste.
    pub const POLICY: u16 = 1008;

    /// The closing code of a server that shuts down.
    pub const GOING_AWAY: u16 = 1001;

    /// Whether the server sent what no sound server sends.
    pub fn is_malformed(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::ProtocolViolation { .. })
    }

    pub(crate) fn protocol_violation(what: &'static str, frame: &str) -> Self {
        Self::ProtocolViolation { what, excerpt: excerpt(frame) }
    }

    /// What `error` of an open connection or of an upgrade means.
    pub(crate) fn from_websocket(error: tungstenite::Error) -> Self {
        match error {
            tungstenite::Error::Capacity(CapacityError::MessageTooLong { max_size, .. }) => {
                Self::TooLarge { bytes_max: max_size }
            }
            tungstenite::Error::Http(response) => {
                let body = response.body().as_deref().unwrap_or_default();
                Self::Http {
                    status: response.status().as_u16(),
                    body: excerpt(&String::from_utf8_lossy(body)),
                }
            }
            tungstenite::Error::Utf8(_) => Self::protocol_violation("text that is not UTF-8", ""),
            tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => {
                Self::abnormal_closure()
            }
            tungstenite::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::abnormal_closure()
            }
            error => Self::Broken(Arc::new(error)),
        }
    }

    /// The server went away without a closing frame.
    pub(crate) fn abnormal_closure() -> Self {
        Self::Closed { code: 1006, reason: String::new() }
    }
}

/// The beginning of what a server sent, short enough to log and to keep.
pub(super) fn excerpt(text: &str) -> String {
    const EXCERPT_BYTES_MAX: usize = 200;
    text[..text.floor_char_boundary(EXCERPT_BYTES_MAX)].trim().to_owned()
}
