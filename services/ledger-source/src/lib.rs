//! Ingests validated ledgers as a chain: every header hashed and linked to the one before, every gap filled.

mod live;
mod metrics;
mod range;
mod tip;
mod transaction_count_check;
mod trusted;
mod wait_reporter;
mod wrong_network;

use std::ops::RangeInclusive;
use std::sync::Once;

use anyhow::Context as _;
use flow::{Block, Blocks, Flow, MetricsHandle, Pointer, Settings, Source, SourceError, Start};
use schemas::{INGESTION_VERSION, LedgerEvent, LedgerEvents};
use xrpl_client::{EndpointArgs, LedgerId, Pool, PoolMetrics, Quorum};
use xrpl_codec::Hash256;

use crate::metrics::SourceMetrics;
use crate::tip::Tip;

/// What the flow does, in a sentence.
pub const ABOUT: &str =
    "Ingests validated ledgers as a chain, every gap filled, from one active instance";

/// The flow's own settings.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// The servers to follow.
    #[command(flatten)]
    pub endpoints: EndpointArgs,
    /// Number of servers that have to announce the same hash; more than half of those that are up if not given
    #[arg(long, env)]
    pub agree: Option<usize>,
}

/// The flow `ledger-source`, which follows the servers of `pool`. On the live lane it never ends; elsewhere it ingests the
/// range from `--start` to `--until`.
///
/// # Errors
/// When the settings do not say what to ingest, or no number of servers could ever agree.
pub fn flow(pool: Pool, agree: Option<usize>, settings: &Settings) -> anyhow::Result<Flow> {
    let servers = pool.snapshot().len();
    let quorum = match agree {
        None => Quorum::Majority,
        Some(n) if (1..=servers).contains(&n) => Quorum::Servers(n),
        Some(n) => anyhow::bail!("`--agree {n}`: there are {servers} servers"),
    };
    Ok(Flow::source(LedgerSource {
        pool,
        quorum,
        task: Task::of(settings)?,
        metrics: SourceMetrics::default(),
        registered: Once::new(),
    }))
}

/// What is to be ingested.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Task {
    /// Every ledger that is announced, from a first one on.
    Live { first: First },
    /// The ledgers of a range.
    Range(RangeInclusive<u32>),
}

/// The first ledger of a live lane that has no pointer yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    /// The next ledger that is announced.
    Tip,
    /// The ledger with this index on the chain of the tip.
    Index(u32),
    /// The ledger with this hash, if the chain of the tip holds it.
    Trusted(Hash256),
}

impl Task {
    fn of(settings: &Settings) -> anyhow::Result<Self> {
        let index = |sequence: u64| u32::try_from(sequence).context("a ledger index has 32 bits");
        match (&settings.lane.0, settings.start, settings.until) {
            (_, Some(Start::First), _) => {
                anyhow::bail!("`--start first`: say the index of a ledger, or `latest`")
            }
            (None, None | Some(Start::Latest), None) => Ok(Self::Live { first: First::Tip }),
            (None, Some(Start::Sequence(first)), None) => {
                Ok(Self::Live { first: First::Index(index(first)?) })
            }
            (None, Some(Start::Hash(hash)), None) => {
                Ok(Self::Live { first: First::Trusted(Hash256(hash)) })
            }
            (_, Some(Start::Sequence(first)), Some(last)) if first <= last => {
                Ok(Self::Range(index(first)?..=index(last)?))
            }
            (Some(lane), ..) => anyhow::bail!(
                "the lane {lane} needs a range: `--start` and `--until`, both ledger indexes"
            ),
            (None, ..) => anyhow::bail!(
                "a range has `--start` and `--until`, both ledger indexes, the lower first"
            ),
        }
    }
}

/// Follows servers and walks the chain.
struct LedgerSource {
    pool: Pool,
    quorum: Quorum,
    task: Task,
    metrics: SourceMetrics,
    registered: Once,
}

impl LedgerSource {
    async fn follow(
        &self,
        latest: Option<LedgerId>,
        blocks: &Blocks<LedgerEvents>,
        meter: &MetricsHandle,
    ) -> Result<(), SourceError> {
        let mut tip = Tip::new(&self.pool, self.quorum, &self.metrics, meter);
        let first = match &self.task {
            Task::Range(range) => {
                return range::ingest(&self.pool, tip, latest, range.clone(), blocks, meter).await;
            }
            Task::Live { first } => *first,
        };
        let (latest, first) = match (latest, first) {
            (None, First::Index(first)) => (None, Some(first)),
            (None, First::Trusted(hash)) => {
                (Some(trusted::begin(&self.pool, &mut tip, hash, blocks, meter).await?), None)
            }
            (latest, _) => (latest, None),
        };
        live::ingest(&self.pool, tip, latest, first, blocks, meter).await
    }
}

impl Source for LedgerSource {
    const NAME: &'static str = "ledger-source";
    const VERSION: i32 = INGESTION_VERSION;
    type Output = LedgerEvents;

    async fn ingest(
        &self,
        latest: Option<Pointer>,
        blocks: Blocks<LedgerEvents>,
        meter: &MetricsHandle,
    ) -> Result<(), SourceError> {
        let latest = latest.as_ref().map(ledger_id).transpose()?;
        let Some(pointer) = latest else { return self.follow(latest, &blocks, meter).await };
        tokio::select! {
            outcome = self.follow(latest, &blocks, meter) => outcome,
            error = wrong_network::found(&self.pool, pointer) => Err(error),
        }
    }

    fn report(&self, meter: &MetricsHandle) {
        self.registered.call_once(|| {
            meter.register(|registry| {
                PoolMetrics::register(&self.pool, registry);
                self.metrics.register(registry);
            });
        });
        for (server, why) in self.pool.status_lines() {
            meter.status(&server, why);
        }
    }
}

fn ledger_id(pointer: &Pointer) -> Result<LedgerId, SourceError> {
    let index = u32::try_from(pointer.sequence).ok();
    match (index, Hash256::from_slice(&pointer.hash)) {
        (Some(index), Some(hash)) => Ok(LedgerId { index, hash }),
        _ => Err(SourceError::Halt {
            word: "malformed pointer",
            source: anyhow::anyhow!("{pointer} names no ledger"),
        }),
    }
}

fn pointer(ledger: LedgerId) -> Pointer {
    Pointer { sequence: ledger.index.into(), hash: ledger.hash.0.to_vec() }
}

/// The block of a ledger that follows `latest`.
fn block(
    latest: Option<LedgerId>,
    ledger: LedgerId,
    parent_hash: Hash256,
    announced_ms: Option<u64>,
) -> Block<LedgerEvents> {
    Block {
        parent: latest.map(pointer),
        pointer: pointer(ledger),
        announced_ms,
        record: LedgerEvent {
            ledger_index: ledger.index,
            ledger_hash: ledger.hash.0,
            parent_hash: parent_hash.0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(arguments: &[&str]) -> anyhow::Result<Task> {
        use clap::{Args as _, FromArgMatches as _};
        let command = Settings::augment_args(clap::Command::new("ledger-source"));
        let all = ["ledger-source", "--kafka-brokers", "localhost"].iter().chain(arguments);
        let matches = command.try_get_matches_from(all).unwrap();
        Task::of(&Settings::from_arg_matches(&matches).unwrap())
    }

    #[test]
    fn the_live_lane_begins_at_the_tip_or_at_the_configured_ledger() {
        let begins = |arguments: &[&str], first| {
            assert_eq!(task(arguments).unwrap(), Task::Live { first }, "{arguments:?}");
        };
        begins(&[], First::Tip);
        begins(&["--start", "latest"], First::Tip);
        begins(&["--start", "7"], First::Index(7));
        begins(&["--start", &"0B".repeat(32)], First::Trusted(Hash256([0x0B; 32])));
    }

    #[test]
    fn another_lane_has_a_range() {
        assert_eq!(
            task(&["--lane", "a", "--start", "7", "--until", "9"]).unwrap(),
            Task::Range(7..=9)
        );
        for arguments in [
            vec!["--lane", "a"],
            vec!["--lane", "a", "--start", "7"],
            vec!["--lane", "a", "--start", "9", "--until", "7"],
            vec!["--until", "7"],
            vec!["--start", "first"],
            vec!["--lane", "a", "--start", &"0B".repeat(32), "--until", "9"],
            vec!["--start", "4294967296"],
        ] {
            task(&arguments).unwrap_err();
        }
    }
}
