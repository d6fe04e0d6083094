//! MessagePack as the forward protocol needs it: written straight into a buffer, read without a tree.

mod container;
mod decode_error;
mod json;
mod map;
pub(crate) mod put;
mod scanner;
mod serialize;
mod transcode;
mod value;

pub use decode_error::DecodeError;
pub use map::{MapWriter, write_map};
pub(crate) use scanner::Scanner;
pub use transcode::{TranscodeError, transcode};
pub use value::{Array, Map, Value};
