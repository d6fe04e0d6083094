//! Replies of real rippled servers, recorded on private chains, one JSON file a reply.
//!
//! The folders `rippled-standalone`, `rippled-standalone-2` and `rippled-standalone-2/unl-modify` hold a chain each. A file
//! `ledger-<index>-<shape>.json` is the `result` of `ledger` in one of four shapes (`v1`, `v2`, `v1-binary`, `v2-binary`);
//! `state-<index>.json` is the whole state; `ws-*.json` are the frames of a WebSocket session; the others are named by their
//! request.

use std::path::Path;

/// The folder that holds a folder for each chain.
pub fn folder() -> &'static Path {
    Path::new(concat!(env!("OUT_DIR"), "/chains"))
}
