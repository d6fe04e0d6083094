//! Flows of this process that fill a lane, until it is filled.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use flow::{
    CancellationToken, Flow, Health, Metrics, Process, Running, Settings, TopicSpec, sleep,
};
use flow_admin::ExistingTopic;
use flow_admin::topics::{self, Durability};
use tokio::runtime::Runtime;

use crate::admin;
use crate::flow_shape;
use crate::lane_args::LaneArgs;
use crate::lane_screen::Filling;
use crate::screen::Screen;
use crate::standing::Standing;
use crate::starting;

/// How often it is asked how far the lane is.
const ASK: Duration = Duration::from_secs(1);
/// How often the flows are looked at in between.
const LOOK: Duration = Duration::from_millis(50);
/// How long flows may finish what they have in hand when they are told to stop.
const STOP_S_MAX: u64 = 5;

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
            let (listener, metrics) = admin::listen(args.admin_address).await?;
            let flows = starting::start(flows, &process, |_| {}).await?;
            starting::serve(listener, &flows, &process);
            screen.settle(&metrics);
            anyhow::Ok(flows)
        })?;
        Ok(Self { flows, process, screen })
    }

    /// The health of the flow `name`.
    pub(crate) fn health(&self, name: &str) -> Option<&Health> {
        self.flows.iter().map(|flow| &flow.health).find(|health| health.flow() == name)
    }

    /// Shows how far the lane is until `ask` says that it is filled, then stops the flows.
    ///
    /// # Errors
    /// When a flow has stopped for good, or all was asked to stop before.
    pub(crate) fn until_filled(
        mut self,
        stop: &CancellationToken,
        mut ask: impl FnMut(&Self) -> anyhow::Result<(Filling, bool)>,
    ) -> anyhow::Result<()> {
        let (mut ask_at, mut show_at) = (Instant::now(), Instant::now());
        loop {
            if stop.is_cancelled() {
                self.end();
                bail!("stopped before the lane was filled: the same command goes on from here");
            }
            if let Some(why) = self.standings().iter().find_map(Standing::halted) {
                self.end();
                bail!("{why}");
            }
            if Instant::now() >= ask_at {
                ask_at = Instant::now() + ASK;
                match ask(&self) {
                    Ok((mut filling, filled)) => {
                        filling.unwell =
                            self.standings().iter().flat_map(Standing::unwell).collect();
                        if filled || Instant::now() >= show_at {
                            show_at = Instant::now() + self.screen.pace();
                            self.screen.progress(&filling.lines());
                        }
                        if filled {
                            self.screen.leave();
                            self.end();
                            return Ok(());
                        }
                    }
                    // The flows get over an outage, so does who watches them.
                    Err(error) => tracing::warn!("can't tell how far the lane is: {error:#}"),
                }
            }
            sleep(stop, LOOK);
        }
    }

    fn standings(&self) -> Vec<Standing> {
        self.flows.iter().map(|flow| Standing::of(&flow.health)).collect()
    }

    fn end(&mut self) {
        self.screen.leave();
        self.process.stop.cancel();
        let deadline = Instant::now() + Duration::from_secs(STOP_S_MAX);
        while !self.flows.iter().all(Running::has_stopped) && Instant::now() < deadline {
            std::thread::sleep(LOOK);
        }
    }
}

/// Makes the topics of the lane of `settings`, with as many partitions as the live lane has, or as `otherwise` says.
///
/// # Errors
/// When they can't be made, or are there with another number of partitions.
pub(crate) async fn make_topics(settings: &Settings, partitions: u32) -> anyhow::Result<()> {
    let brokers = tokio::task::block_in_place(|| topics::brokers(settings))?;
    let specs = flow_shape::topics();
    let durability = Durability::of_cluster(brokers);
    topics::create(settings, &settings.to(), &specs, partitions, durability)
        .await
        .with_context(|| format!("making the topics of {}", settings.to()))?;
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
