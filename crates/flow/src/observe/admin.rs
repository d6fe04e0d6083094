//! The admin endpoint: `/metrics`, `/livez` and `/readyz`.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use axum::Router;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::observe::health::Health;
use crate::observe::metrics::Metrics;
use crate::observe::text_format::from_open_metrics;
use tokio_util::sync::CancellationToken;

/// The health of the flows of a process, once they are started.
pub type Healths = Arc<OnceLock<Vec<Health>>>;

#[derive(Clone)]
struct Admin {
    metrics: Metrics,
    healths: Healths,
}

/// Binds the admin endpoint.
///
/// # Errors
/// When the address can't be bound; the error names it.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("can't serve metrics at {address}: is the port in use? choose another with `--admin-address`")
    })
}

/// Serves until `stop` is cancelled. Until `healths` is set the process is alive and not ready: its flows start.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    metrics: Metrics,
    healths: Healths,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let app = Router::new()
        .route("/metrics", get(render_metrics))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .with_state(Admin { metrics, healths });
    axum::serve(listener, app)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await?;
    Ok(())
}

async fn render_metrics(headers: HeaderMap, Shared(admin): Shared<Admin>) -> impl IntoResponse {
    let open_metrics = admin.metrics.render();
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let (content_type, text) =
        if accept.is_some_and(|accept| accept.contains("application/openmetrics-text")) {
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", open_metrics)
        } else {
            ("text/plain; version=0.0.4; charset=utf-8", from_open_metrics(&open_metrics))
        };
    ([(header::CONTENT_TYPE, content_type)], text)
}

async fn livez(Shared(admin): Shared<Admin>) -> impl IntoResponse {
    answer(&admin, true, Health::is_alive)
}

async fn readyz(Shared(admin): Shared<Admin>) -> impl IntoResponse {
    answer(&admin, false, Health::is_ready)
}

fn answer(
    admin: &Admin,
    while_starting: bool,
    is_healthy: impl Fn(&Health) -> bool,
) -> (StatusCode, String) {
    let (healthy, text) = match admin.healths.get() {
        Some(healths) => {
            let lines: Vec<String> = healths.iter().map(Health::describe).collect();
            (healths.iter().all(is_healthy), lines.join("\n"))
        }
        None => (while_starting, "starting: checking Kafka and its topics".to_owned()),
    };
    let status = if healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, text + "\n")
}
