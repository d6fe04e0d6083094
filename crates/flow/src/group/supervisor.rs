//! The supervisor of a partition: attempt after attempt, each from the last commit, whatever happens.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::kafka::client::SESSION_MS;
use crate::kafka::transactional_producer::TransactionError;
use crate::observe::health::{Health, PartitionHealth};
use crate::observe::health_state::HealthState;
use crate::observe::labels::ByReason;
use crate::observe::metrics::Metrics;
use crate::record::reject::Reject;
use crate::sleep::sleep;

/// The first and the longest wait before another attempt.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LONGEST: Duration = Duration::from_secs(3);
/// How long a partition rests that needs an operator, or has nothing more to do.
const REST: Duration = Duration::from_secs(3600);

/// How an attempt ended.
#[derive(Debug)]
pub(crate) enum Exit {
    /// It was asked to stop.
    Stopped,
    /// All that was asked for is done.
    Finished,
    /// Only an operator can help.
    Halted(String),
    /// Another instance has taken over.
    Fenced,
    /// It has failed so often that another instance should try.
    Yielded(anyhow::Error),
    /// Anything else, with a word from a bounded set: another attempt may succeed.
    Failed(&'static str, anyhow::Error),
}

impl Exit {
    /// Makes an error the end of an attempt.
    pub(crate) fn failed<E: Into<anyhow::Error>>(reason: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Failed(reason, error.into())
    }
}

impl From<TransactionError> for Exit {
    fn from(error: TransactionError) -> Self {
        match error {
            TransactionError::Fenced => Self::Fenced,
            other => Self::Failed("transaction", other.into()),
        }
    }
}

/// Runs the attempts at one partition, or at a source's active role.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Supervisor<'a> {
    pub(crate) flow: &'static str,
    /// What the partition is called in the flow's health.
    pub(crate) partition: &'a str,
    pub(crate) health: &'a Health,
    pub(crate) metrics: &'a Metrics,
    pub(crate) stop: &'a CancellationToken,
}

impl Supervisor<'_> {
    /// Calls `attempt` until it is asked to stop, there is nothing more to do, or it yields. The health stays as it was last.
    pub(crate) fn run(
        &self,
        mut attempt: impl FnMut(&PartitionHealth, &mut Backoff) -> Result<Exit, Exit>,
    ) -> PartitionHealth {
        let Self { flow, partition, health, metrics, stop } = *self;
        let mut backoff = Backoff::new(RETRY_FIRST, RETRY_LONGEST);
        let mut claim = health.claim(partition, HealthState::Starting);
        while !stop.is_cancelled() {
            claim.set(HealthState::Starting);
            let caught = catch_unwind(AssertUnwindSafe(|| attempt(&claim, &mut backoff)));
            if stop.is_cancelled() {
                // Another worker may have claimed the partition by now.
                break;
            }
            // What the attempt has left running is ignored from now on.
            claim = claim.renew();
            let exit = match caught {
                Ok(Ok(exit) | Err(exit)) => exit,
                Err(panic) => Exit::Failed("panic", Reject::panicked(&*panic).into()),
            };
            let (reason, why, wait) = match exit {
                Exit::Stopped => return claim,
                Exit::Finished => return self.rest(claim, HealthState::Finished),
                Exit::Halted(why) => {
                    tracing::error!(flow, partition, why, "halted");
                    return self.rest(claim, HealthState::Halted(why));
                }
                Exit::Yielded(error) => {
                    let why = format!("{error:#}");
                    tracing::warn!(
                        flow,
                        partition,
                        why,
                        "leaving the group, so that another instance tries"
                    );
                    metrics.restarts.get_or_create(&ByReason { flow, reason: "yielded" }).inc();
                    return claim;
                }
                // The instance that fenced this one is in charge, or will find out soon that it is not: the group has to agree.
                Exit::Fenced => (
                    "fenced",
                    "producer fenced: another instance has taken over".to_owned(),
                    Duration::from_millis(SESSION_MS),
                ),
                Exit::Failed(reason, error) => (reason, format!("{error:#}"), backoff.next_wait()),
            };
            tracing::warn!(flow, partition, reason, why, "restarting from the last commit");
            metrics.restarts.get_or_create(&ByReason { flow, reason }).inc();
            claim.set(HealthState::Retrying(why));
            sleep(stop, wait);
        }
        claim
    }

    fn rest(&self, claim: PartitionHealth, state: HealthState) -> PartitionHealth {
        claim.set(state);
        while !sleep(self.stop, REST) {}
        claim
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_was_stopped_leaves_the_health_to_the_next_one() {
        let (metrics, stop) = (Metrics::default(), CancellationToken::default());
        let health = Health::new("flow", &metrics);
        health.assign(1);
        let (flow, partition) = ("flow", "numbers/0");
        let old = Supervisor { flow, partition, health: &health, metrics: &metrics, stop: &stop };
        let left = old.run(|_, _| {
            // While a call hangs the partition is revoked, and assigned to this process again.
            stop.cancel();
            health.claim(partition, HealthState::Running);
            Err(Exit::Failed("transaction", anyhow::anyhow!("the broker did not answer in time")))
        });
        left.release();
        assert!(health.is_ready(), "{}", health.describe());
    }
}
