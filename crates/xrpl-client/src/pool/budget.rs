//! The rate budget of a server: a share that the operator grants, and a limit that is learnt from its replies.

use std::time::Duration;

use tokio::time::Instant;

/// The rate budget of one server. It starts low and grows quickly while it is too small and the server does not complain. Once
/// the server said that it is asked too much, the rate is halved, and grows slowly.
///
/// Costs are in plain requests, which rippled charges 20 units each. A costly request is not paid at once but out of the
/// income, half of it while plain requests want the other half: so a ledger never waits behind the books of the one before,
/// and books never starve. The next costly one is sent when the last is paid.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    /// What the operator grants, in requests a second.
    granted: f64,
    /// What is given now, in requests a second.
    rate: f64,
    /// The rate at the last complaint of the server; `None` if there was none.
    too_much: Option<f64>,
    /// What may be spent at once by plain requests.
    tokens: f64,
    /// What costly requests have still to pay.
    owed: f64,
    counted: Instant,
    /// What was spent lately; it fades.
    spent: f64,
    /// Whether a request had to wait since the last growth.
    short: bool,
    grown: Instant,
    cut: Option<Instant>,
}

impl Budget {
    /// What a server gets at first, in requests a second.
    const RATE_FIRST: f64 = 64.0;
    /// No server gets less, in requests a second, unless the operator grants less.
    const RATE_MIN: f64 = 1.0;
    /// The burst after a pause, in seconds of the rate.
    const BURST_S: f64 = 0.25;
    /// The smallest burst, in requests.
    const BURST_MIN: f64 = 4.0;
    /// How often the rate may grow.
    pub(super) const GROWTH_INTERVAL: Duration = Duration::from_millis(500);
    /// The growth before the server ever complained: doubled.
    const GROWTH_UNTAUGHT: f64 = 2.0;
    /// Below what was too much: by so much of that, so that it takes half a minute to be there again.
    const GROWTH_BELOW: f64 = 0.01;
    /// Above it: by so much of itself.
    const GROWTH_ABOVE: f64 = 1.025;
    /// So much of what comes in pays for costly requests first; what plain ones leave over pays for them as well.
    const COSTLY_SHARE: f64 = 0.5;
    const CUT: f64 = 0.5;
    /// No wait for the budget is shorter.
    const WAIT_MIN: Duration = Duration::from_millis(1);
    /// Replies to what was under way say the same again: that is not more overload.
    const CUT_INTERVAL: Duration = Duration::from_secs(2);
    /// What was spent counts for about so long.
    const SPENT_S: f64 = 2.0;

    /// A budget of at most `granted` requests a second; of any number if `None`.
    pub(super) fn new(granted: Option<f64>, now: Instant) -> Self {
        let granted = granted.unwrap_or(f64::INFINITY);
        let rate = Self::RATE_FIRST.min(granted);
        Self {
            granted,
            rate,
            too_much: None,
            tokens: (rate * Self::BURST_S).max(Self::BURST_MIN),
            owed: 0.0,
            counted: now,
            spent: 0.0,
            short: false,
            grown: now,
            cut: None,
        }
    }

    /// What the server gets now, in requests a second.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// Whether a request is paid bit by bit.
    pub(super) fn is_costly(cost: f64) -> bool {
        cost > 1.0
    }

    /// The time until `cost` may be spent, if nothing else is spent.
    pub(super) fn wait(&self, cost: f64, now: Instant) -> Duration {
        let mut then = self.clone();
        then.count(now);
        then.missing_s(cost)
    }

    fn missing_s(&self, cost: f64) -> Duration {
        let missing = if Self::is_costly(cost) { self.owed } else { -self.tokens };
        Duration::from_secs_f64((missing / self.rate).max(0.0))
    }

    /// Whether `cost` may be spent now; if not, when.
    pub(super) fn try_spend(&mut self, cost: f64, now: Instant) -> Result<(), Instant> {
        self.count(now);
        self.grow(now);
        let is_costly = Self::is_costly(cost);
        let may_spend = if is_costly { self.owed <= 0.0 } else { self.tokens > 0.0 };
        if !may_spend {
            self.short = true;
            return Err(now + self.missing_s(cost).max(Self::WAIT_MIN));
        }
        if is_costly {
            self.owed += cost;
        } else {
            self.tokens -= cost;
        }
        self.spent += cost;
        Ok(())
    }

    /// The server said that it is asked too much.
    pub(super) fn overloaded(&mut self, now: Instant) {
        if self.cut.is_some_and(|cut| now - cut < Self::CUT_INTERVAL) {
            return;
        }
        self.count(now);
        let too_much = self.rate.min(self.spent / Self::SPENT_S).max(Self::RATE_MIN);
        self.rate = (too_much * Self::CUT).max(Self::RATE_MIN).min(self.granted);
        self.too_much = Some(too_much);
        self.tokens = self.tokens.min(0.0);
        (self.cut, self.grown, self.short) = (Some(now), now, false);
    }

    fn count(&mut self, now: Instant) {
        let passed_s = (now - self.counted).as_secs_f64();
        self.counted = now;
        let most = (self.rate * Self::BURST_S).max(Self::BURST_MIN);
        let income = self.rate * passed_s;
        let paid = self.owed.min(income * Self::COSTLY_SHARE);
        let tokens = self.tokens + income - paid;
        self.tokens = tokens.min(most);
        self.owed = (self.owed - paid - (tokens - self.tokens)).max(0.0);
        self.spent *= (-passed_s / Self::SPENT_S).exp();
    }

    /// Only a budget that was too small grows: what was not spent has taught nothing.
    fn grow(&mut self, now: Instant) {
        if now - self.grown < Self::GROWTH_INTERVAL {
            return;
        }
        self.grown = now;
        if !std::mem::take(&mut self.short) {
            return;
        }
        let grown = match self.too_much {
            None => self.rate * Self::GROWTH_UNTAUGHT,
            Some(too_much) if self.rate < too_much => self.rate + too_much * Self::GROWTH_BELOW,
            Some(_) => self.rate * Self::GROWTH_ABOVE,
        };
        self.rate = grown.min(self.granted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spends all that it gets, in steps of a millisecond; how much in each second.
    fn spend(budget: &mut Budget, now: &mut Instant, seconds: usize) -> Vec<u32> {
        let second = |_| {
            let mut spent = 0;
            for _ in 0..1000 {
                while budget.try_spend(1.0, *now).is_ok() {
                    spent += 1;
                }
                *now += Duration::from_millis(1);
            }
            spent
        };
        (0..seconds).map(second).collect()
    }

    #[test]
    fn a_share_is_never_exceeded() {
        let mut now = Instant::now();
        let mut budget = Budget::new(Some(50.0), now);
        let spent = spend(&mut budget, &mut now, 20);
        assert!(spent.iter().sum::<u32>() <= 50 * 20 + 13, "{spent:?}");
        assert!(spent[5..].iter().all(|spent| (49..=51).contains(spent)), "{spent:?}");
        let mut small = Budget::new(Some(0.5), now);
        assert!(spend(&mut small, &mut now, 20).iter().sum::<u32>() <= 10 + 4);
    }

    #[test]
    fn it_begins_low_and_doubles_while_it_is_too_small_and_nothing_is_said() {
        let mut now = Instant::now();
        let mut budget = Budget::new(None, now);
        let spent = spend(&mut budget, &mut now, 4);
        assert!((64..=180).contains(&spent[0]) && spent[3] > 8 * spent[0], "{spent:?}");
    }

    #[test]
    fn what_is_not_spent_teaches_nothing() {
        let mut now = Instant::now();
        let mut budget = Budget::new(None, now);
        for _ in 0..600 {
            budget.try_spend(1.0, now).unwrap();
            now += Duration::from_millis(100);
        }
        assert!((budget.rate() - Budget::RATE_FIRST).abs() < f64::EPSILON);
    }

    #[test]
    fn overload_halves_what_was_spent_and_it_comes_back_slowly() {
        let mut now = Instant::now();
        let mut budget = Budget::new(None, now);
        let before = *spend(&mut budget, &mut now, 6).last().unwrap();
        budget.overloaded(now);
        budget.overloaded(now);
        let after = spend(&mut budget, &mut now, 60);
        assert!(after[0] <= before / 2 + 10 && after[0] >= before / 8, "{before}, then {after:?}");
        assert!(after.is_sorted_by(|one, next| *next + 1 >= *one), "{after:?}");
        assert!(after[19] < before && after[59] > after[0] * 2, "{before}, then {after:?}");
    }

    #[test]
    fn a_server_that_is_never_content_still_gets_a_little() {
        let mut now = Instant::now();
        let mut budget = Budget::new(None, now);
        for _ in 0..50 {
            spend(&mut budget, &mut now, 3);
            budget.overloaded(now);
        }
        assert!((budget.rate() - Budget::RATE_MIN).abs() < f64::EPSILON, "{}", budget.rate());
        assert!(spend(&mut budget, &mut now, 10).iter().sum::<u32>() >= 9);
    }

    #[test]
    fn a_costly_request_takes_the_time_of_many() {
        let mut now = Instant::now();
        let mut budget = Budget::new(Some(10.0), now);
        budget.try_spend(20.0, now).unwrap();
        let until = budget.try_spend(20.0, now).unwrap_err();
        assert!((until - now).as_secs_f64() > 1.5, "{:?}", until - now);
        assert_eq!(budget.wait(20.0, now), until - now);
        now = until + Duration::from_millis(1);
        budget.try_spend(20.0, now).unwrap();
    }

    #[test]
    fn plain_and_costly_requests_share_what_there_is_and_one_kind_alone_gets_all() {
        let mut now = Instant::now();
        let mut budget = Budget::new(Some(100.0), now);
        let mut spent = |wants_plain: bool, wants_costly: bool| {
            let (mut plain, mut costly) = (0.0, 0.0);
            for _ in 0..20_000 {
                plain += if wants_plain && budget.try_spend(1.0, now).is_ok() { 1.0 } else { 0.0 };
                let may = wants_costly && budget.try_spend(20.0, now).is_ok();
                costly += if may { 20.0 } else { 0.0 };
                now += Duration::from_millis(1);
            }
            (plain / 20.0, costly / 20.0)
        };
        let about = |rate: f64, expected: f64| (rate - expected).abs() < 4.0;
        let (both, plain, costly) = (spent(true, true), spent(true, false), spent(false, true));
        assert!(about(both.0, 50.0) && about(both.1, 50.0), "{both:?}");
        assert!(about(plain.0, 100.0) && about(costly.1, 100.0), "{plain:?}, {costly:?}");
    }

    #[test]
    fn a_plain_request_does_not_wait_behind_costly_ones() {
        let mut now = Instant::now();
        let mut budget = Budget::new(Some(10.0), now);
        let mut longest = Duration::ZERO;
        for step in 0..60_000 {
            let _ = budget.try_spend(20.0, now);
            // One a second: a tenth of what there is.
            if step % 1000 == 0 {
                longest = longest.max(budget.wait(1.0, now));
                budget.try_spend(1.0, now).unwrap();
            }
            now += Duration::from_millis(1);
        }
        assert_eq!(longest, Duration::ZERO);
    }
}
