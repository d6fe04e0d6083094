//! Flows of this process that run until their lane is filled.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use flow::host::{CancellationToken, Health, Metrics, Process, Running, sleep};
use flow::{Flow, Settings, TopicSpec};
use flow_admin::ExistingTopic;
use flow_admin::topics::{self, Durability};
use tokio::runtime::Runtime;

use crate::admin_listener;
use crate::flow_health::FlowHealth;
use crate::flow_topology;
use crate::lane_args::LaneArgs;
use crate::lane_progress::LaneProgress;
use crate::screen::Screen;
use crate::start_flows::{serve_admin, start_flows};

/// How often the progress is read from Kafka.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);
/// How often the health of the flows is checked.
const HEALTH_INTERVAL: Duration = Duration::from_millis(50);
/// How long flows may take to stop.
const STOP_S_MAX: u64 = 5;

/// The footer of the screen.
const FOOTER: &str = "  Ctrl-C stops; run the same command again to resume.";

/// Flows that fill a lane.
pub(crate) struct LaneRun {
    flows: Vec<Running>,
    process: Process,
    screen: Screen,
}

impl LaneRun {
    /// Starts `flows`, each with its settings, and serves their metrics.
    ///
    /// # Errors
    /// When one of them can't be started.
    pub(crate) fn start(
        args: &LaneArgs,
        flows: Vec<(Flow, Settings)>,
        runtime: &Runtime,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let process = Process {
            metrics: Metrics::default(),
            handle: runtime.handle().clone(),
            stop: stop.child_token(),
        };
        let mut screen = Screen::new();
        let flows = runtime.block_on(async {
            let (listener, metrics) = admin_listener::listen(args.admin_address).await?;
            let flows = start_flows(flows, &process, |_| {}).await?;
            serve_admin(listener, &flows, &process);
            screen.println(&metrics);
            anyhow::Ok(flows)
        })?;
        Ok(Self { flows, process, screen })
    }

    /// The health of the flow `name`.
    pub(crate) fn health(&self, name: &str) -> Option<&Health> {
        self.flows.iter().map(|flow| &flow.health).find(|health| health.flow() == name)
    }

    /// Shows the progress that `read` returns until the lane is complete, then stops the flows.
    ///
    /// # Errors
    /// When a flow has halted, or `stop` is cancelled before.
    pub(crate) fn run_until_complete(
        mut self,
        stop: &CancellationToken,
        mut read: impl FnMut(&Self) -> anyhow::Result<(LaneProgress, bool)>,
    ) -> anyhow::Result<()> {
        let (mut read_at, mut draw_at) = (Instant::now(), Instant::now());
        loop {
            if stop.is_cancelled() {
                self.end();
                bail!("stopped before the lane was complete: run the same command again to resume");
            }
            if let Some(why) = self.health_of_flows().iter().find_map(FlowHealth::halted) {
                self.end();
                bail!("{why}");
            }
            if Instant::now() >= read_at {
                read_at = Instant::now() + PROGRESS_INTERVAL;
                match read(&self) {
                    Ok((mut progress, is_complete)) => {
                        progress.problems =
                            self.health_of_flows().iter().flat_map(FlowHealth::problems).collect();
                        if is_complete || Instant::now() >= draw_at {
                            draw_at = Instant::now() + self.screen.interval();
                            let foot = [String::new(), FOOTER.to_owned()];
                            self.screen.draw(&progress.lines(), &foot, || progress.line());
                        }
                        if is_complete {
                            self.end();
                            return Ok(());
                        }
                    }
                    // The flows survive an outage, and so does this loop.
                    Err(error) => tracing::warn!("reading the progress failed: {error:#}"),
                }
            }
            sleep(stop, HEALTH_INTERVAL);
        }
    }

    fn health_of_flows(&self) -> Vec<FlowHealth> {
        self.flows.iter().map(|flow| FlowHealth::of(&flow.health)).collect()
    }

    fn end(&mut self) {
        self.screen.keep();
        self.process.stop.cancel();
        let deadline = Instant::now() + Duration::from_secs(STOP_S_MAX);
        while !self.flows.iter().all(Running::has_stopped) && Instant::now() < deadline {
            std::thread::sleep(HEALTH_INTERVAL);
        }
    }
}

/// Creates the topics of the lane that do not exist.
///
/// # Errors
/// When one can't be created, or exists with another number of partitions.
pub(crate) async fn create_topics(settings: &Settings, partitions: u32) -> anyhow::Result<()> {
    let brokers = tokio::task::block_in_place(|| topics::brokers(settings))?;
    let specs = flow_topology::topics();
    let durability = Durability::of_cluster(brokers);
    topics::create(settings, &settings.to(), &specs, partitions, durability)
        .await
        .with_context(|| format!("creating the topics of {}", settings.to()))?;
    Ok(())
}

/// The number of partitions of a topic of the lane of `settings`; `None` when there is no such topic.
///
/// # Errors
/// When no broker answers.
pub(crate) async fn partitions(
    settings: &Settings,
    spec: TopicSpec,
) -> anyhow::Result<Option<u32>> {
    let found = ExistingTopic::find(settings, &settings.to(), &[spec]).await?;
    Ok(found.first().filter(|topic| topic.exists()).map(|topic| topic.partitions))
}
