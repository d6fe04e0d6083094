//! One WebSocket connection.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::command;
use crate::fault::{Fault, Faults, Wire};
use crate::node::Node;
use crate::send_queue::{MessageBatch, ReceiveQueue, ReplyPermit, SendQueue};
use crate::subscribe::{subscribe, unsubscribe};
use crate::subscriptions::ConnectionId;
use crate::ws_frame;

/// How long a client has to take the close frame: one that was slow has to read what went before it.
const SLOW_CLOSE_WAIT: Duration = Duration::from_secs(60);
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// Serves a connection until the client leaves, is too slow, or the server stops (`stop` becomes true).
pub(crate) async fn serve(
    node: Arc<Node>,
    socket: WebSocket,
    wire: Wire,
    mut stop: watch::Receiver<bool>,
) {
    let mut restarts = node.faults.restarts();
    let (send_queue, ReceiveQueue { queue, overflowed }) = SendQueue::new();
    let id = node.subscriptions.join(send_queue.clone());
    let (mut sink, stream) = socket.split();
    let close = tokio::select! {
        barred = read(&node, id, stream, &send_queue) => {
            barred.then_some((close_code::POLICY, "threshold exceeded"))
        }
        () = write(&node.faults, &wire, &mut sink, queue) => None,
        () = overflowed.notified() => Some((close_code::POLICY, "Policy error: client is too slow.")),
        _ = stop.wait_for(|stopped| *stopped) => Some((close_code::AWAY, "Shutting Down")),
        Ok(()) = restarts.changed() => Some((close_code::AWAY, "Shutting Down")),
    };
    node.subscriptions.leave(id);
    let is_slow = matches!(close, Some((close_code::POLICY, _)));
    let farewell = async {
        if let Some((code, reason)) = close {
            sink.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await?;
        }
        sink.close().await
    };
    let wait = if is_slow { SLOW_CLOSE_WAIT } else { CLOSE_WAIT };
    if !matches!(timeout(wait, farewell).await, Ok(Ok(()))) {
        tracing::debug!("client left without taking the close frame");
    }
}

/// Answers what the client sends, one request at a time, until it leaves or is barred; whether it is barred.
async fn read(
    node: &Arc<Node>,
    id: ConnectionId,
    mut stream: SplitStream<WebSocket>,
    send_queue: &SendQueue,
) -> bool {
    while let Some(Ok(message)) = stream.next().await {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(bytes) => Utf8Bytes::from(String::from_utf8_lossy(&bytes).into_owned()),
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Close(_) => return false,
        };
        if node.is_barred() {
            return true;
        }
        let permit = send_queue.reply_permit().await;
        let (node, send_queue) = (Arc::clone(node), send_queue.clone());
        // A large ledger takes long enough to write that other connections would wait.
        let answered =
            tokio::task::spawn_blocking(move || answer(&node, id, &text, &send_queue, permit));
        match answered.await {
            Ok(true) => return true,
            Ok(false) => {}
            Err(_) => return false,
        }
    }
    false
}

/// Puts the reply to a frame into the queue, unless the client is dropped: whether it is.
fn answer(
    node: &Node,
    id: ConnectionId,
    frame: &str,
    send_queue: &SendQueue,
    permit: ReplyPermit,
) -> bool {
    // No ledger closes between a subscription and its reply, so that none is announced before it.
    let mut standing_still = None;
    let (mut is_dropped, mut is_warned) = (None, false);
    let mut text = ws_frame::reply(frame, |command, request| {
        is_dropped = Some(node.charge(Some(command)));
        let result = match (node.refusal(command, request), command) {
            (Some(refusal), _) => Err(refusal),
            (None, "subscribe") => {
                subscribe(node, standing_still.insert(node.subscriptions.lock()), id, request)
            }
            (None, "unsubscribe") => {
                unsubscribe(standing_still.insert(node.subscriptions.lock()), id, request)
            }
            (None, _) => command::answer(node, command, request),
        };
        is_warned = result.is_ok() && node.warns();
        result
    });
    if is_dropped.unwrap_or_else(|| node.charge(None)) {
        return true;
    }
    if is_warned {
        ws_frame::warn(&mut text);
    }
    send_queue.reply(permit, text.into());
    false
}

/// Sends what is in the queue until the connection breaks.
async fn write(
    faults: &Faults,
    wire: &Wire,
    sink: &mut SplitSink<WebSocket, Message>,
    mut queue: mpsc::Receiver<MessageBatch>,
) {
    while let Some(MessageBatch { messages, permit }) = queue.recv().await {
        let is_reply = permit.is_some();
        if is_reply && faults.happens(Fault::EndlessReply) {
            wire.never_end();
        }
        for mut text in messages {
            if is_reply && faults.happens(Fault::TruncatedJson) {
                text = half(&text).into();
            }
            if sink.send(Message::Text(text)).await.is_err() {
                return;
            }
        }
        drop(permit);
    }
}

/// The first half of a text.
pub(crate) fn half(text: &str) -> &str {
    &text[..text.floor_char_boundary(text.len() / 2)]
}
