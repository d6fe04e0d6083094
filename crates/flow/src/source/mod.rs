//! One active instance that commits a chain of blocks.

pub(crate) mod active;
pub(crate) mod checkpoint;
pub(crate) mod committer;
pub(crate) mod ingestor;
pub(crate) mod pointer_reset;
