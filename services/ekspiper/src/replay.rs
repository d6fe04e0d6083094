//! `ekspiper replay`: repeats a flow on the records of the live lane, into a lane of its own.

use std::time::Instant;

use anyhow::{Context as _, bail};
use flow::host::CancellationToken;
use flow::settings::RejectLimit;
use flow::{Lane, Settings, Start};
use flow_admin::{FirstRecord, Inspector, PartitionStatus};
use tokio::runtime::Runtime;

use crate::flow_topology::FlowTopology;
use crate::flows::{self, Dependencies};
use crate::lane_args::LaneArgs;
use crate::lane_progress::LaneProgress;
use crate::lane_report::LaneReport;
use crate::lane_run::{self, LaneRun};
use crate::ledger_range::LedgerRange;
use crate::network;

/// The arguments.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ReplayArgs {
    /// The flow
    flow: String,
    /// The ledgers, both ends included
    #[arg(value_name = "FROM-TO")]
    range: LedgerRange,
    #[command(flatten)]
    lane: LaneArgs,
    /// A partition halts when more inputs are rejected, as `100/1000`: 100 of the last 1000; or `off`
    #[arg(long, env, default_value_t)]
    rejects_max: RejectLimit,
}

/// Fills a lane with a flow's outputs for a range of the live lane's inputs, and returns when they are complete.
///
/// # Errors
/// When the live lane lacks the range, or the flow has halted.
pub(crate) fn replay(
    args: &ReplayArgs,
    runtime: &Runtime,
    stop: &CancellationToken,
) -> anyhow::Result<String> {
    let range = args.range;
    let topologies = flows::topologies()?;
    let topology = find(&topologies, &args.flow)?.clone();
    let partitions = check_live(&args.lane.live(), &topologies, &topology, range)?;
    let lane = args.lane.lane_or(&format!("replay-{}-{range}", topology.name));
    let settings = Settings {
        start: Some(Start::Sequence(range.first.into())),
        until: Some(range.last.into()),
        rejects_max: args.rejects_max,
        ..args.lane.cluster.settings(lane, Some(Lane::default()))
    };
    if topology.outputs.is_empty() && args.lane.fluent.fluent_address.is_empty() {
        bail!("{} writes to a receiver: name it with `--fluent-address`", topology.name);
    }
    runtime.block_on(lane_run::create_topics(&settings, partitions))?;
    let urls = network::servers_or(&args.lane.xrpl_url, &args.lane.cluster.network.to_string());
    let urls = if flows::USE_SERVERS.contains(&topology.name) { urls? } else { Vec::new() };
    let pool = args.lane.limits.pool(urls, &args.lane.cluster.network);
    let dependencies = Dependencies { pool, fluent: args.lane.fluent.clone() };
    let flow = dependencies.flows(&settings)?.into_iter().find(|flow| flow.name() == topology.name);
    let flow = flow.with_context(|| format!("unknown flow {}", topology.name))?;
    let run = LaneRun::start(&args.lane, vec![(flow, settings.clone())], runtime, stop)?;
    let mut inspector = Inspector::new(&settings)?;
    let (started, mut done_before) = (Instant::now(), None);
    run.run_until_complete(stop, |run| {
        let partitions = inspector.partition_status(topology.name, &topology.inputs)?;
        let mut progress = LaneProgress {
            title: format!("replay of {} into {}", topology.name, settings.to()),
            range,
            elapsed: started.elapsed(),
            done_before: 0,
            flows: vec![(topology.name, through(&partitions))],
            problems: Vec::new(),
        };
        progress.done_before = *done_before.get_or_insert_with(|| progress.done());
        let is_complete = run.health(topology.name).is_some_and(flow::host::Health::is_finished);
        if is_complete {
            progress.flows = vec![(topology.name, Some(range.last.into()))];
        }
        Ok((progress, is_complete))
    })?;
    Ok(format!(
        "replay of {} for ledgers {range} is complete in {}\n",
        topology.name,
        settings.to()
    ))
}

/// Checks that the live lane has the inputs of a flow for a range, and returns their number of partitions.
fn check_live(
    live: &Settings,
    topologies: &[FlowTopology],
    topology: &FlowTopology,
    range: LedgerRange,
) -> anyhow::Result<u32> {
    let mut inspector = Inspector::new(live)?;
    let report = LaneReport::read(&mut inspector, topologies, &live.to())?;
    let mut partitions = 0;
    for input in &topology.inputs {
        let topic = live.to().topic(&input.spec);
        let writer = topologies.iter().find(|it| it.outputs.contains(input));
        let complete = writer.and_then(|writer| report.complete_through(writer));
        if complete.is_none_or(|complete| complete < range.last.into()) {
            let there =
                complete.map_or("empty".to_owned(), |it| format!("complete up to ledger {it}"));
            bail!("{topic} is {there}: ledger {} is not in it yet", range.last);
        }
        if let Some(first) =
            first_held_after(&inspector.first_records(&input.spec)?, range.first.into())
        {
            bail!(
                "{topic} holds ledgers from {first} on, not {}: use `ekspiper backfill` for older ones",
                range.first
            );
        }
        partitions = inspector.partitions_of(&input.spec)?;
    }
    Ok(partitions)
}

/// The first ledger in the partitions, if that is after `first` or records between them are deleted.
fn first_held_after(held: &[Option<FirstRecord>], first: u64) -> Option<u64> {
    let begins = held.iter().flatten().map(|held| held.first.sequence).min()?;
    // Each record names the one before it, so a gap after deletion is seen.
    let lost = held.iter().flatten().filter(|it| it.before.is_some_and(|it| it.sequence >= first));
    let after_loss = lost.map(|held| held.first.sequence).max();
    let never_had = held.iter().flatten().all(|held| held.before.is_none()) && begins > first;
    after_loss.or(never_had.then_some(begins))
}

/// The ledger up to which all records are processed.
fn through(partitions: &[PartitionStatus]) -> Option<u64> {
    partitions.iter().map(|it| it.complete_through(u64::MAX)).min().flatten()
}

fn find<'a>(topologies: &'a [FlowTopology], name: &str) -> anyhow::Result<&'a FlowTopology> {
    let readers = || topologies.iter().filter(|it| !it.is_source());
    if topologies.iter().any(|it| it.is_source() && it.name == name) {
        bail!("{name} reads no topic: use `ekspiper backfill`");
    }
    readers().find(|it| it.name == name).with_context(|| {
        let names: Vec<&str> = readers().map(|it| it.name).collect();
        format!("unknown flow `{name}`: use one of {}", names.join(", "))
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
    fn a_lane_that_began_earlier_has_a_range() {
        assert_eq!(first_held_after(&[held(100, None), held(101, None), None], 100), None);
        assert_eq!(first_held_after(&[held(100, None), held(101, None)], 150), None);
        assert_eq!(first_held_after(&[held(100, None), held(101, None)], 99), Some(100));
    }

    #[test]
    fn a_gap_after_deletion_is_seen() {
        assert_eq!(first_held_after(&[held(108, Some(106)), held(109, Some(107))], 108), None);
        assert_eq!(first_held_after(&[held(108, Some(106)), held(113, Some(111))], 108), Some(113));
    }

    #[tokio::test]
    async fn only_a_flow_that_reads_topics_is_replayed() {
        let topologies = flows::topologies().unwrap();
        assert_eq!(find(&topologies, "ledger-record").unwrap().name, "ledger-record");
        let source = find(&topologies, "ledger-source").unwrap_err().to_string();
        assert!(source.contains("ekspiper backfill"), "{source}");
        let unknown = find(&topologies, "ledger-recorder").unwrap_err().to_string();
        assert!(unknown.contains("use one of ledger-details, "), "{unknown}");
    }
}
