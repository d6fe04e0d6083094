//! Why JSON cannot be encoded, and where.

use std::borrow::Cow;
use std::fmt;

/// Why JSON cannot be encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodeError {
    /// Where, such as `Memos[0].Memo.MemoData`; empty for the whole.
    pub path: String,
    /// What is wrong there.
    pub reason: Cow<'static, str>,
}

impl EncodeError {
    pub(super) fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { path: String::new(), reason: reason.into() }
    }

    /// Adds the member in which it happened.
    pub(super) fn within(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path.insert_str(0, dot);
        self.path.insert_str(0, name);
        self
    }

    /// Adds the element in which it happened.
    pub(super) fn at(mut self, at: usize) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path.insert_str(0, &format!("[{at}]{dot}"));
        self
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(formatter, "{}", self.reason),
            path => write!(formatter, "{path}: {}", self.reason),
        }
    }
}

impl std::error::Error for EncodeError {}
