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

use super::pending::{Outcome, Pending};
use super::wire::{self, Wire};
use super::{
    Announcement, Blame, Call, Dial, EndpointUrl, Loss, Reply, ServerError, ServerInfoCall,
};

/// Limits of a connection.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// The largest reply that is taken, whatever was asked; a larger one ends the connection.
    pub reply_bytes_max: usize,
    /// How long connecting may take, the upgrade included.
    pub connect_timeout: Duration,
    /// How long a reply may take.
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
    pub(super) pending: Pending,
    pub(super) heard: wire::Heard,
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
    pending: &'a Pending,
    id: u64,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.pending.forget(self.id);
    }
}

impl Connection {
    /// How many requests wait to be written before more have to wait.
    const OUTGOING_MAX: usize = 64;
    /// How many announcements are kept for a slow reader; later ones are dropped, since the next one covers them.
    const ANNOUNCEMENTS_MAX: usize = 64;

    /// Connects to `url`. The receiver has the announcements of the `ledger` stream, once that is subscribed to, and
    /// ends with the connection.
    pub async fn open(
        dial: &dyn Dial,
        url: &EndpointUrl,
        limits: ConnectionLimits,
    ) -> Result<(Self, mpsc::Receiver<Announcement>), ServerError> {
        let connected =
            timeout(limits.connect_timeout, connect(dial, url, limits.reply_bytes_max)).await;
        let socket = connected.map_err(|_| Loss::TimedOut(limits.connect_timeout))??;
        let (outgoing, requests) = mpsc::channel(Self::OUTGOING_MAX);
        let (announcements, announced) = mpsc::channel(Self::ANNOUNCEMENTS_MAX);
        let shared = Arc::new(Shared::default());
        tokio::spawn(Wire { socket, requests, announcements, shared: shared.clone() }.run());
        Ok((Self { limits, shared, outgoing, api_version: AtomicU8::new(2) }, announced))
    }

    /// Asks the server and reads its reply.
    pub async fn ask<C: Call>(&self, call: &C) -> Result<C::Answer, ServerError> {
        call.read(&self.request(call).await?)
    }

    /// Makes sure that the server is of the network `expected`. One that does not say which it is in is taken for it; so
    /// is one that does not let itself be asked.
    pub(super) async fn check_network(&self, expected: Option<u32>) -> Result<(), ServerError> {
        let Some(expected) = expected else { return Ok(()) };
        match self.ask(&ServerInfoCall {}).await {
            Ok(info) => match info.network_id {
                Some(found) if found != expected => Err(ServerError::Foreign { expected, found }),
                _ => Ok(()),
            },
            Err(error) if error.remedy().blame == Blame::Innocent => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Why the connection is gone; `None` while it stands.
    pub fn loss(&self) -> Option<Loss> {
        self.shared.pending.loss()
    }

    /// Asks the server in the newest version of the API that it knows.
    pub(super) async fn request<C: Call>(&self, call: &C) -> Outcome {
        let version = self.api_version.load(Ordering::Relaxed);
        match self.request_in(version, call).await {
            Err(ServerError::RetryElsewhere(refusal))
                if version > 1 && refusal.token == "invalid_API_version" =>
            {
                self.api_version.store(1, Ordering::Relaxed);
                self.request_in(1, call).await
            }
            outcome => outcome,
        }
    }

    async fn request_in<C: Call>(&self, api_version: u8, call: &C) -> Result<Reply, ServerError> {
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
    fn overdue(&self, asked: Instant) -> Loss {
        if self.shared.heard.last() <= asked {
            self.shared.pending.fail(Loss::Silent(self.limits.request_timeout));
            self.shared.stop.notify_one();
        }
        Loss::TimedOut(self.limits.request_timeout)
    }

    fn gone(&self) -> Loss {
        self.loss().unwrap_or(Loss::Shut)
    }
}

async fn connect(
    dial: &dyn Dial,
    url: &EndpointUrl,
    reply_bytes_max: usize,
) -> Result<wire::Socket, Loss> {
    let connect_error = |error: std::io::Error| Loss::Connect(Arc::new(error));
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
        .map_err(Loss::of)?;
    Ok(socket)
}
