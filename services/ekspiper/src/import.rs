//! `ekspiper import`: imports ledgers from JSON files into a lane, verified.

mod continuation;
mod file_flows;
mod ledger_index;
mod reply_splitter;
mod reply_text;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use flow::host::{CancellationToken, Metrics, Process, Running, sleep};
use flow::ingest::Ingestor;
use flow::{Flow, Lane, Namespace, Settings};
use flow_admin::Inspector;
use schemas::{INGESTION_VERSION, LedgerEvents};
use tokio::runtime::Runtime;

use crate::cluster::Cluster;
use crate::flow_health::FlowHealth;
use crate::flow_topology::FlowTopology;
use crate::lane_args::named_lane;
use crate::lane_report::LaneReport;
use crate::lane_run;
use continuation::{check_chain, check_pointer};
use file_flows::{FileDetails, FileSource};
use ledger_index::{IndexedLedger, LedgerIndex};

/// The flow that keeps the pointer.
const SOURCE: &str = "ledger-source";
/// How often the progress of the flows is read.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

/// The arguments.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ImportArgs {
    /// Replies to the `ledger` command with expanded transactions: one per file, one per line, or an array; plain or gzip;
    /// API version 1 or 2, JSON or binary, of any age
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

/// Writes the ledgers of files into `ledger-events` and `ledgers` of a lane, in order, and returns when all are committed. Those up to
/// the lane's pointer are skipped. A signal while files are read ends the process: nothing is written yet.
///
/// # Errors
/// When a file is not a ledger or fails verification, the ledgers do not follow one another or do not continue the lane, or
/// writing to Kafka fails.
pub(crate) fn import(
    args: &ImportArgs,
    runtime: &Runtime,
    stop_on_signal: impl FnOnce() -> anyhow::Result<CancellationToken>,
) -> anyhow::Result<String> {
    let index = LedgerIndex::read(&args.files, &CancellationToken::default())?;
    check_chain(&index)?;
    let settings = args.cluster.settings(args.lane.clone(), None);
    let stop = stop_on_signal()?;
    runtime.block_on(lane_run::create_topics(&settings, args.partitions))?;
    let ingestor = Ingestor::find::<LedgerEvents>(&settings, SOURCE, INGESTION_VERSION)?;
    let pointer = ingestor.latest()?.map(|checkpoint| checkpoint.pointer());
    let skipped = check_pointer(&index, pointer.as_ref())?;
    let index = Arc::new(index);
    run(&index, &settings, runtime, &stop)?;
    let (skipped, imported) = index.ledgers().split_at(skipped);
    let mut output = String::new();
    if let Some(range) = range(imported) {
        let ledgers = if imported.len() == 1 { "ledger" } else { "ledgers" };
        let (count, lane) = (imported.len(), settings.to());
        output += &format!("{count} {ledgers} imported into {lane}.ledgers, verified: {range}\n");
    }
    if let (Some(range), Some(pointer)) = (range(skipped), pointer) {
        let ledgers = if skipped.len() == 1 { "ledger" } else { "ledgers" };
        let (count, pointer) = (skipped.len(), pointer.sequence);
        output += &format!(
            "{count} {ledgers} skipped: {range}, the lane's pointer is at ledger {pointer}; not compared with the lane\n"
        );
    }
    Ok(output)
}

/// The indexes of ledgers that follow one another.
fn range(ledgers: &[IndexedLedger]) -> Option<String> {
    let (first, last) = (ledgers.first()?, ledgers.last()?);
    let (first, last) = (first.event.ledger_index, last.event.ledger_index);
    Some(if first == last { first.to_string() } else { format!("{first} to {last}") })
}

/// Runs both flows until every ledger of `index` is committed to both topics.
fn run(
    index: &Arc<LedgerIndex>,
    settings: &Settings,
    runtime: &Runtime,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let flows = [
        Flow::source(FileSource { index: Arc::clone(index) }),
        Flow::async_processor(FileDetails::new(Arc::clone(index))),
    ];
    let last = index.ledgers().last().map_or(0, |ledger| ledger.event.ledger_index);
    let mut progress = ImportProgress::new(
        settings,
        flows.each_ref().map(FlowTopology::of).to_vec(),
        last.into(),
    )?;
    if progress.is_complete()? {
        return Ok(());
    }
    let process = Process {
        metrics: Metrics::default(),
        handle: runtime.handle().clone(),
        stop: stop.child_token(),
    };
    let mut running = Vec::new();
    for flow in flows {
        running.push(flow.start(settings.clone(), &process)?);
    }
    let outcome = progress.wait(&running, stop);
    process.stop.cancel();
    while !running.iter().all(Running::has_stopped) {
        std::thread::sleep(PROGRESS_INTERVAL);
    }
    outcome
}

/// The progress of the flows of an import.
struct ImportProgress {
    inspector: Inspector,
    namespace: Namespace,
    topologies: Vec<FlowTopology>,
    last: u64,
}

impl ImportProgress {
    /// That of these flows, up to the ledger `last`.
    fn new(settings: &Settings, topologies: Vec<FlowTopology>, last: u64) -> anyhow::Result<Self> {
        let inspector = Inspector::new(settings)?;
        Ok(Self { inspector, namespace: settings.to(), topologies, last })
    }

    /// Whether both flows have committed all ledgers.
    fn is_complete(&mut self) -> anyhow::Result<bool> {
        let report = LaneReport::read(&mut self.inspector, &self.topologies, &self.namespace)?;
        Ok(report.is_complete_through(self.last))
    }

    fn wait(&mut self, running: &[Running], stop: &CancellationToken) -> anyhow::Result<()> {
        loop {
            let halted = running.iter().find_map(|flow| FlowHealth::of(&flow.health).halted());
            if let Some(why) = halted {
                bail!(why);
            }
            if stop.is_cancelled() {
                bail!(
                    "stopped before all ledgers were imported: run the same command again to resume"
                );
            }
            match self.is_complete() {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!("reading the progress of the import failed: {error:#}");
                }
            }
            sleep(stop, PROGRESS_INTERVAL);
        }
    }
}
