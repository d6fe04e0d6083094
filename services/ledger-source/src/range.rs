//! A lane of history: the ledgers of a range, by the hashes that later ledgers hold.

use std::ops::RangeInclusive;

use flow::{Blocks, MetricsHandle, SourceError};
use schemas::LedgerEvents;
use xrpl_client::chain::hashes;
use xrpl_client::{LedgerId, Pool};

use crate::block;
use crate::tip::Tip;
use crate::wait_reporter::WaitReporter;

/// Sends the ledgers of `range` after `latest`, ascending, and ends. The hashes come from skip lists (`LedgerHashes`), 256 a
/// request; each is proven where its ledger is fetched, by its hash and its parent.
pub(crate) async fn ingest(
    pool: &Pool,
    mut tip: Tip,
    latest: Option<LedgerId>,
    range: RangeInclusive<u32>,
    blocks: &Blocks<LedgerEvents>,
    meter: &MetricsHandle,
) -> Result<(), SourceError> {
    let (start, end) = range.into_inner();
    let from = latest.map_or(start, |latest| latest.index + 1);
    if from > end {
        return Ok(());
    }
    let mut head = tip.newest().await;
    while head.index < end {
        head = tip.next().await;
    }
    let mut links = hashes(pool, head, from..=end);
    let (mut committed, mut waits) = (latest, WaitReporter::new(meter));
    while let Some(link) = waits.next(&mut links).await? {
        if let Some(committed) = committed
            && committed.hash != link.parent_hash
        {
            let source = anyhow::anyhow!(
                "ledger {} follows {}, not {committed}",
                link.ledger,
                link.parent_hash
            );
            return Err(SourceError::Halt { word: "forked", source });
        }
        if blocks.send(block(committed, link.ledger, link.parent_hash, None)).await.is_err() {
            return Ok(());
        }
        committed = Some(link.ledger);
    }
    Ok(())
}
