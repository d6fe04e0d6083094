//! How many requests a server gets: a share that the operator grants, and what the server's own words teach.

use std::time::Duration;

use tokio::time::Instant;

/// The budget of one server. It begins low and grows quickly while it is too small and the server says nothing; once the
/// server said that it is asked too much, half of what it got then is given, and that grows slowly.
///
/// Costs are in plain requests, which rippled charges 20 units each.
#[derive(Debug)]
pub(super) struct Budget {
    /// What the operator grants, in requests a second.
    granted: f64,
    /// What is given now, in requests a second.
    rate: f64,
    /// What the server got when it last said that it was too much; `None` if it never did.
    too_much: Option<f64>,
    /// What may be spent at once; below zero after a costly request.
    tokens: f64,
    counted: Instant,
    /// What was spent lately; it fades.
    spent: f64,
    /// Whether somebody had to wait since the last growth.
    short: bool,
    grown: Instant,
    cut: Option<Instant>,
}

impl Budget {
    /// What a server gets at first, in requests a second.
    const RATE_FIRST: f64 = 64.0;
    /// No server gets less, in requests a second, unless the operator grants less.
    const RATE_MIN: f64 = 1.0;
    /// What may be spent at once after a pause: that of so many seconds.
    const BURST_S: f64 = 0.25;
    /// And at least so many requests.
    const BURST_MIN: f64 = 4.0;
    /// How often the rate may grow.
    const GROWTH_INTERVAL: Duration = Duration::from_millis(500);
    /// Before the server ever said a word: doubled.
    const GROWTH_UNTAUGHT: f64 = 2.0;
    /// Below what was too much: by so much of that, so that it takes half a minute to be there again.
    const GROWTH_BELOW: f64 = 0.01;
    /// Above it: by so much of itself.
    const GROWTH_ABOVE: f64 = 1.025;
    const CUT: f64 = 0.5;
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

    /// How long it takes until something may be spent.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        let passed_s = (now - self.counted).as_secs_f64();
        let tokens = self.tokens + self.rate * passed_s;
        Duration::from_secs_f64((-tokens / self.rate).max(0.0))
    }

    /// Whether `cost` may be spent now; if not, when.
    pub(super) fn try_spend(&mut self, cost: f64, now: Instant) -> Result<(), Instant> {
        self.count(now);
        self.grow(now);
        if self.tokens <= 0.0 {
            self.short = true;
            let wait_s = (-self.tokens / self.rate).max(0.001);
            return Err(now + Duration::from_secs_f64(wait_s));
        }
        self.tokens -= cost;
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
        self.tokens = (self.tokens + self.rate * passed_s).min(most);
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
        let until = budget.try_spend(1.0, now).unwrap_err();
        assert!((until - now).as_secs_f64() > 1.5, "{:?}", until - now);
        now = until + Duration::from_millis(1);
        budget.try_spend(1.0, now).unwrap();
    }
}
