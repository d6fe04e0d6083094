//! What the counts stood at lately, from which rates and latencies are told.

use std::collections::VecDeque;
use std::time::Duration;

use crate::histogram::Histogram;
use crate::screen::{Count, Latency};

/// Rates are told over so long: several ledgers of a slow chain.
const RATE: Duration = Duration::from_secs(10);
/// Latencies are told over so long.
const LATENCY: Duration = Duration::from_secs(60);

/// What the counts stand at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Totals {
    /// Ledgers verified.
    pub(crate) ledgers: u64,
    /// Their transactions.
    pub(crate) transactions: u64,
    /// Order books recorded.
    pub(crate) books: u64,
    /// Records acknowledged.
    pub(crate) acknowledged: u64,
    /// From announcement to acknowledgement.
    pub(crate) latency: Histogram,
}

/// The counts of the last minute.
#[derive(Debug, Default)]
pub(crate) struct History(VecDeque<(Duration, Totals)>);

impl History {
    /// Adds what the counts stand at, so long after the start.
    pub(crate) fn push(&mut self, at: Duration, totals: Totals) {
        self.0.push_back((at, totals));
        // One that is older than the window stays: what came since is told from it.
        while self.0.get(1).is_some_and(|(second, _)| at.saturating_sub(*second) >= LATENCY) {
            self.0.pop_front();
        }
    }

    /// A count since the start, and its rate.
    pub(crate) fn count(&self, of: impl Fn(&Totals) -> u64) -> Count {
        let Some((now, totals)) = self.0.back() else { return Count::default() };
        let (then, before) = self.since(RATE).unwrap_or((*now, totals));
        let s = now.saturating_sub(then).as_secs_f64();
        let total = of(totals);
        let came = total.saturating_sub(of(before)) as f64;
        Count { total, per_s: if s > 0.0 { came / s } else { 0.0 } }
    }

    /// The latencies of the last minute.
    pub(crate) fn latency(&self) -> Option<Latency> {
        let (_, now) = self.0.back()?;
        let (_, before) = self.since(LATENCY)?;
        let lately = now.latency.since(&before.latency);
        Some(Latency { median_s: lately.quantile(0.5)?, p99_s: lately.quantile(0.99)? })
    }

    /// What the counts stood at so long ago, or at first.
    fn since(&self, window: Duration) -> Option<(Duration, &Totals)> {
        let (now, _) = self.0.back()?;
        let older = self.0.iter().rev().find(|(at, _)| now.saturating_sub(*at) >= window);
        older.or_else(|| self.0.front()).map(|(at, totals)| (*at, totals))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(transactions: u64, slow: f64) -> Totals {
        let count = transactions as f64;
        let latency =
            Histogram::of(vec![(0.1, count - slow), (1.0, count), (f64::INFINITY, count)]);
        Totals { transactions, latency, ..Totals::default() }
    }

    fn history(samples: &[(u64, u64)]) -> History {
        let mut history = History::default();
        for (s, transactions) in samples {
            history.push(Duration::from_secs(*s), totals(*transactions, 0.0));
        }
        history
    }

    #[test]
    fn a_rate_is_that_of_the_last_seconds() {
        let history = history(&[(0, 0), (20, 1_000), (30, 1_500), (31, 1_600)]);
        let count = history.count(|totals| totals.transactions);
        assert_eq!(count.total, 1_600);
        assert!((count.per_s - 600.0 / 11.0).abs() < 1e-9, "{}", count.per_s);
    }

    #[test]
    fn a_first_sample_has_no_rate() {
        assert_eq!(
            history(&[(3, 90)]).count(|it| it.transactions),
            Count { total: 90, per_s: 0.0 }
        );
        assert_eq!(History::default().count(|it| it.transactions), Count::default());
    }

    #[test]
    fn old_latencies_are_forgotten() {
        let mut history = History::default();
        history.push(Duration::ZERO, totals(0, 0.0));
        history.push(Duration::from_secs(1), totals(100, 100.0));
        assert!(history.latency().unwrap().median_s > 0.1);
        history.push(Duration::from_secs(62), totals(100, 100.0));
        assert_eq!(history.latency(), None);
        history.push(Duration::from_secs(63), totals(200, 100.0));
        assert!(history.latency().unwrap().p99_s < 0.1);
    }

    #[test]
    fn a_minute_is_kept_and_no_more() {
        let samples: Vec<_> = (0..300).map(|s| (s, s)).collect();
        assert_eq!(history(&samples).0.len(), 61);
    }
}
