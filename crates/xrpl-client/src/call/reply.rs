//! A successful reply.

use std::ops::Range;

use serde::Deserialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::error::Error;

/// A successful reply: the frame, and where its `result` is in it.
#[derive(Debug, Clone)]
pub struct Reply {
    text: Utf8Bytes,
    result: Range<usize>,
    /// Whether the server warned that it is asked too much.
    pub load_warning: bool,
}

impl Reply {
    pub(crate) fn new(text: Utf8Bytes, result: Range<usize>, load_warning: bool) -> Self {
        Self { text, result, load_warning }
    }

    /// The `result` as the server wrote it.
    pub fn result(&self) -> &str {
        &self.text[self.result.clone()]
    }

    /// The size of the whole frame, in bytes.
    pub fn frame_bytes(&self) -> usize {
        self.text.len()
    }

    /// Reads the `result` into a type that borrows from it where it can.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        serde_json::from_str(self.result()).map_err(|error| Error::malformed(error, self.result()))
    }
}
