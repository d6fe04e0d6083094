//! Starting flows in this process, and serving what they count.

use anyhow::Context as _;
use flow::{Flow, Process, Running, Settings};
use tokio::net::TcpListener;

/// Starts each flow with its settings, side by side: each waits for Kafka's answers. Tells `progress` how many have
/// started.
///
/// # Errors
/// When one of them can't be started, in words that say what to do.
pub(crate) async fn start(
    flows: Vec<(Flow, Settings)>,
    process: &Process,
    progress: impl Fn(usize),
) -> anyhow::Result<Vec<Running>> {
    let mut starting = Vec::new();
    for (flow, settings) in flows {
        let (name, process) = (flow.name(), process.clone());
        let start = move || flow.start(settings, &process);
        starting.push((name, tokio::task::spawn_blocking(start)));
    }
    let mut running = Vec::new();
    for (name, start) in starting {
        running.push(start.await?.with_context(|| format!("starting {name}"))?);
        progress(running.len());
    }
    Ok(running)
}

/// Serves the metrics and the health of `flows` until the process stops.
pub(crate) fn serve(listener: TcpListener, flows: &[Running], process: &Process) {
    let healths = flows.iter().map(|flow| flow.health.clone()).collect();
    let serving = flow::serve(listener, process.metrics.clone(), healths, process.stop.clone());
    tokio::spawn(async move {
        if let Err(error) = serving.await {
            tracing::error!("metrics are not served any more: {error:#}");
        }
    });
}
