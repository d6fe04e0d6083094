//! The live lane: whatever is announced, and everything between it and the committed pointer.

use anyhow::Context as _;
use flow::{Blocks, MetricsHandle, SourceError};
use schemas::LedgerEvents;
use xrpl_client::chain::{ChainError, Fill, ProvenHeader, fill, hashes};
use xrpl_client::{LedgerId, Pool};

use crate::block;
use crate::recount::Recount;
use crate::tip::Tip;
use crate::vigil::Vigil;

/// Follows the tip for ever. Every announcement is met by a fill backwards from its hash to what was sent last, so a gap is
/// filled whatever caused it.
pub(crate) async fn ingest(
    pool: &Pool,
    mut tip: Tip,
    latest: Option<LedgerId>,
    first: Option<u32>,
    blocks: &Blocks<LedgerEvents>,
    meter: &MetricsHandle,
) -> Result<(), SourceError> {
    let (mut vigil, mut refused) = (Vigil::new(meter), None);
    let mut recount = Recount::new(pool, meter);
    let (mut committed, mut reached) = match latest {
        Some(latest) => (Some(latest), latest),
        None => (None, before_first(pool, &mut tip, first, &mut vigil).await?),
    };
    // What was announced while the first ledger was looked for is not announced again.
    let mut wanted = tip.newest().await;
    let mut filling = Some(fill(pool, reached, wanted));
    loop {
        tokio::select! {
            newest = tip.next() => {
                wanted = newest;
                // What was announced first may never come; a newer announcement is a better beginning. Once something is
                // proven, what is waited for is the same below every announcement.
                if filling.as_ref().is_none_or(Fill::is_stuck_at_the_top) {
                    filling = Some(fill(pool, reached, wanted));
                }
            }
            next = next(&mut filling) => match next {
                Some(Ok(ProvenHeader { hash, header })) => {
                    let ledger = LedgerId { index: header.index, hash };
                    let announced_ms = tip.announced_ms(ledger.index);
                    if announced_ms.is_none() {
                        meter.unannounced();
                    }
                    let block = block(committed, ledger, header.parent_hash, announced_ms);
                    if blocks.send(block).await.is_err() {
                        return Ok(());
                    }
                    if let Some(announced) = tip.transaction_count(ledger) {
                        recount.check(ledger, announced);
                    }
                    (committed, reached, refused) = (Some(ledger), ledger, None);
                }
                Some(Err(error @ ChainError::Forked { .. })) => {
                    return Err(SourceError::Halt { word: "forked", source: error.into() });
                }
                Some(Err(error)) => {
                    let why = error.to_string();
                    tracing::error!(why, "waiting for another announcement");
                    (filling, refused) = (None, Some(why));
                }
                None if wanted.index > reached.index => filling = Some(fill(pool, reached, wanted)),
                None => filling = None,
            },
            () = vigil.look() => {
                let progress = filling.as_ref().map(Fill::progress).unwrap_or_default();
                vigil.say(progress.waiting.as_deref(), refused.as_deref());
            }
        }
    }
}

/// What a fill brings next; for ever nothing where there is none. Safe to cancel.
pub(crate) async fn next(filling: &mut Option<Fill>) -> Option<Result<ProvenHeader, ChainError>> {
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
    vigil: &mut Vigil<'_>,
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
            link = vigil.next(&mut links) => break link?,
            newest = tip.next() => {
                // Those who have what was announced first may be gone.
                if links.progress().waiting.is_some() {
                    links = hashes(pool, newest, first..=first);
                }
            }
        }
    };
    let link = link.context("the first ledger has no name").map_err(SourceError::Transient)?;
    Ok(LedgerId { index: first.saturating_sub(1), hash: link.parent_hash })
}
