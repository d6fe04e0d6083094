//! A sender of the Fluent forward protocol: a [`Sender`] delivers chunks of events, and counts none as delivered without
//! its acknowledgement.
//!
//! What a receiver shares with it is in [`protocol`].
//!
//! # Invariants
//! - [`Sender::send`] returns `Ok` only after the receiver acknowledged the chunk by its id.
//! - A sender has one chunk in flight, so that the receiver's order is the caller's.
//! - What the other end sends is read up to a limit, and never makes this end panic.

mod ack;
mod chunk;
mod entries;
mod entry;
mod event_time;
mod handshake;
mod message_reader;
pub mod msgpack;
pub mod protocol;
mod send_error;
mod sender;
mod stream;
mod tls;

pub use chunk::{Chunk, EncodeError, Mode};
pub use entries::{Entries, write_entry};
pub use entry::Entry;
pub use event_time::EventTime;
pub use handshake::security::SenderSecurity;
pub use send_error::{HandshakeError, SendError};
pub use sender::{Sender, SenderSettings};
pub use tls::{SenderTls, TlsError, TlsFailure};
