//! Attempt after attempt, each from the last commit: how workers and leaders go on, whatever happens.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::backoff::Backoff;
use crate::kafka::client;
use crate::kafka::transactional_producer::TransactionError;
use crate::observe::health::{Health, HealthState, PartitionHealth};
use crate::observe::metrics::{ByReason, Metrics};
use crate::record::reject::Reject;
use crate::sleep::sleep;
use tokio_util::sync::CancellationToken;

/// How an attempt ended.
#[derive(Debug)]
pub(crate) enum Exit {
    /// It was asked to stop.
    Stopped,
    /// It has done all that it was asked for.
    Finished,
    /// Only an operator can help.
    Halted(String),
    /// Another instance has taken over.
    Fenced,
    /// It has failed so often that another instance should have its turn.
    Yielded(anyhow::Error),
    /// Anything else, with a word from a bounded set: another attempt may do.
    Broken(&'static str, anyhow::Error),
}

impl Exit {
    /// Makes an error the end of an attempt.
    pub(crate) fn broken<E: Into<anyhow::Error>>(reason: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Broken(reason, error.into())
    }
}

impl From<TransactionError> for Exit {
    fn from(lost: TransactionError) -> Self {
        match lost {
            TransactionError::Fenced => Self::Fenced,
            other => Self::Broken("transaction", other.into()),
        }
    }
}

/// Who attempts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Supervisor<'a> {
    pub(crate) flow: &'static str,
    pub(crate) part: &'a str,
    pub(crate) health: &'a Health,
    pub(crate) metrics: &'a Metrics,
    pub(crate) stop: &'a CancellationToken,
}

impl Supervisor<'_> {
    /// Calls `attempt` until it is told to stop, there is nothing more to do, or it passes its part on. The state of the part
    /// stays as it was last.
    pub(crate) fn run(
        &self,
        mut attempt: impl FnMut(&PartitionHealth, &mut Backoff) -> Result<Exit, Exit>,
    ) -> PartitionHealth {
        let Self { flow, part, health, metrics, stop } = *self;
        let mut backoff = Backoff::new(client::RETRY_FIRST, client::RETRY_LONGEST);
        let mut held = health.take_up(part, HealthState::Starting);
        while !stop.is_cancelled() {
            held.set(HealthState::Starting);
            let caught = catch_unwind(AssertUnwindSafe(|| attempt(&held, &mut backoff)));
            if stop.is_cancelled() {
                // Someone else may have taken the part up by now.
                break;
            }
            // What the attempt has left running is not heard any more.
            held = health.take_up(part, HealthState::Starting);
            let ended = match caught {
                Ok(Ok(ended) | Err(ended)) => ended,
                Err(panic) => Exit::Broken("panic", Reject::panicked(&*panic).into()),
            };
            let (reason, why, wait) = match ended {
                Exit::Stopped => return held,
                Exit::Finished => return self.rest(held, HealthState::Finished),
                Exit::Halted(why) => {
                    tracing::error!(flow, part, why, "halted");
                    return self.rest(held, HealthState::Halted(why));
                }
                Exit::Yielded(error) => {
                    let why = format!("{error:#}");
                    tracing::warn!(flow, part, why, "passing on to another instance");
                    metrics.restarts.get_or_create(&ByReason { flow, reason: "passed on" }).inc();
                    return held;
                }
                // Whoever fenced us is in charge, or will find out soon that it is not: wait for the group to agree.
                Exit::Fenced => (
                    "fenced",
                    "another instance has taken over".to_owned(),
                    Duration::from_millis(client::SESSION_MS),
                ),
                Exit::Broken(reason, error) => (reason, format!("{error:#}"), backoff.next_wait()),
            };
            tracing::warn!(flow, part, reason, why, "beginning anew from the last commit");
            metrics.restarts.get_or_create(&ByReason { flow, reason }).inc();
            held.set(HealthState::Retrying(why));
            sleep(stop, wait);
        }
        held
    }

    fn rest(&self, held: PartitionHealth, state: HealthState) -> PartitionHealth {
        held.set(state);
        while !sleep(self.stop, Duration::from_secs(3600)) {}
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_told_to_stop_leaves_the_part_to_the_next() {
        let (metrics, stop) = (Metrics::default(), CancellationToken::default());
        let health = Health::new("flow", &metrics);
        health.hold(1);
        let (flow, part) = ("flow", "numbers/0");
        let old = Supervisor { flow, part, health: &health, metrics: &metrics, stop: &stop };
        let left = old.run(|_, _| {
            // While a call hangs the partition goes and comes back to this process.
            stop.cancel();
            health.take_up(part, HealthState::Running);
            Err(Exit::Broken("transaction", anyhow::anyhow!("the broker did not answer in time")))
        });
        left.leave();
        assert!(health.is_ready(), "{}", health.describe());
    }
}
