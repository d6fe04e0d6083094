//! Dead letters as an operator has them: seen, driven again, dropped, and limited.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod desk;
mod kills;
mod limits;
mod lists;
mod redrives;
