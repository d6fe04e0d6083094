//! The first ledger of a lane that begins at a hash which is trusted.

use flow::{Blocks, MetricsHandle, SourceError};
use schemas::LedgerEvents;
use xrpl_client::chain::{ChainError, Fill, fill};
use xrpl_client::{LedgerId, Pool, PoolError};
use xrpl_codec::{Hash256, LedgerHeader, Unverified};

use crate::tip::Tip;
use crate::vigil::Vigil;
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
    // Whoever does not listen any more takes nothing that follows either.
    let _ = blocks.send(first).await;
    Ok(ledger)
}

/// The header with this hash. Whom to ask depends on its index, which only the header tells.
async fn header(pool: &Pool, guess: u32, hash: Hash256) -> Result<LedgerHeader, PoolError> {
    match pool.fetch_header(LedgerId { index: guess, hash }).await {
        Err(PoolError::Contradiction(Unverified::LedgerIndex { found, .. })) => {
            pool.fetch_header(LedgerId { index: found, hash }).await
        }
        outcome => outcome,
    }
}

/// Returns once an announced ledger has led down to the trusted one; says meanwhile what keeps it from that.
async fn prove(
    pool: &Pool,
    tip: &mut Tip,
    ledger: LedgerId,
    announced: LedgerId,
    meter: &MetricsHandle,
) -> Result<(), SourceError> {
    let (mut vigil, mut refused) = (Vigil::new(meter), None);
    let mut filling = Some(fill(pool, ledger, announced));
    loop {
        tokio::select! {
            newest = tip.next() => {
                // What a fill waits for may never come.
                if filling.as_ref().is_none_or(|filling| filling.progress().waiting.is_some()) {
                    filling = Some(fill(pool, ledger, newest));
                }
            }
            proven = live::next(&mut filling) => match proven {
                None | Some(Ok(_)) => return Ok(()),
                Some(Err(error @ ChainError::Forked { .. })) => {
                    return Err(SourceError::Halt { word: "not on the chain", source: error.into() });
                }
                Some(Err(error)) => {
                    let why = format!("the trusted ledger is not proven: {error}");
                    tracing::error!(why, "waiting for another announcement");
                    (filling, refused) = (None, Some(why));
                }
            },
            () = vigil.look() => {
                let progress = filling.as_ref().map(Fill::progress).unwrap_or_default();
                vigil.say(progress.waiting.as_deref(), refused.as_deref());
            }
        }
    }
}
