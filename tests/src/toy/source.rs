//! Brings the chain of numbers in, at a rate.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Number, Numbers};
use flow::{Block, Blocks, Flow, Meter, Pointer, Source, SourceError};

#[derive(clap::Args, Clone, Debug)]
struct Chain {
    /// How many numbers to send a second
    #[arg(long, default_value_t = 200)]
    rate_per_s: u32,
    /// The first number of an empty lane
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// The last number to send
    #[arg(long, default_value_t = u64::MAX)]
    last: u64,
    /// The size of each number's body
    #[arg(long, default_value_t = 100)]
    body_bytes: usize,
    /// A number that is sent once with a parent that is not the one before it
    #[arg(long)]
    invalid_at: Option<u64>,
    /// The version of what is ingested, 1 or 2
    #[arg(long, default_value_t = 1)]
    ingestion_version: i32,
}

struct ToySource<const VERSION: i32> {
    chain: Chain,
    was_invalid: AtomicBool,
}

impl<const VERSION: i32> Source for ToySource<VERSION> {
    const NAME: &'static str = "toy-source";
    const VERSION: i32 = VERSION;
    type Output = Numbers;

    async fn ingest(
        &self,
        latest: Option<Pointer>,
        blocks: Blocks<Numbers>,
        _meter: &Meter,
    ) -> Result<(), SourceError> {
        let started = Instant::now();
        let first = latest.as_ref().map_or(self.chain.first, |latest| latest.sequence + 1);
        let mut parent = latest;
        for (n, index) in (0..).zip(first..=self.chain.last) {
            let due = started + Duration::from_secs(1) * n / self.chain.rate_per_s;
            tokio::time::sleep_until(due.into()).await;
            let number = Number::of(index, self.chain.body_bytes);
            let pointer = number.pointer();
            if self.chain.invalid_at == Some(index)
                && !self.was_invalid.swap(true, Ordering::Relaxed)
            {
                parent = Some(Number::of(index - 2, 0).pointer());
            }
            let block = Block {
                parent: parent.replace(pointer.clone()),
                pointer,
                announced_ms: Some(now_ms()),
                record: number,
            };
            if blocks.send(block).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Runs the flow as a process.
pub fn run() -> ExitCode {
    flow::main("toy-source", "Brings the chain of numbers in", |chain: Chain, _| {
        let was_invalid = AtomicBool::new(false);
        Ok(match chain.ingestion_version {
            1 => Flow::source(ToySource::<1> { chain, was_invalid }),
            _ => Flow::source(ToySource::<2> { chain, was_invalid }),
        })
    })
}
