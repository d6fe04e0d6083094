//! Checks before a backfill that the servers have the ledgers of its range.

use std::ops::RangeInclusive;
use std::time::Duration;

use anyhow::bail;
use xrpl_client::{EndpointStatus, Pool};

use crate::ledger_range::LedgerRange;

/// How long to wait for the servers' `complete_ledgers`.
const RESPONSE_S_MAX: u64 = 15;
/// How often they are checked.
const INTERVAL: Duration = Duration::from_millis(50);

/// Checks that the servers of `pool` together have all ledgers of a range.
///
/// # Errors
/// When none of them responds, or a ledger of the range is missing.
pub(crate) async fn check_history(pool: &Pool, range: LedgerRange) -> anyhow::Result<()> {
    let complete = async {
        loop {
            let available = available(&pool.snapshot());
            if first_missing(&available, range).is_none() {
                return;
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(RESPONSE_S_MAX), complete).await.is_ok() {
        return Ok(());
    }
    let statuses = pool.snapshot();
    let names: Vec<&str> = statuses.iter().map(|status| status.url.as_str()).collect();
    let available = available(&statuses);
    if available.is_empty() {
        bail!("no XRP Ledger server responds at {}: check `--xrpl-url`", names.join(", "));
    }
    let missing = first_missing(&available, range).unwrap_or(range.first);
    let newest = available.iter().map(|range| *range.end()).max().unwrap_or_default();
    if missing > newest {
        bail!(
            "ledger {missing} has not been validated yet: the newest one of {} is {newest}",
            names.join(", ")
        );
    }
    bail!(
        "no server of {} has ledger {missing}: name one with a longer history with `--xrpl-url`",
        names.join(", ")
    )
}

fn available(statuses: &[EndpointStatus]) -> Vec<RangeInclusive<u32>> {
    let sets = statuses.iter().filter_map(|status| status.complete_ledgers.as_ref());
    sets.flat_map(xrpl_client::RangeSet::ranges).collect()
}

/// The first ledger of `range` that is in none of the `available` ranges.
fn first_missing(available: &[RangeInclusive<u32>], range: LedgerRange) -> Option<u32> {
    let mut next = range.first;
    while let Some(end) = available.iter().filter(|it| it.contains(&next)).map(|it| *it.end()).max()
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
    fn servers_may_have_a_range_together() {
        assert_eq!(first_missing(&[1..=12, 15..=30, 11..=14], RANGE), None);
        assert_eq!(first_missing(&[10..=20], RANGE), None);
    }

    #[test]
    fn the_first_missing_ledger_is_found() {
        assert_eq!(first_missing(&[1..=12, 14..=30], RANGE), Some(13));
        assert_eq!(first_missing(&[1..=19], RANGE), Some(20));
        assert_eq!(first_missing(&[11..=20], RANGE), Some(10));
        assert_eq!(first_missing(&[], RANGE), Some(10));
    }
}
