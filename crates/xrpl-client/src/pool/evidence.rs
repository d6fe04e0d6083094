//! What is kept of a server's lie.

use std::collections::VecDeque;
use std::time::SystemTime;

use crate::Lie;

/// A false answer: when, to which question, and what was false in it.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// When the answer came.
    pub at: SystemTime,
    /// The question.
    pub asked: String,
    /// What was false.
    pub lie: Lie,
}

/// The latest lies of a server.
#[derive(Debug, Default)]
pub(super) struct Record {
    latest: VecDeque<Evidence>,
    lies: u64,
}

impl Record {
    /// Older evidence than this many lies ago is dropped; the count stays.
    const EVIDENCE_MAX: usize = 8;

    /// Keeps a lie.
    pub(super) fn keep(&mut self, asked: String, lie: Lie) {
        self.lies += 1;
        self.latest.push_back(Evidence { at: SystemTime::now(), asked, lie });
        if self.latest.len() > Self::EVIDENCE_MAX {
            self.latest.pop_front();
        }
    }

    /// How many lies there were.
    pub(super) fn lies(&self) -> u64 {
        self.lies
    }

    /// The latest lies, oldest first.
    pub(super) fn latest(&self) -> Vec<Evidence> {
        self.latest.iter().cloned().collect()
    }
}
