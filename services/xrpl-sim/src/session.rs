//! One WebSocket connection.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::feed::ConnectionId;
use crate::json_rpc::Answer;
use crate::node::Node;
use crate::outbox::{Outbox, Waiting};
use crate::subscribe::{subscribe, unsubscribe};
use crate::ws_frame;

/// How long a client has to take the close frame.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// Serves a connection until the client leaves, is too slow, or the server stops (`stop` becomes true).
pub(crate) async fn serve(node: Arc<Node>, socket: WebSocket, mut stop: watch::Receiver<bool>) {
    let (outbox, waiting) = Outbox::new();
    let id = node.feed.join(outbox);
    let (mut sink, stream) = socket.split();
    // Replies wait for the client: a connection reads no further request until it could send this one's reply.
    let (replies, ready) = mpsc::channel(1);
    let Waiting { queue, overflowed } = waiting;
    let close = tokio::select! {
        () = read(&node, id, stream, replies) => None,
        () = write(&mut sink, queue, ready) => None,
        () = overflowed.notified() => Some((close_code::POLICY, "Policy error: client is too slow.")),
        _ = stop.wait_for(|stopped| *stopped) => Some((close_code::AWAY, "Shutting Down")),
    };
    node.feed.leave(id);
    let farewell = async {
        if let Some((code, reason)) = close {
            sink.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await?;
        }
        sink.close().await
    };
    if !matches!(timeout(CLOSE_WAIT, farewell).await, Ok(Ok(()))) {
        tracing::debug!("client left without taking the close frame");
    }
}

/// Answers what the client sends, one request at a time.
async fn read(
    node: &Arc<Node>,
    id: ConnectionId,
    mut stream: SplitStream<WebSocket>,
    replies: mpsc::Sender<Utf8Bytes>,
) {
    while let Some(Ok(message)) = stream.next().await {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(bytes) => Utf8Bytes::from(String::from_utf8_lossy(&bytes).into_owned()),
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Close(_) => return,
        };
        let node = Arc::clone(node);
        // A large ledger takes long enough to write that other connections would wait.
        let Ok(reply) = tokio::task::spawn_blocking(move || answer(&node, id, &text)).await else {
            return;
        };
        if let Some(reply) = reply
            && replies.send(reply).await.is_err()
        {
            return;
        }
    }
}

/// The reply, unless it went into the connection's outbox already.
fn answer(node: &Node, id: ConnectionId, frame: &str) -> Option<Utf8Bytes> {
    let mut standing_still = None;
    let text = ws_frame::reply(frame, |command, request| match command {
        "subscribe" => subscribe(node, standing_still.insert(node.feed.lock()), id, request),
        "unsubscribe" => unsubscribe(standing_still.insert(node.feed.lock()), id, request),
        _ => node.answer(command, request),
    });
    match standing_still {
        // No announcement may overtake the reply to a subscription, so it takes their way.
        Some(subscribers) => {
            subscribers.tell(id, text.into());
            None
        }
        None => Some(text.into()),
    }
}

/// Sends replies and announcements until the connection breaks or has no more to say.
async fn write(
    sink: &mut SplitSink<WebSocket, Message>,
    mut announcements: mpsc::Receiver<Utf8Bytes>,
    mut replies: mpsc::Receiver<Utf8Bytes>,
) {
    loop {
        let next = tokio::select! {
            announcement = announcements.recv() => announcement,
            Some(reply) = replies.recv() => Some(reply),
        };
        let Some(text) = next else { return };
        if sink.send(Message::Text(text)).await.is_err() {
            return;
        }
    }
}
