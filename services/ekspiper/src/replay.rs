//! `ekspiper replay`: a flow's outputs anew, from what the live lane still holds.

use std::time::Instant;

use anyhow::{Context as _, bail};
use flow::{CancellationToken, Lane, RejectLimit, Settings, Start};
use flow_admin::{FirstRecord, Inspector, PartitionStatus};
use tokio::runtime::Runtime;

use crate::flow_shape::FlowShape;
use crate::lane_args::LaneArgs;
use crate::lane_report::LaneReport;
use crate::lane_run::{self, LaneRun};
use crate::lane_screen::Filling;
use crate::ledger_range::LedgerRange;
use crate::lineup::{self, Outside};
use crate::network;

/// What to replay.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ReplayArgs {
    /// The flow
    flow: String,
    /// The ledgers, both ends included
    #[arg(value_name = "FROM-TO")]
    range: LedgerRange,
    #[command(flatten)]
    lane: LaneArgs,
    /// A flow stops when more of a partition's inputs are rejected than so many among so many, as `100/1000`, or `off`
    #[arg(long, env, default_value_t)]
    rejects_max: RejectLimit,
}

/// Fills a lane with what a flow makes of the live lane's inputs in a range, and returns when that is done.
///
/// # Errors
/// When the range can't be served, or the flow has stopped for good; in words that say what to do.
pub(crate) fn replay(
    args: &ReplayArgs,
    runtime: &Runtime,
    stop: &CancellationToken,
) -> anyhow::Result<String> {
    let range = args.range;
    let shapes = lineup::shapes()?;
    let shape = find(&shapes, &args.flow)?.clone();
    let partitions = check_live(&args.lane.live(), &shapes, &shape, range)?;
    let lane = args.lane.lane_or(&format!("replay-{}-{range}", shape.name));
    let settings = Settings {
        start: Some(Start::Sequence(range.first.into())),
        until: Some(range.last.into()),
        rejects_max: args.rejects_max,
        ..args.lane.cluster.settings(lane, Some(Lane::default()))
    };
    if shape.outputs.is_empty() && args.lane.fluent.fluent_address.is_empty() {
        bail!("{} writes to a receiver: say which with `--fluent-address`", shape.name);
    }
    runtime.block_on(lane_run::make_topics(&settings, partitions))?;
    let urls = network::servers_or(&args.lane.xrpl_url, &args.lane.cluster.network.to_string());
    let urls = if lineup::ASKS_SERVERS.contains(&shape.name) { urls? } else { Vec::new() };
    let pool = args.lane.limits.pool(urls, &args.lane.cluster.network);
    let outside = Outside { pool, fluent: args.lane.fluent.clone() };
    let flow = outside.flows(&settings)?.into_iter().find(|flow| flow.name() == shape.name);
    let flow = flow.with_context(|| format!("{} is no flow", shape.name))?;
    let run = LaneRun::start(&args.lane, vec![(flow, settings.clone())], runtime, stop)?;
    let mut inspector = Inspector::new(&settings)?;
    let (began, mut begun_at) = (Instant::now(), None);
    run.until_filled(stop, |run| {
        let shares = inspector.shares(shape.name, &shape.inputs)?;
        let mut filling = Filling {
            what: format!("replay of {} into {}", shape.name, settings.to()),
            range,
            running: began.elapsed(),
            begun_at: 0,
            flows: vec![(shape.name, through(&shares))],
            unwell: Vec::new(),
        };
        filling.begun_at = *begun_at.get_or_insert_with(|| filling.done());
        let filled = run.health(shape.name).is_some_and(flow::Health::is_finished);
        if filled {
            filling.flows = vec![(shape.name, Some(range.last.into()))];
        }
        Ok((filling, filled))
    })?;
    Ok(format!("what {} makes of ledgers {range} is complete in {}\n", shape.name, settings.to()))
}

/// Checks that the live lane holds what `shape` reads of a range, and tells its number of partitions.
fn check_live(
    live: &Settings,
    shapes: &[FlowShape],
    shape: &FlowShape,
    range: LedgerRange,
) -> anyhow::Result<u32> {
    let mut inspector = Inspector::new(live)?;
    let report = LaneReport::ask(&mut inspector, shapes, &live.to())?;
    let mut partitions = 0;
    for input in &shape.inputs {
        let topic = live.to().topic(&input.spec);
        let writer = shapes.iter().find(|shape| shape.outputs.contains(input));
        let complete = writer.and_then(|writer| report.complete_through(writer));
        if complete.is_none_or(|complete| complete < range.last.into()) {
            let there =
                complete.map_or("empty".to_owned(), |it| format!("complete up to ledger {it}"));
            bail!("{topic} is {there}: ledger {} is not in it yet", range.last);
        }
        if let Some(first) = first_held_after(&inspector.held(&input.spec)?, range.first.into()) {
            bail!(
                "{topic} holds ledgers from {first} on, not {}: use `ekspiper backfill` for older ones",
                range.first
            );
        }
        partitions = inspector.partitions_of(&input.spec)?;
    }
    Ok(partitions)
}

/// The first ledger that partitions hold, when that is after `first` or records between are gone.
fn first_held_after(held: &[Option<FirstRecord>], first: u64) -> Option<u64> {
    let begins = held.iter().flatten().map(|held| held.first.sequence).min()?;
    // Each record names the one before it, so a partition tells what it has lost.
    let lost = held.iter().flatten().filter(|it| it.before.is_some_and(|it| it.sequence >= first));
    let after_loss = lost.map(|held| held.first.sequence).max();
    let never_had = held.iter().flatten().all(|held| held.before.is_none()) && begins > first;
    after_loss.or(never_had.then_some(begins))
}

/// Up to which ledger everything in the topics has been worked on.
fn through(shares: &[PartitionStatus]) -> Option<u64> {
    shares.iter().map(|share| share.complete_through(u64::MAX)).min().flatten()
}

fn find<'a>(shapes: &'a [FlowShape], name: &str) -> anyhow::Result<&'a FlowShape> {
    let readers = || shapes.iter().filter(|shape| !shape.is_source());
    if shapes.iter().any(|shape| shape.is_source() && shape.name == name) {
        bail!("{name} reads no topic that could be replayed: use `ekspiper backfill`");
    }
    readers().find(|shape| shape.name == name).with_context(|| {
        let names: Vec<&str> = readers().map(|shape| shape.name).collect();
        format!("`{name}` is no flow: take one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flow::SequenceId;

    fn held(first: u64, before: Option<u64>) -> Option<FirstRecord> {
        let place = |sequence| SequenceId { sequence, part: 0 };
        Some(FirstRecord { first: place(first), before: before.map(place) })
    }

    #[test]
    fn a_lane_that_began_earlier_holds_a_range() {
        assert_eq!(first_held_after(&[held(100, None), held(101, None), None], 100), None);
        assert_eq!(first_held_after(&[held(100, None), held(101, None)], 150), None);
        assert_eq!(first_held_after(&[held(100, None), held(101, None)], 99), Some(100));
    }

    #[test]
    fn a_partition_tells_what_it_has_lost() {
        assert_eq!(first_held_after(&[held(108, Some(106)), held(109, Some(107))], 108), None);
        assert_eq!(first_held_after(&[held(108, Some(106)), held(113, Some(111))], 108), Some(113));
    }

    #[tokio::test]
    async fn only_a_flow_that_reads_topics_is_replayed() {
        let shapes = lineup::shapes().unwrap();
        assert_eq!(find(&shapes, "ledger-record").unwrap().name, "ledger-record");
        let source = find(&shapes, "ledger-source").unwrap_err().to_string();
        assert!(source.contains("ekspiper backfill"), "{source}");
        let unknown = find(&shapes, "ledger-recorder").unwrap_err().to_string();
        assert!(unknown.contains("take one of ledger-details, "), "{unknown}");
    }
}
