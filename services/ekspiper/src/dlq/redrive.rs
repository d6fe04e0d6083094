//! `ekspiper dlq redrive`: processes rejected inputs again, by their flow and those downstream, in a lane of their own.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::{bail, ensure};
use clap::builder::NonEmptyStringValueParser;
use flow::host::CancellationToken;
use flow::settings::RejectLimit;
use flow::{Flow, Lane, Settings, Start};
use flow_admin::{Decision, DlqEntryId, Inspector, RedrivenRecord, Resolver, in_order};
use tokio::runtime::Runtime;

use super::entry::Entries;
use super::filter::Filter;
use super::plan::Plan;
use crate::flow_topology::FlowTopology;
use crate::flows::{self, Dependencies};
use crate::lane_args::LaneArgs;
use crate::lane_progress::LaneProgress;
use crate::lane_run::{self, LaneRun};
use crate::ledger_range::LedgerRange;
use crate::network;

/// The arguments.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct RedriveArgs {
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    lane: LaneArgs,
    /// The lane of the dead letters; `live` is the default one
    #[arg(long, env, default_value = "live")]
    from_lane: Lane,
    /// The reason; stored with the dead letters
    #[arg(long, default_value = "", hide_default_value = true)]
    why: String,
    /// The operator; stored likewise
    #[arg(long, env = "USER", value_parser = NonEmptyStringValueParser::new())]
    by: String,
    /// Show what would be done, without changing anything
    #[arg(long)]
    dry_run: bool,
}

/// Fills a lane with the inputs of dead letters, resolves these in the same transaction, and runs their flow and those
/// downstream on that lane to its end.
///
/// # Errors
/// When none can be redriven, or a flow has halted.
pub(crate) fn redrive(
    args: &RedriveArgs,
    runtime: &Runtime,
    stop: &CancellationToken,
) -> anyhow::Result<String> {
    let from = args.lane.cluster.settings(args.from_lane.clone(), None);
    let topologies = flows::topologies()?;
    let mut inspector = Inspector::new(&from)?;
    let entries = Entries::read(&mut inspector, &args.filter)?;
    let plan = Plan::new(&topologies, &entries.all, &args.filter, args.lane.lane())?;
    let output = plan.to_text(&settings(args, &plan).to().to_string());
    if args.dry_run {
        return Ok(output + "dry run: nothing changed\n");
    }
    let flows = redrive_flows(args, &topologies, &plan)?;
    if !plan.is_filled {
        fill(args, &from, &topologies, &plan.lane, runtime)?;
    }
    run(args, &plan, flows, runtime, stop)?;
    Ok(output + &outcome(&settings(args, &plan), &plan)?)
}

/// The settings of the lane's flows, which end with their input. Each input was rejected before, so that another rejection is no
/// reason to halt.
fn settings(args: &RedriveArgs, plan: &Plan<'_>) -> Settings {
    let settings = args.lane.cluster.settings(plan.lane.clone(), None);
    Settings { until: Some(u64::MAX), rejects_max: RejectLimit::Off, ..settings }
}

/// The flow and those downstream, in topological order.
fn redrive_flows(
    args: &RedriveArgs,
    topologies: &[FlowTopology],
    plan: &Plan<'_>,
) -> anyhow::Result<Vec<(Flow, FlowTopology)>> {
    let flow = plan.topology;
    if flow.outputs.is_empty() && args.lane.fluent.fluent_address.is_empty() {
        bail!("{} writes to a receiver: name it with `--fluent-address`", flow.name);
    }
    let names = with_downstream(topologies, flow);
    let urls = network::servers_or(&args.lane.xrpl_url, &args.lane.cluster.network.to_string());
    let uses_servers = names.iter().any(|name| flows::USE_SERVERS.contains(name));
    let urls = if uses_servers { urls? } else { Vec::new() };
    let pool = args.lane.limits.pool(urls, &args.lane.cluster.network);
    let dependencies = Dependencies { pool, fluent: args.lane.fluent.clone() };
    // The source needs a range, although it does not run.
    let ranged =
        Settings { start: Some(Start::Sequence(1)), until: Some(1), ..settings(args, plan) };
    let flows = dependencies.flows(&ranged)?.into_iter();
    let flows = flows.filter(|flow| names.contains(flow.name()));
    Ok(flows
        .map(|flow| (FlowTopology::of(&flow), flow))
        .map(|(topology, flow)| (flow, topology))
        .collect())
}

/// The names of a flow and of all downstream of it.
fn with_downstream(topologies: &[FlowTopology], flow: &FlowTopology) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::from([flow.name]);
    let mut written = flow.outputs.clone();
    for topology in topologies {
        if topology.inputs.iter().any(|input| written.contains(input)) {
            names.insert(topology.name);
            written.extend(topology.outputs.iter().copied());
        }
    }
    names
}

/// Writes the inputs into the lane `to` and resolves their dead letters, in one transaction. The plan is made again after
/// other operators are fenced.
fn fill(
    args: &RedriveArgs,
    from: &Settings,
    topologies: &[FlowTopology],
    to: &Lane,
    runtime: &Runtime,
) -> anyhow::Result<()> {
    let resolver = Resolver::open(from)?;
    let mut inspector = Inspector::new(from)?;
    let entries = Entries::read(&mut inspector, &args.filter)?;
    let plan = Plan::new(topologies, &entries.all, &args.filter, Some(to))?;
    if plan.is_filled {
        return Ok(());
    }
    let settings = settings(args, &plan);
    let partitions = inspector.partitions_of(&flow::DEAD_LETTERS)?;
    runtime.block_on(lane_run::create_topics(&settings, partitions))?;
    let mut lane = Inspector::new(&settings)?;
    for input in &plan.topology.inputs {
        ensure!(
            lane.first_records(&input.spec)?.iter().all(Option::is_none),
            "{} has other records: choose another `--lane`",
            settings.to().topic(&input.spec)
        );
    }
    let chosen: BTreeSet<DlqEntryId> = plan.entries.iter().map(|entry| entry.id).collect();
    let mut inputs = Vec::with_capacity(chosen.len());
    inspector.read_dead_letters(|entry| {
        if chosen.contains(&entry.id) {
            inputs.push(RedrivenRecord::new(&entry.says, &settings.to(), partitions));
        }
    })?;
    ensure!(
        inputs.len() == chosen.len(),
        "dead letters were deleted by retention in the meantime: list them again"
    );
    let decision =
        Decision { lane: Some(plan.lane.to_string()), by: args.by.clone(), why: args.why.clone() };
    resolver.resolve(chosen, &decision, &in_order(inputs))
}

/// Runs one flow after the other, each to the end of its input.
fn run(
    args: &RedriveArgs,
    plan: &Plan<'_>,
    flows: Vec<(Flow, FlowTopology)>,
    runtime: &Runtime,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let settings = settings(args, plan);
    let mut inspector = Inspector::new(&settings)?;
    for input in &plan.topology.inputs {
        inspector.await_committed(&input.spec)?;
    }
    let started = Instant::now();
    for (flow, topology) in flows {
        let run = LaneRun::start(&args.lane, vec![(flow, settings.clone())], runtime, stop)?;
        run.run_until_complete(stop, |run| {
            let partitions = inspector.partition_status(topology.name, &topology.inputs)?;
            let complete = partitions.iter().map(|it| it.complete_through(u64::MAX)).min();
            let progress = LaneProgress {
                title: format!(
                    "redrive of {} into {}: {}",
                    plan.topology.name,
                    settings.to(),
                    topology.name
                ),
                range: plan.ledgers().unwrap_or(LedgerRange { first: 1, last: 1 }),
                elapsed: started.elapsed(),
                done_before: 0,
                flows: vec![(topology.name, complete.flatten())],
                problems: Vec::new(),
            };
            Ok((progress, run.health(topology.name).is_some_and(flow::host::Health::is_finished)))
        })?;
        for written in topology.writes() {
            inspector.await_committed(&written)?;
        }
    }
    Ok(())
}

/// The result.
fn outcome(settings: &Settings, plan: &Plan<'_>) -> anyhow::Result<String> {
    let lane = settings.to();
    let (mut again, mut downstream) = (BTreeSet::new(), 0_usize);
    Inspector::new(settings)?.read_dead_letters(|entry| {
        let says = &entry.says;
        if says.flow == plan.topology.name {
            again.insert((says.topic.to_owned(), says.partition, says.offset));
        } else {
            downstream += 1;
        }
    })?;
    let succeeded = plan.inputs().saturating_sub(again.len());
    let mut output = format!(
        "{}: {succeeded} succeeded, {} were rejected again\n",
        plan.topology.name,
        again.len()
    );
    if downstream > 0 {
        output += &format!("{downstream} records were rejected downstream\n");
    }
    if downstream > 0 || !again.is_empty() {
        let (network, name) = (lane.network(), &plan.lane);
        output += &format!("see `ekspiper dlq list --network {network} --lane {name}`\n");
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn flows_downstream_are_redriven_too() {
        let topologies = flows::topologies().unwrap();
        let downstream = |name: &str| {
            let flow = topologies.iter().find(|it| it.name == name).unwrap();
            with_downstream(&topologies, flow).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(downstream("fluent-sink"), ["fluent-sink"]);
        assert_eq!(downstream("transaction-record"), ["fluent-sink", "transaction-record"]);
        let books = ["book-offers-fetch", "book-offers-record", "fluent-sink"];
        assert_eq!(downstream("book-offers-fetch"), books);
    }
}
