//! What a flow may say of an input that it could not process. The type says what the runtime does next.

/// The input can never succeed, whoever tries again.
///
/// It becomes a dead letter, or stops the partition, as the flow's [`OnReject`] says.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Reject {
    reason: &'static str,
    #[source]
    source: Option<anyhow::Error>,
}

impl Reject {
    /// `reason` is a word from a bounded set: it becomes the label of a metric.
    pub const fn new(reason: &'static str) -> Self {
        Self { reason, source: None }
    }

    /// Like [`Reject::new`], with what caused it.
    pub fn because(reason: &'static str, source: impl Into<anyhow::Error>) -> Self {
        Self { reason, source: Some(source.into()) }
    }

    /// What a caught panic becomes: `panic`, with its message.
    pub(crate) fn panicked(panic: &(dyn std::any::Any + Send)) -> Self {
        let message = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        Self::because("panic", anyhow::Error::msg(message))
    }

    /// The word from a bounded set.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// The reason and its causes, outermost first.
    pub fn causes(&self) -> Vec<String> {
        let mut causes = vec![self.reason.to_owned()];
        if let Some(source) = &self.source {
            causes.extend(source.chain().map(ToString::to_string));
        }
        causes
    }
}

/// What becomes of a rejected input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnReject {
    /// It goes to `dead-letters`, and the flow goes on.
    DeadLetter,
    /// The partition stops at it, visibly, since what follows depends on it.
    Halt,
}

/// Why asking the outside did not give outputs.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// Retried with backoff for as long as it takes; the partition waits, nothing is lost.
    #[error("not available yet")]
    Transient(#[source] anyhow::Error),
    /// The input can never succeed.
    #[error(transparent)]
    Reject(#[from] Reject),
}
