//! `ekspiper import`: imports ledgers from JSON files into a lane, verified.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use flow::{
    Block, Blocks, CancellationToken, Flow, HealthState, Lane, Metrics, MetricsHandle, Pointer,
    Process, Settings, Source, SourceError, sleep,
};
use records::reply;
use schemas::{INGESTION_VERSION, Ledger, LedgerTransaction, Ledgers};
use tokio::runtime::Runtime;

use crate::cluster::Cluster;
use crate::flow_health::FlowHealth;
use crate::lane_args::named_lane;
use crate::lane_run;

/// The maximum size of a ledger's blobs: it is one record here.
const BLOB_BYTES_MAX: usize = 900_000;
/// How often the health of the source is checked.
const HEALTH_INTERVAL: Duration = Duration::from_millis(50);

/// The arguments.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ImportArgs {
    /// Replies to the `ledger` command with expanded transactions, one per file or line; API version 1 or 2, JSON or binary,
    /// of any age
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The lane to fill
    #[arg(long, env, value_parser = named_lane)]
    lane: Lane,
    /// Partitions of the lane's topics, if they do not exist
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    partitions: u32,
    #[command(flatten)]
    cluster: Cluster,
}

/// Imports the ledgers of files into `ledgers` of a lane, in order, and returns when all are committed. Those up to the lane's
/// pointer are in it already. A signal while files are read ends the process: nothing is written yet.
///
/// # Errors
/// When a file is not a ledger or fails verification, or writing to Kafka fails.
pub(crate) fn import(
    args: &ImportArgs,
    runtime: &Runtime,
    stop_on_signal: impl FnOnce() -> anyhow::Result<CancellationToken>,
) -> anyhow::Result<String> {
    let ledgers = read_all(&args.files)?;
    let count = ledgers.len();
    let settings = args.cluster.settings(args.lane.clone(), None);
    let stop = stop_on_signal()?;
    runtime.block_on(lane_run::create_topics(&settings, args.partitions))?;
    run(Flow::source(Import { ledgers }), &settings, runtime, &stop)?;
    Ok(format!("{count} ledgers imported into {}.ledgers, verified\n", settings.to()))
}

fn run(
    flow: Flow,
    settings: &Settings,
    runtime: &Runtime,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let process = Process {
        metrics: Metrics::default(),
        handle: runtime.handle().clone(),
        stop: stop.child_token(),
    };
    let running = flow.start(settings.clone(), &process)?;
    let outcome = loop {
        let health = FlowHealth::of(&running.health);
        if let Some(why) = health.halted() {
            break Err(anyhow::anyhow!(why));
        }
        if health.parts.iter().any(|(_, state)| *state == HealthState::Finished) {
            break Ok(());
        }
        if stop.is_cancelled() {
            break Err(anyhow::anyhow!(
                "stopped before all ledgers were imported: run the same command again to resume"
            ));
        }
        sleep(stop, HEALTH_INTERVAL);
    };
    process.stop.cancel();
    while !running.is_over() {
        std::thread::sleep(HEALTH_INTERVAL);
    }
    outcome
}

/// The ledgers of all files, ascending.
fn read_all(files: &[PathBuf]) -> anyhow::Result<Vec<xrpl_codec::Ledger>> {
    let mut ledgers = Vec::new();
    for file in files {
        let name = file.display();
        let text = std::fs::read_to_string(file).with_context(|| format!("reading {name}"))?;
        for json in serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>() {
            let json = json.with_context(|| format!("{name} is not JSON"))?;
            let ledger = reply::ledger(&json).with_context(|| format!("{name} is not a ledger"))?;
            let index = ledger.header.index;
            let blobs = ledger.transactions.iter().map(|it| it.tx_blob.len() + it.meta_blob.len());
            let bytes: usize = blobs.sum();
            ensure!(
                bytes <= BLOB_BYTES_MAX,
                "ledger {index} of {name} has {bytes} bytes of transactions, the maximum is {BLOB_BYTES_MAX}"
            );
            ledgers.push(ledger);
        }
    }
    ledgers.sort_by_key(|ledger| ledger.header.index);
    if let Some(pair) = ledgers.windows(2).find(|pair| pair[0].header.index == pair[1].header.index)
    {
        bail!("ledger {} is in two files", pair[0].header.index);
    }
    Ok(ledgers)
}

/// Ledgers, ascending.
struct Import {
    ledgers: Vec<xrpl_codec::Ledger>,
}

impl Source for Import {
    const NAME: &'static str = "import";
    const VERSION: i32 = INGESTION_VERSION;
    type Output = Ledgers;

    async fn ingest(
        &self,
        latest: Option<Pointer>,
        blocks: Blocks<Ledgers>,
        _meter: &MetricsHandle,
    ) -> Result<(), SourceError> {
        let mut parent = latest;
        for ledger in &self.ledgers {
            let sequence = u64::from(ledger.header.index);
            if parent.as_ref().is_some_and(|parent| sequence <= parent.sequence) {
                continue;
            }
            let pointer = Pointer { sequence, hash: ledger.hash.0.to_vec() };
            // Copies that live as long as the process, which ends when all are in: blocks own their records.
            let record = message(Box::leak(Box::new(ledger.clone())));
            let block = Block {
                parent: parent.replace(pointer.clone()),
                pointer,
                announced_ms: None,
                record,
            };
            if blocks.send(block).await.is_err() {
                // It is no longer the active instance.
                return Ok(());
            }
        }
        Ok(())
    }
}

fn message(ledger: &'static xrpl_codec::Ledger) -> Ledger<'static> {
    let header = &ledger.header;
    let transactions = ledger.transactions.iter().map(|it| LedgerTransaction {
        hash: it.hash.0,
        tx_blob: &it.tx_blob,
        meta_blob: &it.meta_blob,
    });
    let transactions: Vec<_> = transactions.collect();
    Ledger {
        ledger_index: header.index,
        ledger_hash: ledger.hash.0,
        header: Box::leak(Box::new(header.to_bytes())),
        parent_hash: header.parent_hash.0,
        transaction_hash: header.transaction_hash.0,
        account_hash: header.account_hash.0,
        total_coins: header.total_coins,
        parent_close_time: header.parent_close_time,
        close_time: header.close_time,
        close_time_resolution: header.close_time_resolution,
        close_flags: header.close_flags,
        chunk: 0,
        chunk_count: 1,
        first_position: 0,
        transaction_count: u32::try_from(transactions.len()).expect("a ledger has fewer"),
        transactions,
    }
}
