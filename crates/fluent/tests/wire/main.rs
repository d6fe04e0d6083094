//! The forward protocol over real sockets: both ends, misbehaving receivers, and other implementations.

#![expect(
    clippy::unwrap_used,
    reason = "everything here is a test, and clippy knows only the functions marked so"
)]

mod authority;
mod chunks;
mod collector;
mod delivery;
mod encryption;
mod interoperation;
mod misbehaviour;
mod partner;
mod raw_receiver;
mod received;
mod self_signed;
mod stopping;
mod trust;
