//! The task that moves the bytes of a connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::ByteStream;
use super::connection::Shared;
use super::frame::Frame;
use crate::call::ValidatedLedger;
use crate::error::ConnectionError;

/// An upgraded connection.
pub(super) type Socket = WebSocketStream<MaybeTlsStream<Box<dyn ByteStream>>>;

/// The time limit of the closing handshake.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a connection that cannot be written to is still read, for the reason.
const REASON_TIMEOUT: Duration = Duration::from_millis(250);

/// Reads and writes side by side, so that pings are answered whatever is asked or parsed elsewhere.
pub(super) struct SocketTask {
    pub(super) socket: Socket,
    pub(super) requests: mpsc::Receiver<String>,
    pub(super) announcements: mpsc::Sender<ValidatedLedger>,
    pub(super) shared: Arc<Shared>,
}

impl SocketTask {
    /// Runs until the connection breaks, every [`Connection`](super::Connection) is dropped, or it is stopped.
    pub(super) async fn run(self) {
        let Self { socket, mut requests, announcements, shared } = self;
        let (mut sink, mut stream) = socket.split();
        let loss = tokio::select! {
            loss = read(&mut stream, &announcements, &shared) => loss,
            loss = write(&mut sink, &mut requests) => loss,
            () = shared.stop.notified() => ConnectionError::Shutdown,
        };
        shared.pending.fail(loss);
        drop(announcements);
        let closing = async {
            let _ = sink.close().await;
            while let Some(Ok(_)) = stream.next().await {}
        };
        let _ = timeout(CLOSING_TIMEOUT, closing).await;
    }
}

async fn read(
    stream: &mut SplitStream<Socket>,
    announcements: &mpsc::Sender<ValidatedLedger>,
    shared: &Shared,
) -> ConnectionError {
    loop {
        let message = match stream.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return ConnectionError::from_websocket(error),
            None => return ConnectionError::abnormal_closure(),
        };
        shared.heard.now();
        let frame = match message {
            Message::Text(text) => Frame::sort(text),
            Message::Binary(_) => Err(ConnectionError::protocol_violation("a binary frame", "")),
            Message::Close(Some(frame)) => Err(ConnectionError::Closed {
                code: frame.code.into(),
                reason: frame.reason.as_str().to_owned(),
            }),
            Message::Close(None) => {
                Err(ConnectionError::Closed { code: 1005, reason: String::new() })
            }
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
        };
        match frame {
            Ok(Frame::Answer(id, outcome)) => shared.pending.complete(id, outcome),
            Ok(Frame::LedgerClosed(announcement)) => drop(announcements.try_send(announcement)),
            Ok(Frame::Other) => {}
            Err(loss) => return loss,
        }
    }
}

async fn write(
    sink: &mut SplitSink<Socket, Message>,
    requests: &mut mpsc::Receiver<String>,
) -> ConnectionError {
    while let Some(request) = requests.recv().await {
        if let Err(error) = sink.send(Message::text(request)).await {
            sleep(REASON_TIMEOUT).await;
            return ConnectionError::from_websocket(error);
        }
    }
    ConnectionError::Shutdown
}

/// When something last came from the server.
#[derive(Debug)]
pub(super) struct Heard {
    opened: Instant,
    after_ms: AtomicU64,
}

impl Default for Heard {
    fn default() -> Self {
        Self { opened: Instant::now(), after_ms: AtomicU64::new(0) }
    }
}

impl Heard {
    /// The last time, to the millisecond below.
    pub(super) fn last(&self) -> Instant {
        self.opened + Duration::from_millis(self.after_ms.load(Ordering::Relaxed))
    }

    fn now(&self) {
        let after_ms = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.after_ms.store(after_ms, Ordering::Relaxed);
    }
}
