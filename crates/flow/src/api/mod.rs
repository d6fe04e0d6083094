//! What a flow is written against.

pub(crate) mod async_processor;
pub(crate) mod collector;
pub(crate) mod processor;
pub(crate) mod sink;
pub(crate) mod source;
