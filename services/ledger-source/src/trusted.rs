//! The first ledger of a lane that begins at a hash which is trusted.

use flow::{Blocks, MetricsHandle, SourceError};
use schemas::LedgerEvents;
use xrpl_client::chain::{ChainError, GapFill, fill_gap};
use xrpl_client::{Error, LedgerId, Pool};
use xrpl_codec::{Hash256, LedgerHeader, Unverified};

use crate::tip::Tip;
use crate::wait_reporter::WaitReporter;
use crate::{block, live};

/// Sends the ledger with this hash as the first of a lane, once the chain was followed from the tip down to it.
pub(crate) async fn begin(
    pool: &Pool,
    tip: &mut Tip,
    hash: Hash256,
    blocks: &Blocks<LedgerEvents>,
    meter: &MetricsHandle,
) -> Result<LedgerId, SourceError> {
    let mut announced = tip.newest().await;
    let header = header(pool, announced.index, hash).await.map_err(|error| {
        let error = anyhow::Error::from(error);
        SourceError::Transient(error.context(format!("looking for the trusted ledger {hash}")))
    })?;
    let ledger = LedgerId { index: header.index, hash };
    while announced.index < ledger.index {
        announced = tip.next().await;
    }
    prove(pool, tip, ledger, announced, meter).await?;
    let first = block(None, ledger, header.parent_hash, tip.announced_ms(ledger.index));
    // A receiver that is gone takes nothing that follows either.
    let _ = blocks.send(first).await;
    Ok(ledger)
}

/// The header with this hash. Which servers are asked depends on its index, which only the header has.
async fn header(pool: &Pool, guess: u32, hash: Hash256) -> Result<LedgerHeader, Error> {
    match pool.fetch_header(LedgerId { index: guess, hash }).await {
        Err(Error::Contradiction(Unverified::LedgerIndex { found, .. })) => {
            pool.fetch_header(LedgerId { index: found, hash }).await
        }
        outcome => outcome,
    }
}

/// Returns once the chain was followed from an announced ledger down to the trusted one; reports meanwhile what it waits for.
async fn prove(
    pool: &Pool,
    tip: &mut Tip,
    ledger: LedgerId,
    announced: LedgerId,
    meter: &MetricsHandle,
) -> Result<(), SourceError> {
    let (mut waits, mut refused) = (WaitReporter::new(meter), None);
    let mut filling = Some(fill_gap(pool, ledger, announced));
    loop {
        tokio::select! {
            newest = tip.next() => {
                // The ledger that a fill waits for may never come.
                if filling.as_ref().is_none_or(|filling| filling.progress().waiting.is_some()) {
                    filling = Some(fill_gap(pool, ledger, newest));
                }
            }
            proven = live::next(&mut filling) => match proven {
                None | Some(Ok(_)) => return Ok(()),
                Some(Err(error @ ChainError::Forked { .. })) => {
                    return Err(SourceError::Halt { word: "not on the chain", source: error.into() });
                }
                Some(Err(error)) => {
                    let why = format!("the trusted ledger is not proven: {error}");
                    tracing::error!(why, "announced ledger refused, waiting for another one");
                    (filling, refused) = (None, Some(why));
                }
            },
            () = waits.due() => {
                let progress = filling.as_ref().map(GapFill::progress).unwrap_or_default();
                waits.report(progress.waiting.as_deref(), refused.as_deref());
            }
        }
    }
}
