//! The health of a server, learnt from its answers.

use std::time::Duration;

use backon::ExponentialBackoff;
use tokio::time::Instant;

use crate::error::{Error, HealthImpact};
use crate::retry_waits::{next_wait, retry_waits};

/// The health of a server. It is down after several failures in a row and up again after several successes in a row, so that
/// one odd reply changes nothing. After a failure, and after it said that it is asked too much, it has a cooldown, and then
/// one request at a time until one is answered. After an invalid response it is quarantined. It is never asked while it is of
/// another network.
#[derive(Debug)]
pub(super) struct Health {
    up: bool,
    /// A cooldown is over, and the server has not answered since.
    recovering: bool,
    wrong_network: bool,
    failures: u32,
    successes: u32,
    cooldown_until: Option<Instant>,
    quarantined_until: Option<Instant>,
    failure_cooldowns: ExponentialBackoff,
    overload_cooldowns: ExponentialBackoff,
    /// When the last cooldown after an overload ends.
    overloaded_until: Option<Instant>,
    quarantines: ExponentialBackoff,
    misbehaved: Option<Instant>,
}

/// How willingly a server is asked; the first is best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EndpointHealth {
    /// Answers well.
    Up,
    /// Failed lately, several times in a row.
    Down,
    /// Gave an invalid response: asked last of all, and only for what proves itself.
    Quarantined,
    /// Of another network: not asked.
    WrongNetwork,
}

impl Health {
    const FAILURES_TO_DOWN: u32 = 3;
    const SUCCESSES_TO_UP: u32 = 2;
    const FAILURE_COOLDOWN_FIRST: Duration = Duration::from_millis(200);
    /// About one ledger: a server that is back is asked again before the next one is missed.
    const FAILURE_COOLDOWN_MAX: Duration = Duration::from_secs(4);
    const OVERLOAD_COOLDOWN_FIRST: Duration = Duration::from_secs(1);
    const OVERLOAD_COOLDOWN_MAX: Duration = Duration::from_secs(60);
    /// How often a server of another network is checked again.
    const WRONG_NETWORK_COOLDOWN: Duration = Duration::from_secs(30);
    const QUARANTINE_FIRST: Duration = Duration::from_secs(60);
    const QUARANTINE_MAX: Duration = Duration::from_secs(3600);
    /// After this long without an invalid response the next one counts as the first.
    const FORGIVEN_AFTER: Duration = Duration::from_secs(7200);
    /// After this long without an overload the next one counts as the first.
    const CALM_AFTER: Duration = Duration::from_secs(10);
    const WARNING_COOLDOWN: Duration = Duration::from_secs(1);

    /// A server that was not asked yet counts as up.
    pub(super) fn new() -> Self {
        Self {
            up: true,
            recovering: false,
            wrong_network: false,
            failures: 0,
            successes: 0,
            cooldown_until: None,
            quarantined_until: None,
            failure_cooldowns: Self::failure_cooldowns(),
            overload_cooldowns: Self::overload_cooldowns(),
            overloaded_until: None,
            quarantines: Self::quarantines(),
            misbehaved: None,
        }
    }

    /// How willingly the server is asked.
    pub(super) fn health(&self, now: Instant) -> EndpointHealth {
        match self.quarantined_until {
            _ if self.wrong_network => EndpointHealth::WrongNetwork,
            Some(until) if now < until => EndpointHealth::Quarantined,
            _ if self.up => EndpointHealth::Up,
            _ => EndpointHealth::Down,
        }
    }

    /// The end of the cooldown in which the server is not asked.
    pub(super) fn cooldown(&self, now: Instant) -> Option<Instant> {
        self.cooldown_until.filter(|until| now < *until)
    }

    /// Whether a first request has to be answered before there are several at once.
    pub(super) fn is_recovering(&self) -> bool {
        self.recovering
    }

    /// The server answered, if only that it does not have something. What was in flight when its cooldown began says nothing
    /// about the time after it.
    pub(super) fn succeeded(&mut self, now: Instant) {
        if self.cooldown(now).is_none() {
            self.recovering = false;
        }
        self.wrong_network = false;
        self.failures = 0;
        self.successes = self.successes.saturating_add(1);
        if self.successes >= Self::SUCCESSES_TO_UP {
            self.up = true;
            self.failure_cooldowns = Self::failure_cooldowns();
        }
    }

    /// The server returned an error.
    pub(super) fn failed(&mut self, error: &Error, now: Instant) {
        match error.health_impact() {
            HealthImpact::Neutral => return self.succeeded(now),
            HealthImpact::Overload => return self.overloaded(now),
            HealthImpact::Misbehaviour => return self.misbehaved(now),
            HealthImpact::WrongNetwork => {
                self.wrong_network = true;
                return self.cool_down(now, Self::WRONG_NETWORK_COOLDOWN);
            }
            HealthImpact::Failure => {}
        }
        self.successes = 0;
        self.failures = self.failures.saturating_add(1);
        if self.failures >= Self::FAILURES_TO_DOWN {
            self.up = false;
        }
        // Many requests fail together when a connection breaks: that is one failure to wait for.
        if self.cooldown(now).is_none() {
            let cooldown = next_wait(&mut self.failure_cooldowns);
            self.cool_down(now, cooldown);
        }
    }

    fn cool_down(&mut self, now: Instant, cooldown: Duration) {
        self.cooldown_until = Some(now + cooldown);
        self.recovering = true;
    }

    /// The server said that it is asked too much. What was in flight says so again; that is not more overload.
    pub(super) fn overloaded(&mut self, now: Instant) {
        if self.cooldown(now).is_some() {
            return;
        }
        if self.overloaded_until.is_some_and(|until| now - until > Self::CALM_AFTER) {
            self.overload_cooldowns = Self::overload_cooldowns();
        }
        let cooldown = next_wait(&mut self.overload_cooldowns);
        self.overloaded_until = Some(now + cooldown);
        self.cool_down(now, cooldown);
    }

    /// The server answered, and warned that it is asked too much.
    pub(super) fn warned(&mut self, now: Instant) {
        if self.cooldown(now).is_none() {
            self.cool_down(now, Self::WARNING_COOLDOWN);
        }
    }

    fn misbehaved(&mut self, now: Instant) {
        if self.misbehaved.is_some_and(|last| now - last > Self::FORGIVEN_AFTER) {
            self.quarantines = Self::quarantines();
        }
        self.misbehaved = Some(now);
        if self.health(now) != EndpointHealth::Quarantined {
            self.quarantined_until = Some(now + next_wait(&mut self.quarantines));
        }
    }

    fn failure_cooldowns() -> ExponentialBackoff {
        retry_waits(Self::FAILURE_COOLDOWN_FIRST, Self::FAILURE_COOLDOWN_MAX)
    }

    fn overload_cooldowns() -> ExponentialBackoff {
        retry_waits(Self::OVERLOAD_COOLDOWN_FIRST, Self::OVERLOAD_COOLDOWN_MAX)
    }

    fn quarantines() -> ExponentialBackoff {
        retry_waits(Self::QUARANTINE_FIRST, Self::QUARANTINE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ConnectionError, RpcError};

    fn lost() -> Error {
        ConnectionError::abnormal_closure().into()
    }

    fn refused(token: &str) -> Error {
        RpcError::new(token, None, None).into()
    }

    #[test]
    fn one_failure_changes_nothing_and_three_do() {
        let (mut health, now) = (Health::new(), Instant::now());
        for (failure, expected) in
            [(1, EndpointHealth::Up), (2, EndpointHealth::Up), (3, EndpointHealth::Down)]
        {
            health.failed(&lost(), now);
            assert_eq!(health.health(now), expected, "after {failure}");
        }
        health.succeeded(now);
        assert_eq!(health.health(now), EndpointHealth::Down);
        health.succeeded(now);
        assert_eq!(health.health(now), EndpointHealth::Up);
    }

    #[test]
    fn after_a_cooldown_one_answer_ends_the_recovery_and_none_before_counts() {
        let (mut health, now) = (Health::new(), Instant::now());
        assert!(!health.is_recovering());
        health.failed(&refused("slowDown"), now);
        health.succeeded(now);
        assert!(health.is_recovering(), "that was under way before");
        let later = health.cooldown(now).unwrap();
        health.failed(&refused("lgrNotFound"), later);
        assert!(!health.is_recovering(), "it answered");
    }

    #[test]
    fn a_server_of_another_network_is_not_asked_until_it_is_of_ours() {
        let (mut health, now) = (Health::new(), Instant::now());
        health.failed(&Error::WrongNetwork { expected: 0, found: 1 }, now);
        let later = health.cooldown(now).unwrap();
        assert_eq!(health.health(later), EndpointHealth::WrongNetwork);
        health.succeeded(later);
        assert_eq!(health.health(later), EndpointHealth::Up);
    }

    #[test]
    fn a_broken_connection_with_many_requests_is_one_cooldown() {
        let (mut health, now) = (Health::new(), Instant::now());
        for _ in 0..100 {
            health.failed(&lost(), now);
        }
        assert!(health.cooldown(now).unwrap() - now <= Health::FAILURE_COOLDOWN_FIRST);
    }

    #[test]
    fn what_a_server_lacks_is_no_failure() {
        let (mut health, now) = (Health::new(), Instant::now());
        for token in ["lgrNotFound", "lgrNotFound", "lgrNotFound", "invalidParams", "entryNotFound"]
        {
            health.failed(&refused(token), now);
        }
        assert_eq!((health.health(now), health.cooldown(now)), (EndpointHealth::Up, None));
    }

    #[test]
    fn a_server_that_is_not_synced_is_down_after_a_while() {
        let (mut health, now) = (Health::new(), Instant::now());
        for _ in 0..Health::FAILURES_TO_DOWN {
            health.failed(&refused("notSynced"), now);
        }
        assert_eq!(health.health(now), EndpointHealth::Down);
    }

    #[test]
    fn overload_cooldowns_are_longer_each_time_until_calm() {
        let (mut health, mut now) = (Health::new(), Instant::now());
        let mut cooldowns = Vec::new();
        for _ in 0..8 {
            health.failed(&refused("slowDown"), now);
            health.failed(&refused("slowDown"), now);
            let until = health.cooldown(now).unwrap();
            cooldowns.push(until - now);
            now = until;
        }
        assert!(
            cooldowns[0] <= Duration::from_secs(1) && cooldowns[7] >= Duration::from_secs(30),
            "{cooldowns:?}"
        );
        assert_eq!(health.health(now), EndpointHealth::Up);
        now += Duration::from_secs(3600);
        health.overloaded(now);
        assert!(health.cooldown(now).unwrap() - now <= Duration::from_secs(1));
    }

    #[test]
    fn a_server_that_misbehaves_is_quarantined_for_longer_each_time() {
        let (mut health, now) = (Health::new(), Instant::now());
        let invalid = Error::InvalidResponse(crate::error::InvalidResponse::OtherObject {
            asked: xrpl_codec::Hash256::ZERO,
            answered: xrpl_codec::Hash256([1; 32]),
        });
        health.failed(&invalid, now);
        assert_eq!(health.health(now + Duration::from_secs(29)), EndpointHealth::Quarantined);
        let later = now + Duration::from_secs(61);
        assert_eq!(health.health(later), EndpointHealth::Up);
        health.failed(&invalid, later);
        assert_eq!(health.health(later + Duration::from_secs(59)), EndpointHealth::Quarantined);
    }
}
