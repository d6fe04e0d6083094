//! A place in a consumer group, and who works on each partition that it brings.

pub(crate) mod lag;
pub(crate) mod membership;
pub(crate) mod stability;
pub(crate) mod supervisor;
