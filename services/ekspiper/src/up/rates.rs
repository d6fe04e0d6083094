//! Rates and latencies of the last seconds, from samples of totals.

use std::collections::VecDeque;
use std::time::Duration;

use flow::host::HistogramSnapshot;

use crate::up::figures::{Count, Latency};

/// The window of rates: several ledgers of a slow chain.
const RATE_WINDOW: Duration = Duration::from_secs(10);
/// The window of latencies.
const LATENCY_WINDOW: Duration = Duration::from_secs(60);

/// Totals since the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Totals {
    /// Verified ledgers.
    pub(crate) ledgers: u64,
    /// Their transactions.
    pub(crate) transactions: u64,
    /// Recorded order books.
    pub(crate) books: u64,
    /// Acknowledged records.
    pub(crate) acknowledged: u64,
    /// Latencies from the `ledgerClosed` message to the acknowledgement.
    pub(crate) latency: HistogramSnapshot,
}

/// Samples of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Rates(VecDeque<(Duration, Totals)>);

impl Rates {
    /// Adds a sample, taken `at` this time after the start.
    pub(crate) fn push(&mut self, at: Duration, totals: Totals) {
        self.0.push_back((at, totals));
        // One that is older than the window stays: differences are taken from it.
        while self.0.get(1).is_some_and(|(second, _)| at.saturating_sub(*second) >= LATENCY_WINDOW)
        {
            self.0.pop_front();
        }
    }

    /// A count since the start, and its rate.
    pub(crate) fn count(&self, of: impl Fn(&Totals) -> u64) -> Count {
        let Some((now, totals)) = self.0.back() else { return Count::default() };
        let (then, before) = self.since(RATE_WINDOW).unwrap_or((*now, totals));
        let s = now.saturating_sub(then).as_secs_f64();
        let total = of(totals);
        let came = total.saturating_sub(of(before)) as f64;
        Count { total, per_s: if s > 0.0 { came / s } else { 0.0 } }
    }

    /// The latencies of the last minute.
    pub(crate) fn latency(&self) -> Option<Latency> {
        let (_, now) = self.0.back()?;
        let (_, before) = self.since(LATENCY_WINDOW)?;
        let lately = now.latency.since(&before.latency);
        Some(Latency { median_s: lately.quantile(0.5)?, p99_s: lately.quantile(0.99)? })
    }

    /// The sample that is at least `window` old, or the first.
    fn since(&self, window: Duration) -> Option<(Duration, &Totals)> {
        let (now, _) = self.0.back()?;
        let older = self.0.iter().rev().find(|(at, _)| now.saturating_sub(*at) >= window);
        older.or_else(|| self.0.front()).map(|(at, totals)| (*at, totals))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(transactions: u64, slow: u64) -> Totals {
        let count = transactions;
        let buckets = vec![(0.1, count - slow), (1.0, count), (f64::INFINITY, count)];
        let latency = HistogramSnapshot::new(buckets);
        Totals { transactions, latency, ..Totals::default() }
    }

    fn rates(samples: &[(u64, u64)]) -> Rates {
        let mut rates = Rates::default();
        for (s, transactions) in samples {
            rates.push(Duration::from_secs(*s), totals(*transactions, 0));
        }
        rates
    }

    #[test]
    fn a_rate_is_that_of_the_last_seconds() {
        let rates = rates(&[(0, 0), (20, 1_000), (30, 1_500), (31, 1_600)]);
        let count = rates.count(|totals| totals.transactions);
        assert_eq!(count.total, 1_600);
        assert!((count.per_s - 600.0 / 11.0).abs() < 1e-9, "{}", count.per_s);
    }

    #[test]
    fn a_first_sample_has_no_rate() {
        assert_eq!(rates(&[(3, 90)]).count(|it| it.transactions), Count { total: 90, per_s: 0.0 });
        assert_eq!(Rates::default().count(|it| it.transactions), Count::default());
    }

    #[test]
    fn old_latencies_are_forgotten() {
        let mut rates = Rates::default();
        rates.push(Duration::ZERO, totals(0, 0));
        rates.push(Duration::from_secs(1), totals(100, 100));
        assert!(rates.latency().unwrap().median_s > 0.1);
        rates.push(Duration::from_secs(62), totals(100, 100));
        assert_eq!(rates.latency(), None);
        rates.push(Duration::from_secs(63), totals(200, 100));
        assert!(rates.latency().unwrap().p99_s < 0.1);
    }

    #[test]
    fn a_minute_is_kept_and_no_more() {
        let samples: Vec<_> = (0..300).map(|s| (s, s)).collect();
        assert_eq!(rates(&samples).0.len(), 61);
    }
}
