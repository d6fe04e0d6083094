//! `ekspiper backfill`: a lane with ledgers of the past, by the same flows.

use std::time::Instant;

use anyhow::{Context as _, bail};
use flow::{CancellationToken, Checkpoints, RejectLimit, Settings, Start, Topic as _};
use flow_admin::Inspector;
use schemas::LedgerEvents;
use tokio::runtime::Runtime;

use crate::flow_shape::FlowShape;
use crate::held_ledgers;
use crate::lane_args::LaneArgs;
use crate::lane_report::LaneReport;
use crate::lane_run::{self, LaneRun};
use crate::lane_screen::Filling;
use crate::ledger_range::LedgerRange;
use crate::lineup::Outside;
use crate::network;

/// The name of the flow that keeps the pointer.
const SOURCE: &str = "ledger-source";

/// What to backfill.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct BackfillArgs {
    /// The ledgers, both ends included
    #[arg(value_name = "FROM-TO")]
    range: LedgerRange,
    #[command(flatten)]
    lane: LaneArgs,
    /// A flow stops when more of a partition's inputs are rejected than so many among so many, as `100/1000`, or `off`
    #[arg(long, env, default_value_t)]
    rejects_max: RejectLimit,
    /// Partitions of the lane's topics; as many as the live lane has, or 8, if not given
    #[arg(long, env, value_parser = clap::value_parser!(u32).range(1..=1024))]
    partitions: Option<u32>,
}

/// Fills a lane with the ledgers of a range, and returns when every topic of the lane holds all of them.
///
/// # Errors
/// When the range can't be served, or a flow has stopped for good; in words that say what to do.
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
    runtime.block_on(held_ledgers::check(&pool, range))?;
    let partitions = match args.partitions {
        Some(partitions) => partitions,
        None => runtime.block_on(lane_run::partitions(&live, LedgerEvents::SPEC))?.unwrap_or(8),
    };
    runtime.block_on(lane_run::make_topics(&plain, partitions))?;
    let outside = Outside { pool, fluent: args.lane.fluent.clone() };
    let flows = outside.flows(&ranged)?;
    let shapes: Vec<FlowShape> = flows.iter().map(FlowShape::of).collect();
    let flows = flows.into_iter().zip(&shapes).map(|(flow, shape)| {
        let settings = if shape.is_source() { &ranged } else { &plain };
        (flow, settings.clone())
    });
    let run = LaneRun::start(&args.lane, flows.collect(), runtime, stop)?;
    let mut watch = Watch::new(range, &plain, shapes)?;
    run.until_filled(stop, |_| watch.look())?;
    watch.summary()
}

/// The ledger that the source of a lane has committed last; `None` where there is no such lane.
fn pointer(settings: &Settings, runtime: &Runtime) -> anyhow::Result<Option<u64>> {
    let mut inspector = Inspector::new(settings)?;
    if runtime.block_on(lane_run::partitions(settings, Checkpoints::SPEC))?.is_none() {
        return Ok(None);
    }
    Ok(inspector.pointer(SOURCE)?.map(|checkpoint| checkpoint.pointer().sequence))
}

/// Checks a range against the pointer of a lane: nothing beyond the live lane's is asked for; and the pointer of the lane
/// itself, `first` given, is in the range, or the lane was filled with another one.
fn check_pointer(
    range: LedgerRange,
    lane: &str,
    pointer: Option<u64>,
    first: Option<u32>,
) -> anyhow::Result<()> {
    let last = u64::from(range.last);
    match (pointer, first) {
        (Some(pointer), None) if pointer < last => bail!(
            "ledger {last} is beyond ledger {pointer}, where {lane} is: end the range there, or wait"
        ),
        (Some(pointer), Some(first)) if pointer < first.into() || pointer > last => bail!(
            "{lane} was filled with another range, up to ledger {pointer}: choose another `--lane`"
        ),
        _ => Ok(()),
    }
}

/// How far the lane is.
struct Watch {
    range: LedgerRange,
    lane: Settings,
    shapes: Vec<FlowShape>,
    inspector: Inspector,
    began: Instant,
    begun_at: Option<u64>,
}

impl Watch {
    fn new(range: LedgerRange, lane: &Settings, shapes: Vec<FlowShape>) -> anyhow::Result<Self> {
        let inspector = Inspector::new(lane)?;
        let (lane, began) = (lane.clone(), Instant::now());
        Ok(Self { range, lane, shapes, inspector, began, begun_at: None })
    }

    fn look(&mut self) -> anyhow::Result<(Filling, bool)> {
        let scope = self.lane.to();
        let report = LaneReport::ask(&mut self.inspector, &self.shapes, &scope)?;
        let mut flows = vec![(SOURCE, report.pointer_index())];
        flows.extend(report.flows.iter().map(|flow| (flow.flow, flow.complete_through)));
        let mut filling = Filling {
            what: format!("backfill into {scope}"),
            range: self.range,
            running: self.began.elapsed(),
            begun_at: 0,
            flows,
            unwell: Vec::new(),
        };
        filling.begun_at = *self.begun_at.get_or_insert_with(|| filling.done());
        Ok((filling, report.is_complete_through(self.range.last.into())))
    }

    fn summary(&mut self) -> anyhow::Result<String> {
        let dead = self.inspector.dead_letters().context("the lane is filled")?;
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
    fn nothing_beyond_the_live_lane_is_asked_for() {
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
