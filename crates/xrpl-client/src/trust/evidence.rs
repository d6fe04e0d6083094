//! The evidence against a server that gave invalid responses.

use std::collections::VecDeque;
use std::time::SystemTime;

use crate::error::InvalidResponse;

/// An invalid response: when it came, to which request, and what was false in it.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// When the response came.
    pub at: SystemTime,
    /// The request.
    pub request: String,
    /// What was false.
    pub response: InvalidResponse,
}

/// The latest invalid responses of a server.
#[derive(Debug, Default)]
pub(crate) struct EvidenceLog {
    latest: VecDeque<Evidence>,
    total: u64,
}

impl EvidenceLog {
    /// The number of responses that are kept; older ones are only counted.
    const KEPT_MAX: usize = 8;

    /// Keeps an invalid response.
    pub(crate) fn keep(&mut self, request: String, response: InvalidResponse) {
        self.total += 1;
        self.latest.push_back(Evidence { at: SystemTime::now(), request, response });
        if self.latest.len() > Self::KEPT_MAX {
            self.latest.pop_front();
        }
    }

    /// The number of invalid responses so far.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The latest invalid responses, oldest first.
    pub(crate) fn latest(&self) -> Vec<Evidence> {
        self.latest.iter().cloned().collect()
    }
}
