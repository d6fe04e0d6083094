//! The ledgers that a server has: its claim, corrected by its answers.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::range_set::RangeSet;

/// The ledgers that a server has, as far as known. Servers claim ledgers that they do not have, so that an answer counts more
/// than a claim.
#[derive(Debug, Default)]
pub(super) struct LedgerAvailability {
    claimed: Option<RangeSet>,
    /// What it answered about single ledgers, and when.
    answers: BTreeMap<u32, (bool, Instant)>,
}

/// Whether a server has a ledger; servers with the first are asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Availability {
    /// It says so, and nothing speaks against it.
    Has,
    /// Nothing is known; or it says so, and lately lacked a ledger close by that it said it had.
    Perhaps,
    /// It says that it lacks it, or lately lacked it.
    Lacks,
}

impl LedgerAvailability {
    /// Older answers are forgotten: history arrives, and is cut off.
    const ANSWER_AGE_MAX: Duration = Duration::from_secs(60);
    /// The number of answers that are kept.
    const ANSWERS_MAX: usize = 256;
    /// An absence makes ledgers doubtful up to this distance, if no answer lies in between.
    const NEAR: u32 = 256;

    /// The server says what it has.
    pub(super) fn claims(&mut self, claimed: &RangeSet) {
        if self.claimed.as_ref() != Some(claimed) {
            self.claimed = Some(claimed.clone());
        }
    }

    /// What the server says that it has.
    pub(super) fn claimed(&self) -> Option<&RangeSet> {
        self.claimed.as_ref()
    }

    /// The server had a ledger, or lacked it. Only what corrects its claim is kept, and what limits an earlier correction.
    pub(super) fn answered(&mut self, index: u32, has: bool, now: Instant) {
        let is_news = self.claim(index) != Some(has);
        if !is_news && self.near(index, now) != Some(false) {
            return;
        }
        self.answers.retain(|_, (_, at)| now - *at < Self::ANSWER_AGE_MAX);
        self.answers.insert(index, (has, now));
        if self.answers.len() > Self::ANSWERS_MAX {
            let oldest = self.answers.iter().min_by_key(|(_, (_, at))| *at).map(|it| *it.0);
            oldest.map(|index| self.answers.remove(&index));
        }
    }

    /// Whether the server has the ledger.
    pub(super) fn of(&self, index: u32, now: Instant) -> Availability {
        let exact = self.answers.get(&index).filter(|answer| is_fresh(answer, now));
        match (exact, self.claim(index)) {
            (Some((true, _)), _) => Availability::Has,
            (Some((false, _)), _) | (None, Some(false)) => Availability::Lacks,
            (None, Some(true)) if self.near(index, now) != Some(false) => Availability::Has,
            (None, _) => Availability::Perhaps,
        }
    }

    /// What the server says of one ledger. Above what it had when it said so, it may have got it since.
    fn claim(&self, index: u32) -> Option<bool> {
        let claimed = self.claimed.as_ref()?;
        let has = claimed.contains(index);
        (has || claimed.last().is_some_and(|last| index <= last)).then_some(has)
    }

    /// The answer about the closest ledger that there is one about.
    fn near(&self, index: u32, now: Instant) -> Option<bool> {
        let low = index.saturating_sub(Self::NEAR);
        let below = self.answers.range(low..=index).rev().find(|it| is_fresh(it.1, now));
        let high = index.saturating_add(Self::NEAR);
        let above = self.answers.range(index..=high).find(|it| is_fresh(it.1, now));
        let closest = below.into_iter().chain(above).min_by_key(|it| it.0.abs_diff(index))?;
        Some(closest.1.0)
    }
}

fn is_fresh((_, at): &(bool, Instant), now: Instant) -> bool {
    now - *at < LedgerAvailability::ANSWER_AGE_MAX
}

#[cfg(test)]
mod tests {
    use super::Availability::{Has, Lacks, Perhaps};
    use super::*;

    fn claiming(text: &str) -> LedgerAvailability {
        let mut availability = LedgerAvailability::default();
        availability.claims(&text.parse().unwrap());
        availability
    }

    fn all<const N: usize>(
        availability: &LedgerAvailability,
        indexes: [u32; N],
        now: Instant,
    ) -> [Availability; N] {
        indexes.map(|index| availability.of(index, now))
    }

    #[test]
    fn claims_that_are_disjoint_empty_or_missing_are_told_apart() {
        let now = Instant::now();
        let disjoint = claiming("2-5,9-12");
        assert_eq!(all(&disjoint, [2, 7, 12, 13], now), [Has, Lacks, Has, Perhaps]);
        assert_eq!(all(&claiming("empty"), [7], now), [Perhaps]);
        assert_eq!(all(&LedgerAvailability::default(), [7], now), [Perhaps]);
    }

    #[test]
    fn an_absence_corrects_the_claim_and_makes_what_is_close_doubtful() {
        let now = Instant::now();
        let mut availability = claiming("2-2000");
        availability.answered(100, false, now);
        assert_eq!(all(&availability, [100, 101, 356, 357], now), [Lacks, Perhaps, Perhaps, Has]);
        // The first one that is there ends the doubt on its side.
        availability.answered(103, true, now);
        assert_eq!(
            all(&availability, [99, 101, 102, 104, 300], now),
            [Perhaps, Perhaps, Has, Has, Has]
        );
    }

    #[test]
    fn an_answer_is_forgotten_after_a_while() {
        let now = Instant::now();
        let mut availability = claiming("2-2000");
        availability.answered(100, false, now);
        assert_eq!(all(&availability, [100], now + LedgerAvailability::ANSWER_AGE_MAX), [Has]);
    }

    #[test]
    fn a_ledger_that_is_there_although_it_was_not_claimed_is_asked_for_here() {
        let now = Instant::now();
        let mut availability = claiming("500-2000");
        availability.answered(100, true, now);
        assert_eq!(all(&availability, [100, 101], now), [Has, Lacks]);
    }

    #[test]
    fn answers_are_bounded_and_what_confirms_a_claim_is_not_kept() {
        let now = Instant::now();
        let mut availability = claiming("2-100000");
        for index in 2..10_000 {
            availability.answered(index, true, now);
        }
        assert!(availability.answers.is_empty());
        for index in 2..10_000 {
            availability.answered(index, false, now);
        }
        assert_eq!(availability.answers.len(), LedgerAvailability::ANSWERS_MAX);
    }
}
