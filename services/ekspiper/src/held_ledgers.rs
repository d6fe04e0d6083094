//! What the servers hold, before a range of it is asked for.

use std::ops::RangeInclusive;
use std::time::Duration;

use anyhow::bail;
use xrpl_client::{EndpointStatus, Pool};

use crate::ledger_range::LedgerRange;

/// How long servers have to say what they hold.
const ANSWER_S_MAX: u64 = 15;
/// How often it is looked whether one has.
const LOOK: Duration = Duration::from_millis(50);

/// Checks that the servers of `pool` hold a range, once one of them has said what it holds.
///
/// # Errors
/// When none of them answers, or they lack a ledger of the range.
pub(crate) async fn check(pool: &Pool, range: LedgerRange) -> anyhow::Result<()> {
    let answered = async {
        loop {
            let held = held(&pool.snapshot());
            if first_missing(&held, range).is_none() {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(ANSWER_S_MAX), answered).await.is_ok() {
        return Ok(());
    }
    let statuses = pool.snapshot();
    let names: Vec<&str> = statuses.iter().map(|status| status.url.as_str()).collect();
    let held = held(&statuses);
    if held.is_empty() {
        bail!("no XRP Ledger server answers at {}: check `--xrpl-url`", names.join(", "));
    }
    let missing = first_missing(&held, range).unwrap_or(range.first);
    let newest = held.iter().map(|range| *range.end()).max().unwrap_or_default();
    if missing > newest {
        bail!(
            "ledger {missing} has not been validated yet: the newest one of {} is {newest}",
            names.join(", ")
        );
    }
    bail!(
        "no server of {} holds ledger {missing}: name one with a longer history by `--xrpl-url`",
        names.join(", ")
    )
}

fn held(statuses: &[EndpointStatus]) -> Vec<RangeInclusive<u32>> {
    let sets = statuses.iter().filter_map(|status| status.complete_ledgers.as_ref());
    sets.flat_map(xrpl_client::RangeSet::ranges).collect()
}

/// The first ledger of `range` that lies in none of the `held` ranges.
fn first_missing(held: &[RangeInclusive<u32>], range: LedgerRange) -> Option<u32> {
    let mut next = range.first;
    while let Some(end) =
        held.iter().filter(|held| held.contains(&next)).map(|held| *held.end()).max()
    {
        if end >= range.last {
            return None;
        }
        next = end + 1;
    }
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGE: LedgerRange = LedgerRange { first: 10, last: 20 };

    #[test]
    fn servers_may_hold_a_range_together() {
        assert_eq!(first_missing(&[1..=12, 15..=30, 11..=14], RANGE), None);
        assert_eq!(first_missing(&[10..=20], RANGE), None);
    }

    #[test]
    fn the_first_ledger_that_nobody_holds_is_told() {
        assert_eq!(first_missing(&[1..=12, 14..=30], RANGE), Some(13));
        assert_eq!(first_missing(&[1..=19], RANGE), Some(20));
        assert_eq!(first_missing(&[11..=20], RANGE), Some(10));
        assert_eq!(first_missing(&[], RANGE), Some(10));
    }
}
