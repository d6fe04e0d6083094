//! Starting flows in this process, and serving their metrics.

use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use flow::host::{Process, Running};
use flow::{Flow, Settings};
use tokio::net::TcpListener;

/// Starts each flow with its settings, concurrently: each waits for Kafka. Reports the number started so far to `progress`.
///
/// # Errors
/// When a flow can't be started.
pub(crate) async fn start_flows(
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

/// Serves metrics and health of `flows` until the process stops.
pub(crate) fn serve_admin(listener: TcpListener, flows: &[Running], process: &Process) {
    let healths: Vec<_> = flows.iter().map(|flow| flow.health.clone()).collect();
    let serving = flow::host::serve(
        listener,
        process.metrics.clone(),
        Arc::new(OnceLock::from(healths)),
        process.stop.clone(),
    );
    tokio::spawn(async move {
        if let Err(error) = serving.await {
            tracing::error!("metrics listener failed: {error:#}");
        }
    });
}
