//! What requests cost, as rippled counts it for each address: all clients of a simulator share one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Over how many seconds the balance decays.
const WINDOW_S: u64 = 32;
/// Balance from which a client is warned, once a second.
const WARN: u64 = 5_000;
/// Balance from which a client is dropped.
const DROP: u64 = 15_000;

const REFERENCE_COST: u64 = 20;
const MALFORMED_COST: u64 = 100;
const MEDIUM_COST: u64 = 400;

/// The balance of a client's address.
#[derive(Debug, Default)]
pub(crate) struct Load {
    balance: Mutex<Balance>,
    /// How often the client was dropped or turned away.
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Balance {
    /// The sum of all costs, decaying; the balance is a 32nd of it.
    sum: u64,
    /// Up to when it has decayed.
    decayed: Option<Instant>,
    warned: Option<Instant>,
}

/// What a request costs by its command; `None` is one that could not be read.
pub(crate) fn cost(command: Option<&str>) -> u64 {
    match command {
        None => MALFORMED_COST,
        Some("book_offers") => MEDIUM_COST,
        Some(_) => REFERENCE_COST,
    }
}

impl Load {
    /// Adds to the balance; whether the client is dropped for it.
    pub(crate) fn charge(&self, cost: u64) -> bool {
        let is_dropped = self.add(cost).sum / WINDOW_S >= DROP;
        self.dropped.fetch_add(is_dropped.into(), Ordering::Relaxed);
        is_dropped
    }

    /// How often the client was dropped or turned away.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Whether the client is warned now.
    pub(crate) fn warns(&self) -> bool {
        let mut balance = self.add(0);
        balance.sum / WINDOW_S >= WARN && balance.may_warn()
    }

    /// Whether the address is barred.
    pub(crate) fn is_over(&self) -> bool {
        self.charge(0)
    }

    fn add(&self, cost: u64) -> MutexGuard<'_, Balance> {
        let mut balance = self.balance.lock().unwrap_or_else(PoisonError::into_inner);
        balance.decay(Instant::now());
        balance.sum += cost;
        balance
    }
}

impl Balance {
    fn decay(&mut self, now: Instant) {
        let from = *self.decayed.get_or_insert(now);
        let seconds = now.duration_since(from).as_secs();
        if seconds > 4 * WINDOW_S {
            self.sum = 0;
        }
        for _ in 0..seconds.min(4 * WINDOW_S) {
            self.sum -= self.sum.div_ceil(WINDOW_S);
        }
        self.decayed = Some(from + Duration::from_secs(seconds));
    }

    fn may_warn(&mut self) -> bool {
        let now = Instant::now();
        let soon = self.warned.is_some_and(|warned| now < warned + Duration::from_secs(1));
        if !soon {
            self.warned = Some(now);
        }
        !soon
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As measured: a warning at reply 400, the end after 1,195 replies.
    #[test]
    fn book_offers_are_warned_of_at_the_400th_and_dropped_at_the_1200th() {
        let load = Load::default();
        let (mut warned, mut dropped) = (None, None);
        for reply in 1..=1_200 {
            dropped = dropped.or(load.charge(cost(Some("book_offers"))).then_some(reply));
            warned = warned.or(load.warns().then_some(reply));
        }
        assert_eq!((warned, dropped), (Some(400), Some(1_200)));
    }

    #[test]
    fn a_balance_decays_by_a_32nd_each_second_and_is_gone_after_four_windows() {
        let now = Instant::now();
        let mut balance = Balance { sum: 480_000, decayed: Some(now), warned: None };
        balance.decay(now + Duration::from_millis(1_900));
        assert_eq!(balance.sum, 465_000);
        balance.decay(now + Duration::from_millis(2_000));
        assert_eq!(balance.sum, 450_468);
        balance.decay(now + Duration::from_secs(140));
        assert_eq!(balance.sum, 0);
    }
}
