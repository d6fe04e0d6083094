//! What servers do, as a whole flow meets it: forks, lies, silence, size, secrets.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod chains;
mod large;
mod network;
mod secrets;
