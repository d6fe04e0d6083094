//! HTTP and WebSocket on one port.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::json_rpc::{self, HttpReply, REQUEST_BYTES_MAX};
use crate::node::Node;
use crate::session;

/// What a request handler needs.
#[derive(Clone)]
struct Shared {
    node: Arc<Node>,
    stop: watch::Receiver<bool>,
    /// Held by every connection; nothing is ever sent.
    alive: mpsc::Sender<()>,
}

/// Serves until `stop` becomes true and every connection has ended.
pub(crate) async fn serve(
    node: Arc<Node>,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let (alive, mut all_gone) = mpsc::channel(1);
    let shared = Shared { node, stop: stop.clone(), alive };
    let methods = || post(json_rpc).get(web_socket);
    let router = Router::new()
        .route("/", methods())
        .route("/{*path}", methods())
        // One byte above the limit is enough to see that a body is too long.
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX + 1))
        .with_state(shared);
    // An announcement is not to wait for the acknowledgement of the one before.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            let _ = stop.wait_for(|stopped| *stopped).await;
        })
        .await?;
    let None = all_gone.recv().await else { unreachable!("nothing is ever sent") };
    Ok(())
}

async fn json_rpc(State(shared): State<Shared>, body: Result<Bytes, BytesRejection>) -> Response {
    // A body above the limit gets the reply of any other that cannot be parsed.
    let body = body.unwrap_or_default();
    let reply = tokio::task::spawn_blocking(move || json_rpc::reply(&*shared.node, &body)).await;
    let Ok(HttpReply { status, body }) = reply else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let status = StatusCode::from_u16(status).expect("rippled's table holds valid statuses");
    let json = HeaderValue::from_static("application/json; charset=UTF-8");
    (status, [(header::CONTENT_TYPE, json)], body).into_response()
}

async fn web_socket(State(shared): State<Shared>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| async move {
        let Shared { node, stop, alive } = shared;
        session::serve(node, socket, stop).await;
        drop(alive);
    })
}
