//! The conservation harness: whatever is done to flows, broker, servers and receiver, what comes out is what a sequential run
//! of the same chain makes of it.
//!
//! A [`Schedule`] says by a seed what is done when. A [`Run`] has everything that it is done to, and does it. A [`Reference`]
//! is what has to come out, computed from the chain alone. A comparison is the list of [`Difference`]s between the two.

mod advance;
mod comparison;
mod defect;
mod disturbance;
mod environment;
mod fleet;
mod instance;
mod memory;
mod outcome;
mod recipe;
mod recoveries;
mod reference;
mod run;
mod schedule;
mod watch;

pub use comparison::Difference;
pub use defect::{DEFECT_AT, Defect};
pub use disturbance::{Disturbance, Link, Victim};
pub use memory::{Memory, watch_memory};
pub use outcome::Outcome;
pub use recipe::Recipe;
pub use recoveries::{Recovery, percentile};
pub use reference::Reference;
pub use run::{Plan, Run, undisturbed};
pub use schedule::Schedule;

/// The flows with the topic that shows their progress, in the order of the path.
pub const FLOWS: [(&str, &str); 8] = [
    ("ledger-source", "ledger-events"),
    ("ledger-details", "ledgers"),
    ("ledger-transactions", "transactions"),
    ("ledger-record", "ledger-records"),
    ("transaction-record", "transaction-records"),
    ("book-offers-fetch", "book-offer-requests"),
    ("book-offers-record", "book-offers"),
    ("fluent-sink", ""),
];
