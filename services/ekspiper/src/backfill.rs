//! `ekspiper backfill`: fills a lane with past ledgers, by the same flows.

use std::time::Instant;

use anyhow::{Context as _, bail};
use flow::host::CancellationToken;
use flow::ingest::Checkpoints;
use flow::settings::RejectLimit;
use flow::{Settings, Start, Topic as _};
use flow_admin::Inspector;
use schemas::LedgerEvents;
use tokio::runtime::Runtime;

use crate::flow_topology::FlowTopology;
use crate::flows::Dependencies;
use crate::history_check::check_history;
use crate::lane_args::LaneArgs;
use crate::lane_progress::LaneProgress;
use crate::lane_report::LaneReport;
use crate::lane_run::{self, LaneRun};
use crate::ledger_range::LedgerRange;
use crate::network;

/// The flow that commits the pointer.
const SOURCE: &str = "ledger-source";

/// The arguments.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct BackfillArgs {
    /// The ledgers, both ends included
    #[arg(value_name = "FROM-TO")]
    range: LedgerRange,
    #[command(flatten)]
    lane: LaneArgs,
    /// A partition halts when more inputs are rejected, as `100/1000`: 100 of the last 1000; or `off`
    #[arg(long, env, default_value_t)]
    rejects_max: RejectLimit,
    /// Partitions of the lane's topics [default: those of the live lane, or 8]
    #[arg(long, env, value_parser = clap::value_parser!(u32).range(1..=1024))]
    partitions: Option<u32>,
}

/// Fills a lane with the ledgers of a range, and returns when every topic of the lane holds all of them.
///
/// # Errors
/// When the servers lack the range, or a flow has halted.
pub(crate) fn backfill(
    args: &BackfillArgs,
    runtime: &Runtime,
    stop: &CancellationToken,
) -> anyhow::Result<String> {
    let range = args.range;
    let live = args.lane.live();
    let lane = args.lane.lane_or(&format!("backfill-{range}"));
    let plain =
        Settings { rejects_max: args.rejects_max, ..args.lane.cluster.settings(lane, None) };
    let ranged = Settings {
        start: Some(Start::Sequence(range.first.into())),
        until: Some(range.last.into()),
        ..plain.clone()
    };
    check_pointer(range, "the live lane", pointer(&live, runtime)?, None)?;
    check_pointer(range, "the lane", pointer(&plain, runtime)?, Some(range.first))?;
    let network = args.lane.cluster.network.to_string();
    let urls = network::servers_or(&args.lane.xrpl_url, &network)?;
    let pool = args.lane.limits.pool(urls, &args.lane.cluster.network);
    runtime.block_on(check_history(&pool, range))?;
    let partitions = match args.partitions {
        Some(partitions) => partitions,
        None => runtime.block_on(lane_run::partitions(&live, LedgerEvents::SPEC))?.unwrap_or(8),
    };
    runtime.block_on(lane_run::create_topics(&plain, partitions))?;
    let dependencies = Dependencies { pool, fluent: args.lane.fluent.clone() };
    let flows = dependencies.flows(&ranged)?;
    let topologies: Vec<FlowTopology> = flows.iter().map(FlowTopology::of).collect();
    let flows = flows.into_iter().zip(&topologies).map(|(flow, topology)| {
        let settings = if topology.is_source() { &ranged } else { &plain };
        (flow, settings.clone())
    });
    let run = LaneRun::start(&args.lane, flows.collect(), runtime, stop)?;
    let mut reader = ProgressReader::new(range, &plain, topologies)?;
    run.run_until_complete(stop, |_| reader.read())?;
    reader.summary()
}

/// The pointer of a lane; `None` if there is no such lane.
fn pointer(settings: &Settings, runtime: &Runtime) -> anyhow::Result<Option<u64>> {
    let mut inspector = Inspector::new(settings)?;
    if runtime.block_on(lane_run::partitions(settings, Checkpoints::SPEC))?.is_none() {
        return Ok(None);
    }
    Ok(inspector.pointer(SOURCE)?.map(|checkpoint| checkpoint.pointer().sequence))
}

/// Checks a range against the pointer of a lane. The live lane's must not be before the end of the range. That of the lane
/// itself, with `first` given, must be in the range, or the lane was filled with another one.
fn check_pointer(
    range: LedgerRange,
    lane: &str,
    pointer: Option<u64>,
    first: Option<u32>,
) -> anyhow::Result<()> {
    let last = u64::from(range.last);
    match (pointer, first) {
        (Some(pointer), None) if pointer < last => bail!(
            "ledger {last} is beyond ledger {pointer}, the pointer of {lane}: end the range there, or wait"
        ),
        (Some(pointer), Some(first)) if pointer < first.into() || pointer > last => bail!(
            "{lane} was filled with another range, up to ledger {pointer}: choose another `--lane`"
        ),
        _ => Ok(()),
    }
}

/// Reads the progress of the lane.
struct ProgressReader {
    range: LedgerRange,
    lane: Settings,
    topologies: Vec<FlowTopology>,
    inspector: Inspector,
    started: Instant,
    done_before: Option<u64>,
}

impl ProgressReader {
    fn new(
        range: LedgerRange,
        lane: &Settings,
        topologies: Vec<FlowTopology>,
    ) -> anyhow::Result<Self> {
        let inspector = Inspector::new(lane)?;
        let (lane, started) = (lane.clone(), Instant::now());
        Ok(Self { range, lane, topologies, inspector, started, done_before: None })
    }

    fn read(&mut self) -> anyhow::Result<(LaneProgress, bool)> {
        let scope = self.lane.to();
        let report = LaneReport::read(&mut self.inspector, &self.topologies, &scope)?;
        let mut flows = vec![(SOURCE, report.pointer_index())];
        flows.extend(report.flows.iter().map(|flow| (flow.flow, flow.complete_through)));
        let mut progress = LaneProgress {
            title: format!("backfill into {scope}"),
            range: self.range,
            elapsed: self.started.elapsed(),
            done_before: 0,
            flows,
            problems: Vec::new(),
        };
        progress.done_before = *self.done_before.get_or_insert_with(|| progress.done());
        Ok((progress, report.is_complete_through(self.range.last.into())))
    }

    fn summary(&mut self) -> anyhow::Result<String> {
        let dead = self
            .inspector
            .count_open_dead_letters()
            .context("reading dead letters of the complete lane")?;
        let (range, scope) = (self.range, self.lane.to());
        let dead = match dead.values().sum::<u64>() {
            0 => "no dead letters".to_owned(),
            n => format!("{n} dead letters in {scope}.dead-letters"),
        };
        Ok(format!("ledgers {range} are complete in every topic of {scope}, with {dead}\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGE: LedgerRange = LedgerRange { first: 100, last: 200 };

    #[test]
    fn a_range_beyond_the_live_lane_is_refused() {
        check_pointer(RANGE, "live", Some(200), None).unwrap();
        check_pointer(RANGE, "live", None, None).unwrap();
        let error = check_pointer(RANGE, "live", Some(199), None).unwrap_err().to_string();
        assert!(error.contains("ledger 200 is beyond ledger 199"), "{error}");
    }

    #[test]
    fn a_lane_is_filled_with_one_range() {
        for pointer in [None, Some(100), Some(150), Some(200)] {
            check_pointer(RANGE, "the lane", pointer, Some(RANGE.first)).unwrap();
        }
        for pointer in [Some(99), Some(201)] {
            check_pointer(RANGE, "the lane", pointer, Some(RANGE.first)).unwrap_err();
        }
    }
}
