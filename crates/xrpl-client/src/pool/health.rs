//! Whether a server may be asked now, learnt from how it answered before.

use std::time::Duration;

use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::{Blame, ServerError};

/// A server's health. Down after several failures in a row and up again after several successes in a row, so that one
/// odd reply changes nothing; resting after a failure and after it said that it is asked too much, and then asked one request
/// at a time until one is answered; set aside after it lied; never asked while it is of another network.
#[derive(Debug)]
pub(super) struct Health {
    up: bool,
    /// It rested and has not answered since.
    recovering: bool,
    foreign: bool,
    failures: u32,
    successes: u32,
    rest_until: Option<Instant>,
    aside_until: Option<Instant>,
    failing: Backoff,
    overload: Backoff,
    /// When its last rest from overload ends.
    rested: Option<Instant>,
    lying: Backoff,
    lied: Option<Instant>,
}

/// How willingly a server is asked; the first is best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// Answers well.
    Up,
    /// Failed lately, several times in a row.
    Down,
    /// Lied: asked last of all, and only for what proves itself.
    Aside,
    /// Of another network: not asked.
    Foreign,
}

impl Health {
    const FAILURES_TO_DOWN: u32 = 3;
    const SUCCESSES_TO_UP: u32 = 2;
    const FAILED_REST_FIRST: Duration = Duration::from_millis(200);
    const FAILED_REST_MAX: Duration = Duration::from_secs(30);
    const OVERLOAD_REST_FIRST: Duration = Duration::from_secs(1);
    const OVERLOAD_REST_MAX: Duration = Duration::from_secs(60);
    /// How often a server of another network is looked at again.
    const FOREIGN_REST: Duration = Duration::from_secs(30);
    const ASIDE_FIRST: Duration = Duration::from_secs(60);
    const ASIDE_MAX: Duration = Duration::from_secs(3600);
    /// After this long without a lie the next one counts as the first.
    const FORGIVEN_AFTER: Duration = Duration::from_secs(7200);
    /// A server that did without a rest for so long was well: the next overload is a first one.
    const CALM_AFTER: Duration = Duration::from_secs(10);
    const WARNED_REST: Duration = Duration::from_secs(1);

    /// A server that was not asked yet is taken for up.
    pub(super) fn new() -> Self {
        Self {
            up: true,
            recovering: false,
            foreign: false,
            failures: 0,
            successes: 0,
            rest_until: None,
            aside_until: None,
            failing: Backoff::new(Self::FAILED_REST_FIRST, Self::FAILED_REST_MAX),
            overload: Backoff::new(Self::OVERLOAD_REST_FIRST, Self::OVERLOAD_REST_MAX),
            rested: None,
            lying: Backoff::new(Self::ASIDE_FIRST, Self::ASIDE_MAX),
            lied: None,
        }
    }

    /// How willingly the server is asked.
    pub(super) fn standing(&self, now: Instant) -> Standing {
        match self.aside_until {
            _ if self.foreign => Standing::Foreign,
            Some(until) if now < until => Standing::Aside,
            _ if self.up => Standing::Up,
            _ => Standing::Down,
        }
    }

    /// Until when the server is left alone.
    pub(super) fn resting(&self, now: Instant) -> Option<Instant> {
        self.rest_until.filter(|until| now < *until)
    }

    /// Whether a first request has to be answered before there are several at once.
    pub(super) fn is_recovering(&self) -> bool {
        self.recovering
    }

    /// The server answered, if only that it does not have something. What was under way when its rest began says nothing
    /// about afterwards.
    pub(super) fn succeeded(&mut self, now: Instant) {
        if self.resting(now).is_none() {
            self.recovering = false;
        }
        self.foreign = false;
        self.failures = 0;
        self.successes = self.successes.saturating_add(1);
        if self.successes >= Self::SUCCESSES_TO_UP {
            self.up = true;
            self.failing.reset();
        }
    }

    /// The server did not answer, or not soundly.
    pub(super) fn failed(&mut self, error: &ServerError, now: Instant) {
        match error.remedy().blame {
            Blame::Innocent => return self.succeeded(now),
            Blame::Overload => return self.overloaded(now),
            Blame::Lie => return self.lied(now),
            Blame::Foreign => {
                self.foreign = true;
                return self.rest(now, Self::FOREIGN_REST);
            }
            Blame::Failure => {}
        }
        self.successes = 0;
        self.failures = self.failures.saturating_add(1);
        if self.failures >= Self::FAILURES_TO_DOWN {
            self.up = false;
        }
        // Many requests fail together when a connection breaks: that is one failure to wait for.
        if self.resting(now).is_none() {
            let rest = self.failing.next();
            self.rest(now, rest);
        }
    }

    fn rest(&mut self, now: Instant, rest: Duration) {
        self.rest_until = Some(now + rest);
        self.recovering = true;
    }

    /// The server said that it is asked too much. What was in flight says so again; that is not more overload.
    pub(super) fn overloaded(&mut self, now: Instant) {
        if self.resting(now).is_some() {
            return;
        }
        if self.rested.is_some_and(|rested| now - rested > Self::CALM_AFTER) {
            self.overload.reset();
        }
        let rest = self.overload.next();
        self.rested = Some(now + rest);
        self.rest(now, rest);
    }

    /// The server answered, and said that it will not go on like this.
    pub(super) fn warned(&mut self, now: Instant) {
        if self.resting(now).is_none() {
            self.rest(now, Self::WARNED_REST);
        }
    }

    fn lied(&mut self, now: Instant) {
        if self.lied.is_some_and(|last| now - last > Self::FORGIVEN_AFTER) {
            self.lying.reset();
        }
        self.lied = Some(now);
        if self.standing(now) != Standing::Aside {
            self.aside_until = Some(now + self.lying.next());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Loss, Refusal};

    fn lost() -> ServerError {
        Loss::gone().into()
    }

    fn refused(token: &str) -> ServerError {
        Refusal::new(token, None, None).into()
    }

    #[test]
    fn one_failure_changes_nothing_and_three_do() {
        let (mut health, now) = (Health::new(), Instant::now());
        for (failure, standing) in [(1, Standing::Up), (2, Standing::Up), (3, Standing::Down)] {
            health.failed(&lost(), now);
            assert_eq!(health.standing(now), standing, "after {failure}");
        }
        health.succeeded(now);
        assert_eq!(health.standing(now), Standing::Down);
        health.succeeded(now);
        assert_eq!(health.standing(now), Standing::Up);
    }

    #[test]
    fn after_a_rest_one_answer_ends_the_recovery_and_none_before_counts() {
        let (mut health, now) = (Health::new(), Instant::now());
        assert!(!health.is_recovering());
        health.failed(&refused("slowDown"), now);
        health.succeeded(now);
        assert!(health.is_recovering(), "that was under way before");
        let later = health.resting(now).unwrap();
        health.failed(&refused("lgrNotFound"), later);
        assert!(!health.is_recovering(), "it answered");
    }

    #[test]
    fn a_server_of_another_network_is_not_asked_until_it_is_of_ours() {
        let (mut health, now) = (Health::new(), Instant::now());
        health.failed(&ServerError::Foreign { expected: 0, found: 1 }, now);
        let later = health.resting(now).unwrap();
        assert_eq!(health.standing(later), Standing::Foreign);
        health.succeeded(later);
        assert_eq!(health.standing(later), Standing::Up);
    }

    #[test]
    fn a_broken_connection_with_many_requests_is_one_rest() {
        let (mut health, now) = (Health::new(), Instant::now());
        for _ in 0..100 {
            health.failed(&lost(), now);
        }
        assert!(health.resting(now).unwrap() - now <= Health::FAILED_REST_FIRST);
    }

    #[test]
    fn what_a_server_lacks_is_no_failure() {
        let (mut health, now) = (Health::new(), Instant::now());
        for token in ["lgrNotFound", "lgrNotFound", "lgrNotFound", "invalidParams", "entryNotFound"]
        {
            health.failed(&refused(token), now);
        }
        assert_eq!((health.standing(now), health.resting(now)), (Standing::Up, None));
    }

    #[test]
    fn a_server_that_is_not_synced_is_down_after_a_while() {
        let (mut health, now) = (Health::new(), Instant::now());
        for _ in 0..Health::FAILURES_TO_DOWN {
            health.failed(&refused("notSynced"), now);
        }
        assert_eq!(health.standing(now), Standing::Down);
    }

    #[test]
    fn overload_rests_longer_each_time_until_calm() {
        let (mut health, mut now) = (Health::new(), Instant::now());
        let mut rests = Vec::new();
        for _ in 0..8 {
            health.failed(&refused("slowDown"), now);
            health.failed(&refused("slowDown"), now);
            let until = health.resting(now).unwrap();
            rests.push(until - now);
            now = until;
        }
        assert!(
            rests[0] <= Duration::from_secs(1) && rests[7] >= Duration::from_secs(30),
            "{rests:?}"
        );
        assert_eq!(health.standing(now), Standing::Up);
        now += Duration::from_secs(3600);
        health.overloaded(now);
        assert!(health.resting(now).unwrap() - now <= Duration::from_secs(1));
    }

    #[test]
    fn a_liar_is_set_aside_for_longer_each_time() {
        let (mut health, now) = (Health::new(), Instant::now());
        let lie = ServerError::Lying(crate::Lie::Other {
            asked: xrpl_codec::Hash256::ZERO,
            answered: xrpl_codec::Hash256([1; 32]),
        });
        health.failed(&lie, now);
        assert_eq!(health.standing(now + Duration::from_secs(29)), Standing::Aside);
        let later = now + Duration::from_secs(61);
        assert_eq!(health.standing(later), Standing::Up);
        health.failed(&lie, later);
        assert_eq!(health.standing(later + Duration::from_secs(59)), Standing::Aside);
    }
}
