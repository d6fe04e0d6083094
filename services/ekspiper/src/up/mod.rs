//! `ekspiper up`: everything in one process, for a laptop.

mod args;
mod history;
mod kafka;
mod ledgers;
mod receiver;
mod servers;
mod watch;

use std::time::{Duration, Instant};

use flow::{CancellationToken, Lane, Metrics, Process, RejectLimit, Settings, sleep};
use flow_admin::topics::{self, Durability};
use tokio::runtime::Runtime;

use crate::admin;
use crate::flow_shape;
use crate::lineup::Outside;
use crate::log_file;
use crate::screen::{Doing, Screen};
use crate::starting;
use crate::topics::counted;
pub(crate) use args::UpArgs;
use kafka::Kafka;
use ledgers::Ledgers;
use receiver::Receiving;
use watch::Watch;

/// How long flows may finish what they have in hand. What they do not finish is aborted, and done by the next run.
const FLOWS_STOP_S_MAX: u64 = 3;
/// How long the simulator and the receiver may take to say farewell.
const OUTSIDE_STOP_S_MAX: u64 = 1;
/// How often it is looked whether the flows have stopped.
const LOOK: Duration = Duration::from_millis(20);

/// Everything that was started, in the order in which it was.
struct Pipeline {
    kafka: Kafka,
    ledgers: Ledgers,
    receiving: Receiving,
    watch: Watch,
    foot: Vec<String>,
}

/// Runs everything until it is asked to stop, and then stops all of it.
///
/// # Errors
/// When something can't be started, in words that say what to do. Nothing runs after an error.
pub(crate) fn up(args: &UpArgs, runtime: &Runtime, stop: &CancellationToken) -> anyhow::Result<()> {
    log_file::begin(&args.data_dir.join("ekspiper.log"))?;
    let mut screen = Screen::new();
    let process = Process {
        metrics: Metrics::default(),
        handle: runtime.handle().clone(),
        stop: stop.clone(),
    };
    screen.settle("ekspiper: the XRP Ledger into Kafka, verified, exactly once, in order\n");
    let mut pipeline = runtime.block_on(start(args, &mut screen, &process))?;
    screen.settle("");
    let title = format!("{} runs", args.network_name());
    while !stop.is_cancelled() {
        let figures = pipeline.watch.look();
        screen.show(&title, &figures, &pipeline.foot);
        sleep(stop, screen.pace());
    }
    screen.leave();
    runtime.block_on(end(pipeline, &mut screen))
}

async fn start(args: &UpArgs, screen: &mut Screen, process: &Process) -> anyhow::Result<Pipeline> {
    let stop = &process.stop;
    // First of all what costs nothing and fails for good.
    let (listener, metrics) = admin::listen(args.admin_address).await?;
    let doing = Doing::new("looking for Apache Kafka");
    let kafka = screen.step(&doing, stop, Kafka::start(args, &doing)).await?;
    let doing = Doing::new("looking for ledgers");
    let ledgers = screen.step(&doing, stop, Ledgers::start(args)).await?;
    let doing = Doing::new("looking for a receiver");
    let receiving = screen.step(&doing, stop, Receiving::start(args.fluent.clone())).await?;
    let settings = Settings {
        network: args.network_name(),
        lane: Lane::default(),
        from_lane: None,
        kafka_brokers: kafka.brokers.clone(),
        kafka_config: args.kafka_config.clone(),
        start: None,
        until: None,
        rejects_max: RejectLimit::default(),
    };
    let doing = Doing::new("making topics");
    screen.step(&doing, stop, make_topics(&settings, args.partitions)).await?;
    let outside = Outside {
        pool: args.limits.pool(ledgers.urls.clone(), &settings.network),
        fluent: receiving.fluent.clone(),
    };
    let doing = Doing::new("starting flows");
    let starting = async {
        let flows = outside.flows(&settings)?;
        let all = flows.len();
        let flows = flows.into_iter().map(|flow| (flow, settings.clone())).collect();
        let progress = |started| doing.set(format!("starting flows, {started} of {all}"));
        let flows = starting::start(flows, process, progress).await?;
        Ok((flows, format!("{all} flows run in this process")))
    };
    let flows = screen.step(&doing, stop, starting).await?;
    let url = admin::url(&listener)?;
    starting::serve(listener, &flows, process);
    screen.settle(&format!("  ✓ {metrics}"));
    let foot = foot(args, &settings, &url);
    let (metrics, broker) = (process.metrics.clone(), kafka.own_address());
    let watch = tokio::task::block_in_place(|| {
        Watch::new(&settings, metrics, flows, broker, outside.pool)
    })?;
    Ok(Pipeline { kafka, ledgers, receiving, watch, foot })
}

async fn make_topics(settings: &Settings, partitions: u32) -> anyhow::Result<((), String)> {
    let brokers = tokio::task::block_in_place(|| topics::brokers(settings))?;
    let durability = Durability::of_cluster(brokers);
    let specs = flow_shape::topics();
    let made = topics::create(settings, &settings.to(), &specs, partitions, durability).await?;
    let new = made.iter().filter(|topic| !topic.existed).count();
    let which = if new == 0 { "are there" } else { "were made" };
    let copies = match durability.replication {
        1 => "1 copy of each since there is 1 broker".to_owned(),
        copies => format!("{copies} copies of each"),
    };
    let partitions = counted(partitions, "partition");
    let what =
        format!("{} topics {which}: {}.*, {partitions}, {copies}", made.len(), settings.to());
    Ok(((), what))
}

fn foot(args: &UpArgs, settings: &Settings, metrics: &str) -> Vec<String> {
    let (network, brokers) = (&settings.network, &settings.kafka_brokers);
    let data = args.data_dir.display();
    let program = std::env::args().next().unwrap_or_else(|| "ekspiper".to_owned());
    vec![
        format!("metrics {metrics}   log {data}/ekspiper.log   data {data}"),
        format!("more    {program} status --network {network} --kafka-brokers {brokers}"),
        "Ctrl-C stops everything; the next start goes on from here.".to_owned(),
    ]
}

/// Stops what was started, the last first; each part has its time.
async fn end(pipeline: Pipeline, screen: &mut Screen) -> anyhow::Result<()> {
    let Pipeline { kafka, ledgers, receiving, watch, .. } = pipeline;
    let never = CancellationToken::default();
    screen.settle("");
    let flows = screen.step(&Doing::new("stopping the flows"), &never, stop_flows(&watch)).await;
    let farewell = async { tokio::join!(ledgers.stop(), receiving.stop()).0 };
    let outside = async {
        match tokio::time::timeout(Duration::from_secs(OUTSIDE_STOP_S_MAX), farewell).await {
            Ok(ended) => ended?,
            Err(_) => tracing::warn!("the simulator or the receiver did not say farewell in time"),
        }
        Ok(((), "the simulator and the receiver have stopped".to_owned()))
    };
    let outside = screen.step(&Doing::new("stopping the rest"), &never, outside).await;
    let broker = async {
        kafka.stop().await?;
        Ok(((), "everything has stopped; the next start goes on from here".to_owned()))
    };
    screen.step(&Doing::new("stopping Apache Kafka"), &never, broker).await?;
    flows.and(outside)
}

async fn stop_flows(watch: &Watch) -> anyhow::Result<((), String)> {
    let deadline = Instant::now() + Duration::from_secs(FLOWS_STOP_S_MAX);
    while !watch.is_over() {
        if Instant::now() >= deadline {
            tracing::warn!("the flows did not stop in time: what they had in hand is aborted");
            return Ok((
                (),
                "the flows were cut off; the next start does that work again".to_owned(),
            ));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(((), "the flows have stopped".to_owned()))
}
