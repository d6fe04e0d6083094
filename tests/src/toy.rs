//! Toy flows without ledgers: a chain of numbers, copied, looked up, summed and sent.

mod answers;
mod copies;
pub mod copy;
pub mod fetch;
pub mod ledger_record;
mod numbers;
pub mod sink;
pub mod source;
pub mod sum;
mod sums;

pub use answers::{Answer, Answers};
pub use copies::{Copies, Copy};
pub use numbers::{Number, Numbers};
pub use sums::{Sum, Sums};

use flow::{Cleanup, Extent, TopicSpec};

/// A toy topic. Nothing that a test writes grows old.
const fn partitioned(name: &'static str) -> TopicSpec {
    TopicSpec { name, extent: Extent::Partitioned, cleanup: Cleanup::DeleteAfterHours(24) }
}
