//! The operator's command as a process, on a real broker.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod ekspiper;
mod imports;
mod lanes;
mod lines;
mod live;
mod refusals;
mod standing;
mod topics;
mod up;
