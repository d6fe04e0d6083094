//! A Fluent forward receiver for demos and tests: acknowledges each chunk after its handler accepted it.
//!
//! # Invariants
//! - A chunk is acknowledged only after the handler returned `Ok`.
//! - Whatever a sender sends is read up to a limit, and never makes this end panic.

mod batch;
mod connection;
mod counts;
mod handshake;
mod receiver;
mod security;
mod tls;

pub use batch::Batch;
pub use counts::Counts;
pub use receiver::{Receiver, ReceiverSettings};
pub use security::ReceiverSecurity;
pub use tls::ReceiverTls;
