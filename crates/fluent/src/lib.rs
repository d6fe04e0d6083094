//! The Fluent forward protocol, both ends: a [`Sender`] that delivers chunks of events and takes nothing for delivered
//! without its acknowledgement, and a [`Receiver`] that acknowledges what its handler took.
//!
//! # Invariants
//! - [`Sender::send`] returns `Ok` only after the receiver named the chunk's id.
//! - A sender has one chunk under way, so that the receiver's order is the caller's.
//! - Whatever the other end sends is read within a limit, and never makes this end panic.

mod ack;
mod batch;
mod chunk;
mod connection;
mod counts;
mod entries;
mod entry;
mod event_time;
mod handshake;
mod message_reader;
pub mod msgpack;
mod receiver;
mod security;
mod send_error;
mod sender;
mod stream;
mod tls;

pub use batch::Batch;
pub use chunk::{Chunk, EncodeError, Mode};
pub use counts::Counts;
pub use entries::{Entries, write_entry};
pub use entry::Entry;
pub use event_time::EventTime;
pub use receiver::{Receiver, ReceiverSettings};
pub use security::{ReceiverSecurity, SenderSecurity};
pub use send_error::{HandshakeError, SendError};
pub use sender::{Sender, SenderSettings};
pub use tls::{ReceiverTls, SenderTls, TlsError, TlsRefusal};
