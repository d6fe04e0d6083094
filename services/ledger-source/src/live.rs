//! The live lane: each announced ledger, and every ledger between it and the committed pointer.

use anyhow::Context as _;
use flow::{Blocks, MetricsHandle, SourceError};
use schemas::LedgerEvents;
use xrpl_client::chain::{ChainError, GapFill, ProvenHeader, fill_gap, hashes};
use xrpl_client::{LedgerId, Pool};

use crate::block;
use crate::tip::Tip;
use crate::transaction_count_check::TransactionCountCheck;
use crate::wait_reporter::WaitReporter;

/// Follows the tip without end. Each announced ledger starts a fill backwards from its hash to the ledger that was sent last,
/// so a gap is filled whatever caused it.
pub(crate) async fn ingest(
    pool: &Pool,
    mut tip: Tip,
    latest: Option<LedgerId>,
    first: Option<u32>,
    blocks: &Blocks<LedgerEvents>,
    meter: &MetricsHandle,
) -> Result<(), SourceError> {
    let (mut waits, mut refused) = (WaitReporter::new(meter), None);
    let mut counts = TransactionCountCheck::new(pool, tip.metrics());
    let (mut committed, mut reached) = match latest {
        Some(latest) => (Some(latest), latest),
        None => (None, before_first(pool, &mut tip, first, &mut waits).await?),
    };
    // What was announced while the first ledger was looked for is not announced again.
    let mut wanted = tip.newest().await;
    let mut filling = Some(fill_gap(pool, reached, wanted));
    loop {
        tokio::select! {
            newest = tip.next() => {
                wanted = newest;
                // The ledger that was announced first may never come; a newer one is a better start. Once something is
                // proven, what is waited for is the same below every announced ledger.
                if filling.as_ref().is_none_or(GapFill::is_stuck_at_the_top) {
                    filling = Some(fill_gap(pool, reached, wanted));
                }
            }
            next = next(&mut filling) => match next {
                Some(Ok(ProvenHeader { hash, header })) => {
                    let ledger = LedgerId { index: header.index, hash };
                    let announced_ms = tip.announced_ms(ledger.index);
                    if announced_ms.is_none() {
                        tip.metrics().unannounced_ledgers.inc();
                    }
                    let block = block(committed, ledger, header.parent_hash, announced_ms);
                    if blocks.send(block).await.is_err() {
                        return Ok(());
                    }
                    if let Some(announced) = tip.transaction_count(ledger) {
                        counts.check(ledger, announced);
                    }
                    (committed, reached, refused) = (Some(ledger), ledger, None);
                }
                Some(Err(error @ ChainError::Forked { .. })) => {
                    return Err(SourceError::Halt { word: "forked", source: error.into() });
                }
                Some(Err(error)) => {
                    let why = error.to_string();
                    tracing::error!(why, "announced ledger refused, waiting for another one");
                    (filling, refused) = (None, Some(why));
                }
                None if wanted.index > reached.index => filling = Some(fill_gap(pool, reached, wanted)),
                None => filling = None,
            },
            () = waits.due() => {
                let progress = filling.as_ref().map(GapFill::progress).unwrap_or_default();
                waits.report(progress.waiting.as_deref(), refused.as_deref());
            }
        }
    }
}

/// The next result of a fill; pending without end where there is none. Safe to cancel.
pub(crate) async fn next(
    filling: &mut Option<GapFill>,
) -> Option<Result<ProvenHeader, ChainError>> {
    match filling {
        Some(filling) => filling.next().await,
        None => std::future::pending().await,
    }
}

/// The ledger before the first one of a new lane: the first fill has to meet it, so what follows is proven by the tip.
async fn before_first(
    pool: &Pool,
    tip: &mut Tip,
    first: Option<u32>,
    waits: &mut WaitReporter<'_>,
) -> Result<LedgerId, SourceError> {
    let mut wanted = tip.newest().await;
    let first = first.unwrap_or(wanted.index);
    while wanted.index < first {
        wanted = tip.next().await;
    }
    if wanted.index == first {
        let header = pool.fetch_header(wanted).await.context("fetching the first header");
        let header = header.map_err(SourceError::Transient)?;
        return Ok(LedgerId { index: first.saturating_sub(1), hash: header.parent_hash });
    }
    let mut links = hashes(pool, wanted, first..=first);
    let link = loop {
        tokio::select! {
            link = waits.next(&mut links) => break link?,
            newest = tip.next() => {
                // The servers that have the ledger that was announced first may be gone.
                if links.progress().waiting.is_some() {
                    links = hashes(pool, newest, first..=first);
                }
            }
        }
    };
    let link = link
        .context("the hash of the first ledger is not resolved")
        .map_err(SourceError::Transient)?;
    Ok(LedgerId { index: first.saturating_sub(1), hash: link.parent_hash })
}
