//! `ekspiper import`: ledgers out of JSON files into a lane, verified, for the same flows.

mod continuation;
mod file_flows;
mod ledger_index;
mod reply_splitter;
mod reply_text;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use flow::{
    CancellationToken, Flow, Ingestor, Lane, Metrics, Namespace, Process, Running, Settings, sleep,
};
use flow_admin::Inspector;
use schemas::{INGESTION_VERSION, LedgerEvents};
use tokio::runtime::Runtime;

use crate::cluster::Cluster;
use crate::flow_shape::FlowShape;
use crate::lane_args::not_live;
use crate::lane_report::LaneReport;
use crate::lane_run;
use crate::standing::Standing;
use continuation::{check_chain, check_pointer};
use file_flows::{FileDetails, FileSource};
use ledger_index::{IndexedLedger, LedgerIndex};

/// The flow that keeps the pointer.
const SOURCE: &str = "ledger-source";
/// How often the progress of the flows is looked up.
const LOOK: Duration = Duration::from_millis(200);

/// What to import.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ImportArgs {
    /// Replies to the `ledger` command with expanded transactions: one a file, one a line, or an array of them; plain or gzip; API
    /// version 1 or 2, JSON or binary, of today or of 2013
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The lane to fill
    #[arg(long, env, value_parser = not_live)]
    lane: Lane,
    /// Partitions of the lane's topics, if they are to be made
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    partitions: u32,
    #[command(flatten)]
    cluster: Cluster,
}

/// Writes the ledgers of files into `ledger-events` and `ledgers` of a lane, in order, and returns when all are committed. Those up to
/// the lane's pointer are skipped.
///
/// # Errors
/// When a file holds what is no ledger or does not verify, the ledgers do not follow one another or do not continue the lane, or
/// Kafka refuses; in words that say what to do.
pub(crate) fn import(
    args: &ImportArgs,
    runtime: &Runtime,
    stop: &CancellationToken,
) -> anyhow::Result<String> {
    let index = LedgerIndex::read(&args.files, stop)?;
    check_chain(&index)?;
    let settings = args.cluster.settings(args.lane.clone(), None);
    runtime.block_on(lane_run::make_topics(&settings, args.partitions))?;
    let ingestor = Ingestor::find::<LedgerEvents>(&settings, SOURCE, INGESTION_VERSION)?;
    let pointer = ingestor.latest()?.map(|checkpoint| checkpoint.pointer());
    let skipped = check_pointer(&index, pointer.as_ref())?;
    let index = Arc::new(index);
    run(&index, &settings, runtime, stop)?;
    let (skipped, imported) = index.ledgers().split_at(skipped);
    let mut told = String::new();
    if let Some(range) = range(imported) {
        let are = if imported.len() == 1 { "ledger is" } else { "ledgers are" };
        let (count, lane) = (imported.len(), settings.to());
        told += &format!("{count} {are} in {lane}.ledgers, verified: {range}\n");
    }
    if let (Some(range), Some(pointer)) = (range(skipped), pointer) {
        let were = if skipped.len() == 1 { "ledger was" } else { "ledgers were" };
        let (count, pointer) = (skipped.len(), pointer.sequence);
        told += &format!(
            "{count} {were} skipped: {range}, since the lane's pointer is at ledger {pointer}; not compared with what it holds\n"
        );
    }
    Ok(told)
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
    let mut progress =
        ImportProgress::new(settings, flows.each_ref().map(FlowShape::of).to_vec(), last.into())?;
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
        std::thread::sleep(LOOK);
    }
    outcome
}

/// How far the flows of an import are.
struct ImportProgress {
    inspector: Inspector,
    namespace: Namespace,
    shapes: Vec<FlowShape>,
    last: u64,
}

impl ImportProgress {
    /// That of the flows of `shapes`, up to the ledger `last`.
    fn new(settings: &Settings, shapes: Vec<FlowShape>, last: u64) -> anyhow::Result<Self> {
        let inspector = Inspector::new(settings)?;
        Ok(Self { inspector, namespace: settings.to(), shapes, last })
    }

    /// Whether both flows have committed all ledgers.
    fn is_complete(&mut self) -> anyhow::Result<bool> {
        let report = LaneReport::ask(&mut self.inspector, &self.shapes, &self.namespace)?;
        Ok(report.is_complete_through(self.last))
    }

    fn wait(&mut self, running: &[Running], stop: &CancellationToken) -> anyhow::Result<()> {
        loop {
            let halted = running.iter().find_map(|flow| Standing::of(&flow.health).halted());
            if let Some(why) = halted {
                bail!(why);
            }
            if stop.is_cancelled() {
                bail!("stopped before all ledgers were imported: the same command continues");
            }
            match self.is_complete() {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => tracing::warn!("can't look up the progress of the import: {error:#}"),
            }
            sleep(stop, LOOK);
        }
    }
}
