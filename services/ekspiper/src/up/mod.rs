//! `ekspiper up`: the whole pipeline in one process, for a laptop.

mod args;
mod dlq_monitor;
mod figures;
mod figures_line;
mod fluent;
mod kafka;
mod live_screen;
mod log_file;
mod monitor;
mod rates;
mod server_health;
mod servers;
mod steps;

use std::time::{Duration, Instant};

use flow::host::{CancellationToken, Metrics, Process, sleep};
use flow::settings::RejectLimit;
use flow::{Lane, Settings};
use flow_admin::topics::{self, Durability};
use tokio::runtime::Runtime;

use crate::admin_listener;
use crate::flow_topology;
use crate::flows::Dependencies;
use crate::screen::Screen;
use crate::start_flows::{serve_admin, start_flows};
use crate::topics::counted;
pub(crate) use args::UpArgs;
use fluent::Fluent;
use kafka::Kafka;
use monitor::Monitor;
use servers::Servers;
use steps::{Interrupted, StepLabel, step};

/// How long flows may take to stop. Work that they abort is done again by the next run.
const FLOWS_STOP_S_MAX: u64 = 3;
/// How long the simulator and the demo receiver may take to stop.
const DEMO_STOP_S_MAX: u64 = 1;
/// How often it is checked whether the flows have stopped.
const STOP_CHECK: Duration = Duration::from_millis(20);

/// Everything that was started, in this order.
struct Pipeline {
    kafka: Kafka,
    servers: Servers,
    fluent: Fluent,
    monitor: Monitor,
    foot: Vec<String>,
}

/// Runs everything until it is stopped by a signal.
///
/// # Errors
/// When something can't be started, or the broker that was started exits. Nothing runs after an error.
pub(crate) fn up(args: &UpArgs, runtime: &Runtime, stop: &CancellationToken) -> anyhow::Result<()> {
    match run(args, runtime, stop) {
        Err(error) if error.is::<Interrupted>() => Ok(()),
        other => other,
    }
}

fn run(args: &UpArgs, runtime: &Runtime, stop: &CancellationToken) -> anyhow::Result<()> {
    log_file::log_to(&args.data_dir.join("ekspiper.log"))?;
    let mut screen = Screen::new();
    let process = Process {
        metrics: Metrics::default(),
        handle: runtime.handle().clone(),
        stop: stop.clone(),
    };
    screen.println("ekspiper: XRP Ledger to Apache Kafka, verified, exactly once, in order\n");
    let mut pipeline = runtime.block_on(start(args, &mut screen, &process))?;
    screen.println("");
    let network = args.network_name().to_string();
    let mut outcome = Ok(());
    while outcome.is_ok() && !stop.is_cancelled() {
        let figures = pipeline.monitor.figures();
        let line = || figures_line::line(&figures);
        screen.draw(&live_screen::lines(&network, &figures), &pipeline.foot, line);
        sleep(stop, screen.interval());
        outcome = pipeline.kafka.check();
    }
    screen.keep();
    stop.cancel();
    let stopped = runtime.block_on(end(pipeline, &mut screen));
    outcome.and(stopped)
}

async fn start(args: &UpArgs, screen: &mut Screen, process: &Process) -> anyhow::Result<Pipeline> {
    let stop = &process.stop;
    // First what takes no time and fails for good.
    Servers::check(args)?;
    let (listener, metrics) = admin_listener::listen(args.admin_address).await?;
    let label = StepLabel::new("starting Apache Kafka");
    let kafka = step(screen, &label, stop, Kafka::start(args, &label)).await?;
    let label = StepLabel::new("starting the simulator");
    let servers = step(screen, &label, stop, Servers::start(args)).await?;
    let label = StepLabel::new("starting the demo Fluent receiver");
    let fluent = step(screen, &label, stop, Fluent::start(args.fluent.clone())).await?;
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
    let label = StepLabel::new("creating topics");
    step(screen, &label, stop, create_topics(&settings, args.partitions)).await?;
    let dependencies = Dependencies {
        pool: args.limits.pool(servers.urls.clone(), &settings.network),
        fluent: fluent.args.clone(),
    };
    let label = StepLabel::new("starting flows");
    let starting = async {
        let flows = dependencies.flows(&settings)?;
        let all = flows.len();
        let flows = flows.into_iter().map(|flow| (flow, settings.clone())).collect();
        let progress = |started| label.set(format!("starting flows, {started} of {all}"));
        let flows = start_flows(flows, process, progress).await?;
        Ok((flows, format!("{all} flows started")))
    };
    let flows = step(screen, &label, stop, starting).await?;
    let url = admin_listener::url(&listener)?;
    serve_admin(listener, &flows, process);
    screen.println(&format!("  ✓ {metrics}"));
    let foot = foot(args, &settings, &url);
    let metrics = process.metrics.clone();
    let monitor =
        tokio::task::block_in_place(|| Monitor::new(&settings, metrics, flows, dependencies.pool))?;
    Ok(Pipeline { kafka, servers, fluent, monitor, foot })
}

async fn create_topics(settings: &Settings, partitions: u32) -> anyhow::Result<((), String)> {
    let brokers = tokio::task::block_in_place(|| topics::brokers(settings))?;
    let durability = Durability::of_cluster(brokers);
    let specs = flow_topology::topics();
    let topics = topics::create(settings, &settings.to(), &specs, partitions, durability).await?;
    let what = match topics.iter().filter(|topic| !topic.existed).count() {
        0 => "exist".to_owned(),
        n if n == topics.len() => "created".to_owned(),
        n => format!("exist, {n} of them created now"),
    };
    let what = format!(
        "{} topics {what}: {}.*, {}, replication factor {}",
        topics.len(),
        settings.to(),
        counted(partitions, "partition"),
        durability.replication
    );
    Ok(((), what))
}

fn foot(args: &UpArgs, settings: &Settings, metrics: &str) -> Vec<String> {
    let (network, brokers) = (&settings.network, &settings.kafka_brokers);
    let log = args.data_dir.join("ekspiper.log");
    let program = std::env::args().next().unwrap_or_else(|| "ekspiper".to_owned());
    vec![
        String::new(),
        format!("  metrics  {metrics}"),
        format!("  log      {}", log.display()),
        format!("  status   {program} status --network {network} --kafka-brokers {brokers}"),
        "  Ctrl-C stops everything; the next start resumes.".to_owned(),
    ]
}

/// Stops everything, in reverse order.
async fn end(pipeline: Pipeline, screen: &mut Screen) -> anyhow::Result<()> {
    let Pipeline { kafka, servers, fluent, monitor, .. } = pipeline;
    let never = CancellationToken::default();
    screen.println("");
    let label = StepLabel::new("stopping the flows");
    let flows = step(screen, &label, &never, stop_flows(&monitor)).await;
    let demo = match (servers.is_simulated(), fluent.is_demo()) {
        (true, true) => Some("simulator and demo receiver"),
        (true, false) => Some("simulator"),
        (false, true) => Some("demo receiver"),
        (false, false) => None,
    };
    let mut stopped = Ok(());
    if let Some(demo) = demo {
        let stopping = async { tokio::join!(servers.stop(), fluent.stop()).0 };
        let work = async {
            match tokio::time::timeout(Duration::from_secs(DEMO_STOP_S_MAX), stopping).await {
                Ok(ended) => ended?,
                Err(_) => tracing::warn!("{demo} did not stop in time"),
            }
            Ok(((), format!("{demo} stopped")))
        };
        let label = StepLabel::new(&format!("stopping {demo}"));
        stopped = step(screen, &label, &never, work).await;
    }
    if kafka.is_own() {
        let work = async {
            kafka.stop().await?;
            Ok(((), "Apache Kafka stopped".to_owned()))
        };
        step(screen, &StepLabel::new("stopping Apache Kafka"), &never, work).await?;
    }
    flows.and(stopped)
}

async fn stop_flows(monitor: &Monitor) -> anyhow::Result<((), String)> {
    let deadline = Instant::now() + Duration::from_secs(FLOWS_STOP_S_MAX);
    while !monitor.is_over() {
        if Instant::now() >= deadline {
            tracing::warn!("the flows did not stop in time: open transactions are aborted");
            return Ok((
                (),
                "flows aborted; the next start repeats what was not committed".to_owned(),
            ));
        }
        tokio::time::sleep(STOP_CHECK).await;
    }
    Ok(((), "flows stopped".to_owned()))
}
