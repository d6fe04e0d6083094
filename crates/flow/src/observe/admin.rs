//! The admin endpoint: `/metrics`, `/livez` and `/readyz`.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::observe::health::Health;
use crate::observe::metrics::Metrics;
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
struct Admin {
    metrics: Metrics,
    healths: Arc<[Health]>,
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

/// Serves until `stop` is cancelled.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    metrics: Metrics,
    healths: Vec<Health>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let app = Router::new()
        .route("/metrics", get(render_metrics))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .with_state(Admin { metrics, healths: healths.into() });
    axum::serve(listener, app)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await?;
    Ok(())
}

async fn render_metrics(Shared(admin): Shared<Admin>) -> impl IntoResponse {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], admin.metrics.render())
}

async fn livez(Shared(admin): Shared<Admin>) -> impl IntoResponse {
    answer(&admin, Health::is_alive)
}

async fn readyz(Shared(admin): Shared<Admin>) -> impl IntoResponse {
    answer(&admin, Health::is_ready)
}

fn answer(admin: &Admin, is_well: impl Fn(&Health) -> bool) -> (StatusCode, String) {
    let well = admin.healths.iter().all(is_well);
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let lines: Vec<String> = admin.healths.iter().map(Health::describe).collect();
    (status, lines.join("\n") + "\n")
}
