//! One WebSocket connection to one server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, client_async_tls_with_config};

use super::pending_requests::{Outcome, PendingRequests};
use super::socket_task::{self, SocketTask};
use super::{Dialer, EndpointUrl};
use crate::call::{Call, Reply, ServerInfoCall, ValidatedLedger};
use crate::error::{ConnectionError, Error, HealthImpact};

/// Limits of a connection.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// The largest reply that is taken, whatever was asked; a larger one ends the connection.
    pub reply_bytes_max: usize,
    /// The time limit of connecting, the upgrade included.
    pub connect_timeout: Duration,
    /// The time limit of a reply.
    pub request_timeout: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            reply_bytes_max: 64 << 20,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(15),
        }
    }
}

/// A connection: requests of many tasks at once, each with a time limit. When it breaks, every request fails with the
/// reason; when it is dropped, it closes.
#[derive(Debug)]
pub struct Connection {
    limits: ConnectionLimits,
    shared: Arc<Shared>,
    outgoing: mpsc::Sender<String>,
    /// 2, or 1 for a server that knows no better.
    api_version: AtomicU8,
}

/// What a connection shares with the task that moves its bytes.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) pending: PendingRequests,
    pub(super) heard: socket_task::Heard,
    pub(super) stop: Notify,
}

/// A request as it travels.
#[derive(Serialize)]
struct Envelope<'a, C> {
    id: u64,
    command: &'static str,
    api_version: u8,
    #[serde(flatten)]
    call: &'a C,
}

/// Takes a request out of the table however its waiting ends.
struct Entered<'a> {
    pending: &'a PendingRequests,
    id: u64,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.pending.forget(self.id);
    }
}

impl Connection {
    /// The number of requests that wait to be written before more have to wait.
    const OUTGOING_MAX: usize = 64;
    /// The number of announcements that are kept for a slow reader. Later ones are dropped, since the next one covers them.
    const ANNOUNCEMENTS_MAX: usize = 64;

    /// Connects to `url`. The receiver has the announcements of the `ledger` stream, once that is subscribed to, and
    /// ends with the connection.
    pub async fn open(
        dial: &dyn Dialer,
        url: &EndpointUrl,
        limits: ConnectionLimits,
    ) -> Result<(Self, mpsc::Receiver<ValidatedLedger>), Error> {
        let connected =
            timeout(limits.connect_timeout, connect(dial, url, limits.reply_bytes_max)).await;
        let socket = connected.map_err(|_| ConnectionError::TimedOut(limits.connect_timeout))??;
        let (outgoing, requests) = mpsc::channel(Self::OUTGOING_MAX);
        let (announcements, announced) = mpsc::channel(Self::ANNOUNCEMENTS_MAX);
        let shared = Arc::new(Shared::default());
        tokio::spawn(SocketTask { socket, requests, announcements, shared: shared.clone() }.run());
        Ok((Self { limits, shared, outgoing, api_version: AtomicU8::new(2) }, announced))
    }

    /// Asks the server and reads its reply.
    pub async fn ask<C: Call>(&self, call: &C) -> Result<C::Answer, Error> {
        call.read(&self.request(call).await?)
    }

    /// Checks that the server is of the network `expected`. One that does not say its network passes, and so does one that
    /// refuses to answer.
    pub(crate) async fn check_network(&self, expected: Option<u32>) -> Result<(), Error> {
        let Some(expected) = expected else { return Ok(()) };
        match self.ask(&ServerInfoCall {}).await {
            Ok(info) => match info.network_id {
                Some(found) if found != expected => Err(Error::WrongNetwork { expected, found }),
                _ => Ok(()),
            },
            Err(error) if error.health_impact() == HealthImpact::Neutral => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Why the connection is gone; `None` while it is open.
    pub fn loss(&self) -> Option<ConnectionError> {
        self.shared.pending.loss()
    }

    /// Asks the server in the newest version of the API that it knows.
    pub(crate) async fn request<C: Call>(&self, call: &C) -> Outcome {
        let version = self.api_version.load(Ordering::Relaxed);
        match self.request_in(version, call).await {
            Err(Error::Rpc(error)) if version > 1 && error.token == "invalid_API_version" => {
                self.api_version.store(1, Ordering::Relaxed);
                self.request_in(1, call).await
            }
            outcome => outcome,
        }
    }

    async fn request_in<C: Call>(&self, api_version: u8, call: &C) -> Result<Reply, Error> {
        let (id, reply) = self.shared.pending.enter(C::REPLY_BYTES_MAX)?;
        let _entered = Entered { pending: &self.shared.pending, id };
        let request = Envelope { id, command: C::COMMAND, api_version, call };
        let request = serde_json::to_string(&request).expect("calls have only string keys");
        let asked = Instant::now();
        let exchange = async {
            self.outgoing.send(request).await.map_err(|_| self.gone())?;
            reply.await.map_err(|_| self.gone())?
        };
        match timeout(self.limits.request_timeout, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(self.overdue(asked).into()),
        }
    }

    /// A server from which nothing at all came since the request is taken for gone: its connection is half open.
    fn overdue(&self, asked: Instant) -> ConnectionError {
        if self.shared.heard.last() <= asked {
            self.shared.pending.fail(ConnectionError::Silent(self.limits.request_timeout));
            self.shared.stop.notify_one();
        }
        ConnectionError::TimedOut(self.limits.request_timeout)
    }

    fn gone(&self) -> ConnectionError {
        self.loss().unwrap_or(ConnectionError::Shutdown)
    }
}

async fn connect(
    dial: &dyn Dialer,
    url: &EndpointUrl,
    reply_bytes_max: usize,
) -> Result<socket_task::Socket, ConnectionError> {
    let connect_error = |error: std::io::Error| ConnectionError::Connect(Arc::new(error));
    let tls = if url.is_secure() {
        Connector::Rustls(dial.tls().map_err(connect_error)?)
    } else {
        Connector::Plain
    };
    let stream = dial.dial(url).await.map_err(connect_error)?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(reply_bytes_max))
        .max_frame_size(Some(reply_bytes_max));
    let mut request = ClientRequestBuilder::new(url.uri().clone());
    if let Some(authorization) = url.authorization() {
        request = request.with_header("Authorization", authorization);
    }
    let (socket, _) = client_async_tls_with_config(request, stream, Some(config), Some(tls))
        .await
        .map_err(ConnectionError::from_websocket)?;
    Ok(socket)
}
