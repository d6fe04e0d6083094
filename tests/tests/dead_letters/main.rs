//! Dead letters from an operator's view: listed, shown, re-driven, dropped, limited.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod dlq_lane;
mod kills;
mod limits;
mod lists;
mod redrives;
