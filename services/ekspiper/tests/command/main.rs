//! The operator's command as a process, on a real broker.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod ekspiper;
mod figures;
mod imports;
mod lanes;
mod live;
mod refusals;
mod signals;
mod status;
mod topics;
mod up;
