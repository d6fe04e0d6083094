//! The API of a flow: the four traits, and the collector of outputs.

pub(crate) mod async_processor;
pub(crate) mod collector;
pub(crate) mod processor;
pub(crate) mod sink;
pub(crate) mod source;
