//! Ingests the chain of numbers at a rate.

use std::borrow::Cow;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::{StreamExt as _, stream};

use super::{Number, Numbers};
use flow::{Block, Blocks, Flow, MetricsHandle, Pointer, Source, SourceError};

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
    /// How many numbers this instance sends before it has done its part
    #[arg(long, default_value_t = u64::MAX)]
    own: u64,
    /// The size of each number's body
    #[arg(long, default_value_t = 100)]
    body_bytes: usize,
    /// The body of each number, instead of noise
    #[arg(long)]
    mark: Option<String>,
    /// How many numbers are worked on at a time
    #[arg(long, default_value_t = 1)]
    parallel: usize,
    /// How long each is worked on, at the most
    #[arg(long, default_value_t = 0)]
    work_ms: u64,
    /// A number that is sent once with a parent that is not the one before it
    #[arg(long)]
    invalid_at: Option<u64>,
    /// How many numbers are sent between two failures
    #[arg(long)]
    fail_every: Option<u64>,
    /// How many failures there are at the most
    #[arg(long, default_value_t = u64::MAX)]
    failures: u64,
    /// The version of what is ingested, 1 or 2
    #[arg(long, default_value_t = 1)]
    ingestion_version: i32,
}

struct ToySource<const VERSION: i32> {
    chain: Chain,
    was_invalid: AtomicBool,
    failures: AtomicU64,
}

impl<const VERSION: i32> ToySource<VERSION> {
    fn fails(&self, sent: u64) -> bool {
        let chain = &self.chain;
        chain.fail_every.is_some_and(|every| sent >= every)
            && self.failures.fetch_add(1, Ordering::Relaxed) < chain.failures
    }

    fn number(&self, index: u64) -> Number<'static> {
        let number = Number::of(index, self.chain.body_bytes);
        match &self.chain.mark {
            Some(mark) => Number { body: Cow::Owned(mark.clone().into_bytes()), ..number },
            None => number,
        }
    }

    /// The numbers after the latest, worked on beside each other, in order.
    fn numbers(&self, first: u64) -> impl stream::Stream<Item = Number<'static>> + Send {
        let started = Instant::now();
        let numbers = (0..).zip(first..=self.chain.last).map(move |(n, index)| async move {
            let due = started + Duration::from_secs(1) * n / self.chain.rate_per_s;
            tokio::time::sleep_until(due.into()).await;
            let number = self.number(index);
            if self.chain.work_ms > 0 {
                // The later ones of a few are often done before the earlier ones.
                let work_ms =
                    self.chain.work_ms - number.hash.unsigned_abs() % (self.chain.work_ms / 2);
                tokio::time::sleep(Duration::from_millis(work_ms)).await;
            }
            number
        });
        stream::iter(numbers).buffered(self.chain.parallel)
    }
}

impl<const VERSION: i32> Source for ToySource<VERSION> {
    const NAME: &'static str = "toy-source";
    const VERSION: i32 = VERSION;
    type Output = Numbers;

    async fn ingest(
        &self,
        latest: Option<Pointer>,
        blocks: Blocks<Numbers>,
        _meter: &MetricsHandle,
    ) -> Result<(), SourceError> {
        let first = latest.as_ref().map_or(self.chain.first, |latest| latest.sequence + 1);
        let mut parent = latest;
        let mut numbers = Box::pin(self.numbers(first));
        for sent in 0..self.chain.own {
            if self.fails(sent) {
                return Err(SourceError::Transient(anyhow::anyhow!("failed as it was told to")));
            }
            let Some(number) = numbers.next().await else { break };
            let (index, pointer) = (number.index.cast_unsigned(), number.pointer());
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
        let (was_invalid, failures) = (AtomicBool::new(false), AtomicU64::new(0));
        Ok(match chain.ingestion_version {
            1 => Flow::source(ToySource::<1> { chain, was_invalid, failures }),
            _ => Flow::source(ToySource::<2> { chain, was_invalid, failures }),
        })
    })
}
