//! What a record is: its topic, its order within a lane, its links, and why it is rejected.

pub(crate) mod dead_letter;
pub(crate) mod namespace;
pub(crate) mod pointer;
pub(crate) mod progress;
pub(crate) mod record_order;
pub(crate) mod reject;
pub(crate) mod topic;
