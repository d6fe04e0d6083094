//! HTTP and WebSocket on one port.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::stream::repeat;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::fault::{Fault, FaultyListener, Wire};
use crate::json_rpc::{self, HttpReply, REQUEST_BYTES_MAX};
use crate::node::Node;
use crate::session::{self, half};

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
    let listener = FaultyListener::new(listener, Arc::clone(&node.faults));
    let (alive, mut all_gone) = mpsc::channel(1);
    let shared = Shared { node, stop: stop.clone(), alive };
    let methods = || post(json_rpc).get(web_socket);
    let router = Router::new()
        .route("/", methods())
        .route("/{*path}", methods())
        // One byte above the limit is enough to see that a body is too long.
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX + 1))
        .with_state(shared);
    axum::serve(listener, router.into_make_service_with_connect_info::<Wire>())
        .with_graceful_shutdown(async move {
            let _ = stop.wait_for(|stopped| *stopped).await;
        })
        .await?;
    let None = all_gone.recv().await else { unreachable!("nothing is ever sent") };
    Ok(())
}

async fn json_rpc(State(shared): State<Shared>, body: Result<Bytes, BytesRejection>) -> Response {
    let node = Arc::clone(&shared.node);
    let faults = &node.faults;
    if faults.happens(Fault::Unavailable) || node.is_barred() {
        return overloaded();
    }
    // A body above the limit gets the reply of any other that cannot be parsed.
    let body = body.unwrap_or_default();
    let reply = tokio::task::spawn_blocking(move || json_rpc::reply(&*shared.node, &body)).await;
    let Ok(HttpReply { status, mut body }) = reply else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if status == StatusCode::BAD_REQUEST.as_u16() {
        node.charge(None);
    }
    if faults.happens(Fault::TruncatedJson) {
        body = half(&body).to_owned();
    }
    let body = match faults.happens(Fault::EndlessReply) {
        true => Body::from_stream(repeat(Ok::<_, Infallible>(Bytes::from(body)))),
        false => Body::from(body),
    };
    let status = StatusCode::from_u16(status).expect("rippled's table holds valid statuses");
    let json = HeaderValue::from_static("application/json; charset=UTF-8");
    (status, [(header::CONTENT_TYPE, json)], body).into_response()
}

/// What rippled answers over HTTP while it takes no more requests.
fn overloaded() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "Server is overloaded\r\n").into_response()
}

async fn web_socket(
    State(shared): State<Shared>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if shared.node.faults.happens(Fault::Unavailable) {
        return overloaded();
    }
    upgrade.on_upgrade(move |socket| async move {
        let Shared { node, stop, alive } = shared;
        session::serve(node, socket, wire, stop).await;
        drop(alive);
    })
}
