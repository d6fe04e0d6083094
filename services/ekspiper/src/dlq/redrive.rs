//! `ekspiper dlq redrive`: rejected inputs through their flow again, in a lane of their own, with what is behind the flow.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::{bail, ensure};
use clap::builder::NonEmptyStringValueParser;
use flow::{CancellationToken, Flow, Lane, RejectLimit, Settings, Start};
use flow_admin::{Decision, DlqEntryId, Inspector, RedrivenRecord, Resolver, in_order};
use tokio::runtime::Runtime;

use super::choice::Choice;
use super::entry::Entries;
use super::plan::Plan;
use crate::flow_shape::FlowShape;
use crate::lane_args::LaneArgs;
use crate::lane_run::{self, LaneRun};
use crate::lane_screen::Filling;
use crate::ledger_range::LedgerRange;
use crate::lineup::{self, Outside};
use crate::network;

/// Which letters to drive again, and where.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct RedriveArgs {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    lane: LaneArgs,
    /// The lane whose letters are meant; `live` is the one without a name
    #[arg(long, env, default_value = "live")]
    from_lane: Lane,
    /// Why; kept beside the letters
    #[arg(long, default_value = "", hide_default_value = true)]
    why: String,
    /// Who does it; kept likewise
    #[arg(long, env = "USER", value_parser = NonEmptyStringValueParser::new())]
    by: String,
    /// Tell what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Fills a lane with the inputs of dead letters, settles these in the same transaction, and runs their flow and what is behind
/// it on that lane to its end.
///
/// # Errors
/// When nothing can be driven, or a flow has stopped for good; in words that say what to do.
pub(crate) fn redrive(
    args: &RedriveArgs,
    runtime: &Runtime,
    stop: &CancellationToken,
) -> anyhow::Result<String> {
    let from = args.lane.cluster.settings(args.from_lane.clone(), None);
    let shapes = lineup::shapes()?;
    let mut inspector = Inspector::new(&from)?;
    let entries = Entries::read(&mut inspector, &args.choice)?;
    let plan = Plan::new(&shapes, &entries.all, &args.choice, args.lane.lane())?;
    let told = plan.tell(&settings(args, &plan).to().to_string());
    if args.dry_run {
        return Ok(told + "nothing was changed\n");
    }
    let flows = flows(args, &shapes, &plan)?;
    if !plan.is_filled {
        fill(args, &from, &shapes, &plan.lane, runtime)?;
    }
    run(args, &plan, flows, runtime, stop)?;
    Ok(told + &outcome(&settings(args, &plan), &plan)?)
}

/// What a flow of the lane is told: to end where its input ends. Each of its inputs was rejected before, so that some are again is
/// no reason to halt.
fn settings(args: &RedriveArgs, plan: &Plan<'_>) -> Settings {
    let settings = args.lane.cluster.settings(plan.lane.clone(), None);
    Settings { until: Some(u64::MAX), rejects_max: RejectLimit::Off, ..settings }
}

/// The flow and what is behind it, in the order of the stream.
fn flows(
    args: &RedriveArgs,
    shapes: &[FlowShape],
    plan: &Plan<'_>,
) -> anyhow::Result<Vec<(Flow, FlowShape)>> {
    let flow = plan.shape;
    if flow.outputs.is_empty() && args.lane.fluent.fluent_address.is_empty() {
        bail!("{} writes to a receiver: say which with `--fluent-address`", flow.name);
    }
    let names = with_those_behind(shapes, flow);
    let urls = network::servers_or(&args.lane.xrpl_url, &args.lane.cluster.network.to_string());
    let asks = names.iter().any(|name| lineup::ASKS_SERVERS.contains(name));
    let urls = if asks { urls? } else { Vec::new() };
    let pool = args.lane.limits.pool(urls, &args.lane.cluster.network);
    let outside = Outside { pool, fluent: args.lane.fluent.clone() };
    // The source wants to know a range, although it is not among those that run.
    let ranged =
        Settings { start: Some(Start::Sequence(1)), until: Some(1), ..settings(args, plan) };
    let flows = outside.flows(&ranged)?.into_iter();
    let flows = flows.filter(|flow| names.contains(flow.name()));
    Ok(flows.map(|flow| (FlowShape::of(&flow), flow)).map(|(shape, flow)| (flow, shape)).collect())
}

/// The names of a flow and of all that read what it writes, and so on.
fn with_those_behind(shapes: &[FlowShape], flow: &FlowShape) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::from([flow.name]);
    let mut written = flow.outputs.clone();
    for shape in shapes {
        if shape.inputs.iter().any(|input| written.contains(input)) {
            names.insert(shape.name);
            written.extend(shape.outputs.iter().copied());
        }
    }
    names
}

/// Writes the inputs into the lane `to` and settles their letters, in one transaction. What is open is looked at again once
/// nobody else can settle it.
fn fill(
    args: &RedriveArgs,
    from: &Settings,
    shapes: &[FlowShape],
    to: &Lane,
    runtime: &Runtime,
) -> anyhow::Result<()> {
    let settler = Resolver::open(from)?;
    let mut inspector = Inspector::new(from)?;
    let entries = Entries::read(&mut inspector, &args.choice)?;
    let plan = Plan::new(shapes, &entries.all, &args.choice, Some(to))?;
    if plan.is_filled {
        return Ok(());
    }
    let settings = settings(args, &plan);
    let partitions = inspector.partitions_of(&flow::DEAD_LETTERS)?;
    runtime.block_on(lane_run::make_topics(&settings, partitions))?;
    let mut lane = Inspector::new(&settings)?;
    for input in &plan.shape.inputs {
        ensure!(
            lane.held(&input.spec)?.iter().all(Option::is_none),
            "{} holds other records: choose another `--lane`",
            settings.to().topic(&input.spec)
        );
    }
    let chosen: BTreeSet<DlqEntryId> = plan.letters.iter().map(|entry| entry.id).collect();
    let mut inputs = Vec::with_capacity(chosen.len());
    inspector.letters(|letter| {
        if chosen.contains(&letter.id) {
            inputs.push(RedrivenRecord::new(&letter.says, &settings.to(), partitions));
        }
    })?;
    ensure!(inputs.len() == chosen.len(), "letters have grown too old meanwhile: look again");
    let verdict =
        Decision { lane: Some(plan.lane.to_string()), by: args.by.clone(), why: args.why.clone() };
    settler.settle(chosen, &verdict, &in_order(inputs))
}

/// Runs one flow after the other, each until it has done all that is in the lane for it.
fn run(
    args: &RedriveArgs,
    plan: &Plan<'_>,
    flows: Vec<(Flow, FlowShape)>,
    runtime: &Runtime,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let settings = settings(args, plan);
    let mut inspector = Inspector::new(&settings)?;
    for input in &plan.shape.inputs {
        inspector.await_committed(&input.spec)?;
    }
    let began = Instant::now();
    for (flow, shape) in flows {
        let run = LaneRun::start(&args.lane, vec![(flow, settings.clone())], runtime, stop)?;
        run.until_filled(stop, |run| {
            let shares = inspector.shares(shape.name, &shape.inputs)?;
            let complete = shares.iter().map(|share| share.complete_through(u64::MAX)).min();
            let filling = Filling {
                what: format!(
                    "re-drive of {} into {}: {}",
                    plan.shape.name,
                    settings.to(),
                    shape.name
                ),
                range: plan.ledgers().unwrap_or(LedgerRange { first: 1, last: 1 }),
                running: began.elapsed(),
                begun_at: 0,
                flows: vec![(shape.name, complete.flatten())],
                unwell: Vec::new(),
            };
            Ok((filling, run.health(shape.name).is_some_and(flow::Health::is_finished)))
        })?;
        for written in shape.writes() {
            inspector.await_committed(&written)?;
        }
    }
    Ok(())
}

/// What became of the inputs.
fn outcome(settings: &Settings, plan: &Plan<'_>) -> anyhow::Result<String> {
    let lane = settings.to();
    let (mut again, mut behind) = (BTreeSet::new(), 0_usize);
    Inspector::new(settings)?.letters(|letter| {
        let says = &letter.says;
        if says.flow == plan.shape.name {
            again.insert((says.topic.to_owned(), says.partition, says.offset));
        } else {
            behind += 1;
        }
    })?;
    let through = plan.inputs().saturating_sub(again.len());
    let mut told = format!(
        "{}: {through} went through, {} were rejected again\n",
        plan.shape.name,
        again.len()
    );
    if behind > 0 {
        told += &format!("{behind} records were rejected behind it\n");
    }
    if behind > 0 || !again.is_empty() {
        let (network, name) = (lane.network(), &plan.lane);
        told += &format!("see `ekspiper dlq list --network {network} --lane {name}`\n");
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_behind_a_flow_runs_with_it() {
        let shapes = lineup::shapes().unwrap();
        let behind = |name: &str| {
            let flow = shapes.iter().find(|shape| shape.name == name).unwrap();
            with_those_behind(&shapes, flow).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(behind("fluent-sink"), ["fluent-sink"]);
        assert_eq!(behind("transaction-record"), ["fluent-sink", "transaction-record"]);
        let books = ["book-offers-fetch", "book-offers-record", "fluent-sink"];
        assert_eq!(behind("book-offers-fetch"), books);
    }
}
